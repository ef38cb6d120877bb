"""Who is shown, and in front of what: chosen before a session and during one."""

from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Locator, Page, Route, expect

from tests.server.page.conftest import another_session, expect_state, start
from tests.server.page.far_end import FarEnd


def avatar(page: Page) -> Locator:
    return page.get_by_test_id("avatar")


def background(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def a_photo(folder: Path, width: int = 3000, height: int = 2000) -> Path:
    path = folder / "background.png"
    cv2.imwrite(str(path), np.full((height, width, 3), (200, 120, 40), np.uint8))
    return path


def test_who_can_be_shown_is_offered_and_the_default_chosen(page: Page) -> None:
    expect(avatar(page)).to_have_value("mira")
    assert avatar(page).locator("option").all_inner_texts() == ["Mira", "Mira, wide", "Anna-2"]
    expect(background(page, "Its own background")).to_be_checked()
    page.get_by_test_id("lang-zh").click()
    assert avatar(page).locator("option").all_inner_texts()[1] == "Mira\uff08\u6a2a\u5c4f\uff09"


def test_without_an_answer_there_is_no_choice_and_sessions_go_on(page: Page, far: FarEnd) -> None:
    page.route("**/avatars", lambda route: route.fulfill(status=503, json={"code": -1, "msg": ""}))
    with page.expect_response("**/avatars"):
        page.reload()
    with page.expect_response("**/avatars"):
        start(page)
    expect(page.get_by_test_id("appearance")).to_be_hidden()
    assert far.appearances == [(None, "")]
    page.unroute("**/avatars")


def test_a_session_begins_as_chosen(page: Page, far: FarEnd) -> None:
    avatar(page).select_option("mira-landscape")
    background(page, "Blue background").check()
    start(page)
    assert far.appearances == [("mira-landscape", "#204060")]


def test_one_who_must_be_prepared_is_waited_for_in_words(page: Page, far: FarEnd) -> None:
    avatar(page).select_option("mira-landscape")
    held: list[Route] = []
    page.route("**/offer", lambda route: held.append(route))  # noqa: PLW0108 - it needs a plain one
    with page.expect_request("**/offer"):
        page.get_by_test_id("start").click()
    expect(page.get_by_test_id("start")).to_contain_text("Preparing this face")
    page.get_by_test_id("end").click()
    expect_state(page, "ended")
    assert len(held) == 1


def test_a_background_is_changed_in_the_middle_of_a_session(page: Page, far: FarEnd) -> None:
    start(page)
    with page.expect_response("**/background"):
        background(page, "Green screen").check()
    with page.expect_response("**/background"):
        background(page, "Its own background").check()
    assert far.appearances == [("mira", ""), (None, "#00a650"), (None, "")]
    expect_state(page, "live")
    assert len(far.offers) == 1


def test_a_picture_of_one_s_own_is_made_small_sent_and_chosen(
    page: Page, far: FarEnd, tmp_path: Path
) -> None:
    start(page)
    with page.expect_response("**/background"):
        page.get_by_test_id("background-file").set_input_files(a_photo(tmp_path))
    expect(background(page, "Your picture")).to_be_checked()
    [form] = far.pictures
    begin = form.index(b"\xff\xd8\xff")
    sent = cv2.imdecode(np.frombuffer(form[begin:], np.uint8), cv2.IMREAD_COLOR)
    assert sent is not None
    assert sent.shape == (1080, 1620, 3)
    assert np.abs(sent.mean(axis=(0, 1)) - (200, 120, 40)).max() < 4
    assert far.appearances[-1] == (None, "1" * 32)


def test_a_picture_may_be_chosen_before_the_session(
    page: Page, far: FarEnd, tmp_path: Path
) -> None:
    page.get_by_test_id("background-file").set_input_files(a_photo(tmp_path, 100, 100))
    expect(background(page, "Your picture")).to_be_checked()
    start(page)
    assert far.appearances == [("mira", "1" * 32)]


def test_a_file_that_is_no_picture_is_explained(page: Page, far: FarEnd, tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_bytes(b"Dear Anna")
    page.get_by_test_id("background-file").set_input_files(path)
    expect(page.get_by_test_id("toast")).to_contain_text("no picture that can be used")
    expect(background(page, "Its own background")).to_be_checked()
    assert far.pictures == []


def test_what_the_server_refuses_goes_back(page: Page, far: FarEnd) -> None:
    start(page)
    far.refuses_backgrounds = True
    background(page, "Dark background").click()
    expect(page.get_by_test_id("toast")).to_contain_text("cannot be replaced")
    expect(background(page, "Its own background")).to_be_checked()
    expect_state(page, "live")


def test_a_session_that_fails_for_its_background_can_begin_without(page: Page, far: FarEnd) -> None:
    far.refuses_backgrounds = True
    background(page, "Dark background").check()
    page.get_by_test_id("start").click()
    expect_state(page, "failed")
    expect(page.get_by_test_id("toast")).to_contain_text("no longer has this picture")
    start(page)
    assert far.appearances == [("mira", "#14181d"), ("mira", "")]


def test_one_who_comes_with_a_background_offers_no_other(page: Page, far: FarEnd) -> None:
    background(page, "Dark background").check()
    avatar(page).select_option("anna-2")
    expect(background(page, "Green screen")).to_be_disabled()
    start(page)
    assert far.appearances == [("anna-2", "")]
    with another_session(page):
        avatar(page).select_option("mira")
    expect(background(page, "Green screen")).to_be_enabled()
    expect(background(page, "Dark background")).to_be_checked()


def test_another_person_of_the_same_size_comes_in_the_session(page: Page, far: FarEnd) -> None:
    far.refuses_avatars = 0
    start(page)
    with page.expect_response("**/background"):
        background(page, "Warm background").check()
    with page.expect_response("**/avatar"):
        avatar(page).select_option("anna-2")
    expect(background(page, "Green screen")).to_be_disabled()
    with page.expect_response("**/background"):
        avatar(page).select_option("mira")
    wanted = [("mira", ""), (None, "#cfa983"), ("anna-2", "in the session")]
    assert far.appearances == [*wanted, ("mira", "in the session"), (None, "#cfa983")]
    expect_state(page, "live")
    assert (len(far.offers), far.closed) == (1, [])


def test_somebody_who_cannot_be_shown_goes_back(page: Page, far: FarEnd) -> None:
    far.refuses_avatars = 422
    start(page)
    avatar(page).select_option("anna-2")
    expect(page.get_by_test_id("toast")).to_contain_text("This face cannot be shown")
    expect(avatar(page)).to_have_value("mira")
    expect_state(page, "live")
    assert len(far.offers) == 1


def test_another_person_comes_at_once_and_the_old_session_is_closed(
    page: Page, far: FarEnd
) -> None:
    start(page)
    background(page, "Warm background").check()
    with another_session(page):
        avatar(page).select_option("anna-2")
    expect(page.get_by_test_id("state")).to_contain_text("Live")
    assert [wanted for wanted in far.appearances if wanted[0]] == [("mira", ""), ("anna-2", "")]
    assert far.closed == ["1"]
    expect(page.get_by_test_id("toast")).to_be_hidden()
