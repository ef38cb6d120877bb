"""The page of avatars: what is dropped, what is being made, who is there."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

ENGINES = [
    {"name": "builtin", "photo": True, "clip": False, "lacking": ""},
    {"name": "wav2lip256", "photo": True, "clip": True, "lacking": ""},
    {"name": "musetalk", "photo": True, "clip": True, "lacking": "weights are missing: pull them"},
]
ROW = {"width": 512, "height": 512, "prepared": True, "broken": "", "default": False}
ROWS = [
    {**ROW, "name": "mira", "engine": "builtin", "builtin": True, "sheet": False, "default": True},
    {**ROW, "name": "anna", "engine": "wav2lip", "builtin": False, "sheet": True},
    {**ROW, "name": "bad", "engine": "", "builtin": False, "sheet": False, "broken": "no frames"},
]
TASK = {"task_id": "t1", "avatar_id": "bea", "engine": "builtin", "step": "", "error_msg": ""}
PHOTO = {"name": "\u6570 Bea (1).jpg", "mimeType": "image/jpeg", "buffer": b"a photo"}
CLIP = {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"a clip"}
STREAM = """
window.EventSource = class extends EventTarget {
  constructor() { super(); window.stream = this; }
  close() {}
};
"""


def answer(route: Route, data: Any) -> None:
    route.fulfill(json={"code": 0, "msg": "ok", "data": data})


@pytest.fixture
def avatars(context: BrowserContext, site: str) -> Iterator[Page]:
    """The page, with a server that answers as it should; a test fails on an uncaught error."""
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(STREAM)
    page.route("**/api/avatar/engines", lambda route: answer(route, ENGINES))
    page.route(re.compile(r"/avatars$"), lambda route: answer(route, ROWS))
    page.route("**/poster*", lambda route: route.fulfill(body=b""))
    page.goto(f"{site}avatars.html")
    expect(page.locator("#avatar-grid > li")).to_have_count(3)
    expect(page.locator("#making-engine > option")).to_have_count(3)
    yield page
    page.unroute_all(behavior="ignoreErrors")
    page.evaluate("localStorage.clear()")
    page.close()
    assert errors == []


def tell(page: Page, **changes: Any) -> None:
    """What the server says of the task."""
    task = json.dumps({**TASK, "progress": 0, **changes})
    page.evaluate("data => stream.dispatchEvent(new MessageEvent('message', { data }))", task)


def test_a_photo_gets_a_name_and_an_engine_that_lacks_nothing(avatars: Page) -> None:
    avatars.get_by_test_id("making-file").set_input_files(PHOTO)  # type: ignore[arg-type]
    expect(avatars.get_by_test_id("making-name")).to_have_value("Bea-1")
    expect(avatars.get_by_test_id("making-engine")).to_have_value("builtin")
    avatars.get_by_test_id("making-file").set_input_files(CLIP)  # type: ignore[arg-type]
    expect(avatars.get_by_test_id("making-engine")).to_have_value("wav2lip256")
    expect(avatars.locator("option[value=builtin]")).to_be_disabled()


def test_what_an_engine_lacks_is_said(avatars: Page) -> None:
    expect(avatars.locator("#making-lacking")).to_be_hidden()
    avatars.get_by_test_id("making-engine").select_option("musetalk")
    expect(avatars.locator("#making-lacking-detail")).to_have_text("weights are missing: pull them")


def test_nothing_is_sent_without_a_file(avatars: Page) -> None:
    avatars.get_by_test_id("making-name").fill("bea")
    avatars.get_by_test_id("making-start").click()
    expect(avatars.locator("#making-file-name")).to_have_text("Choose a photo or a clip first")
    expect(avatars.get_by_test_id("making-file")).to_be_focused()


def test_a_wish_is_sent_and_a_refusal_is_explained(avatars: Page) -> None:
    sent: list[str] = []

    def refuse(route: Route) -> None:
        sent.append((route.request.post_data_buffer or b"").decode())
        route.fulfill(status=409, json={"code": -1, "msg": "there is an avatar 'Bea-1' already"})

    avatars.route("**/api/avatar/task", refuse)
    avatars.get_by_test_id("making-file").set_input_files(PHOTO)  # type: ignore[arg-type]
    avatars.get_by_test_id("making-start").click()
    expect(avatars.get_by_test_id("toast")).to_contain_text("there is an avatar 'Bea-1' already")
    expect(avatars.get_by_test_id("making-name")).to_have_value("Bea-1")
    assert 'name="model"\r\n\r\nbuiltin' in sent[0]
    assert 'name="avatar_id"\r\n\r\nBea-1' in sent[0]
    assert "a photo" in sent[0]


def test_a_task_is_watched_to_its_end(avatars: Page) -> None:
    tasks, said = avatars.get_by_test_id("tasks"), avatars.locator("#tasks-said")
    tell(avatars, status="completed", task_id="old")
    expect(avatars.locator("#tasks")).to_be_hidden()
    tell(avatars, status="pending")
    expect(tasks).to_contain_text("Waits for its turn")
    tell(avatars, status="running", progress=40, step="finding the face")
    expect(tasks).to_contain_text("Finding the face, 40 %")
    expect(tasks.get_by_role("progressbar")).to_have_attribute("value", "40")
    avatars.get_by_test_id("lang-zh").click()
    expect(tasks).to_contain_text("\u6b63\u5728\u5bfb\u627e\u4eba\u8138\uff0c40%")
    avatars.get_by_test_id("lang-en").click()
    with avatars.expect_request(re.compile(r"/avatars$")):
        tell(avatars, status="completed", progress=100)
    expect(said).to_have_text("bea: Ready")
    avatars.get_by_role("button", name="Hide: bea").click()
    expect(avatars.locator("#tasks")).to_be_hidden()


def test_a_task_that_failed_says_why_and_one_that_runs_is_cancelled(avatars: Page) -> None:
    tell(avatars, status="running")
    with avatars.expect_request(
        lambda asked: asked.method == "DELETE" and asked.url.endswith("/api/avatar/task/t1")
    ):
        avatars.get_by_role("button", name="Cancel: bea").click()
    tell(avatars, status="failed", error_msg="the mouth is open <b>")
    expect(avatars.locator(".task-why")).to_have_text("the mouth is open <b>")


def test_only_what_was_made_here_can_be_changed(avatars: Page) -> None:
    def buttons(name: str) -> list[str]:
        card = avatars.locator(f"[data-name={name}]")
        return card.locator("a, button").all_inner_texts()

    assert buttons("mira") == ["Talk"]
    assert buttons("anna") == ["Talk", "Sheet", "Rename", "Delete"]
    assert buttons("bad") == ["Delete"]
    expect(avatars.locator("[data-name=bad]")).to_contain_text("no frames")
    talk = avatars.get_by_role("link", name="Talk to anna")
    expect(talk).to_have_attribute("href", "./?avatar=anna")


def test_deleting_is_asked_for_and_escape_is_no(avatars: Page) -> None:
    asked: list[str] = []

    def deleted(route: Route) -> None:
        asked.append(route.request.method)
        route.fulfill(json={"code": 0, "msg": "ok"})

    avatars.route("**/avatars/anna", deleted)
    delete = avatars.get_by_role("button", name="Delete: anna")
    delete.click()
    avatars.keyboard.press("Escape")
    expect(delete).to_be_focused()
    assert asked == []
    delete.press("Enter")
    dialog = avatars.get_by_role("alertdialog", name="Delete anna?")
    expect(dialog).to_be_visible()
    avatars.get_by_test_id("delete-do").click()
    expect(dialog).to_be_hidden()
    assert asked == ["DELETE"]


def test_every_control_has_a_name_and_nothing_overflows_a_phone(avatars: Page) -> None:
    for control in avatars.locator("button:visible, a:visible, input:visible, select").all():
        assert control.evaluate("(c) => c.ariaLabel || c.innerText.trim() || c.labels?.length")
    avatars.set_viewport_size({"width": 360, "height": 740})
    assert avatars.evaluate("document.documentElement.scrollWidth") == 360


def test_the_first_page_opens_with_the_avatar_of_its_address(page: Page, site: str) -> None:
    page.goto(f"{site}?avatar=anna-2")
    expect(page.get_by_test_id("avatar")).to_have_value("anna-2")
    page.goto(f"{site}?avatar=nobody")
    expect(page.get_by_test_id("avatar")).to_have_value("mira")


def test_what_was_made_is_seen_in_speech_at_once(avatars: Page) -> None:
    """A file that the browser cannot show leaves no empty frame."""
    avatars.route("**/avatars/bea/preview*", lambda route: route.fulfill(status=404))
    tell(avatars, status="running", progress=3)
    with avatars.expect_request("**/avatars/bea/preview*"):
        tell(avatars, status="completed", progress=100)
    expect(avatars.locator("#task-list > li")).to_have_attribute("data-status", "completed")
    expect(avatars.locator(".task-preview")).to_have_count(0)
