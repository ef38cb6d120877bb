"""Who is shown, and in front of what: chosen before a call and during one."""

from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Locator, Page, Route, expect

from tests.server.page.conftest import start, state
from tests.server.page.far_end import FarEnd


def who(page: Page) -> Locator:
    return page.get_by_test_id("who")


def wall(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def a_photo(folder: Path, width: int = 3000, height: int = 2000) -> Path:
    path = folder / "wall.png"
    cv2.imwrite(str(path), np.full((height, width, 3), (200, 120, 40), np.uint8))
    return path


def test_who_can_be_shown_is_offered_and_the_default_chosen(page: Page) -> None:
    expect(who(page)).to_have_value("mira")
    assert who(page).locator("option").all_inner_texts() == ["Mira", "Mira, wide", "Anna-2"]
    expect(wall(page, "Its own background")).to_be_checked()
    page.get_by_test_id("lang-zh").click()
    assert who(page).locator("option").all_inner_texts()[1] == "Mira\uff08\u6a2a\u5c4f\uff09"


def test_without_an_answer_there_is_no_choice_and_calls_go_on(page: Page, far: FarEnd) -> None:
    page.route("**/avatars", lambda route: route.fulfill(status=503, json={"code": -1, "msg": ""}))
    page.reload()
    start(page)
    expect(page.get_by_test_id("looks")).to_be_hidden()
    assert far.looks == [(None, "")]
    page.unroute("**/avatars")


def test_a_call_begins_as_chosen(page: Page, far: FarEnd) -> None:
    who(page).select_option("mira-landscape")
    wall(page, "Blue background").check()
    start(page)
    assert far.looks == [("mira-landscape", "#204060")]


def test_one_who_must_be_prepared_is_waited_for_in_words(page: Page, far: FarEnd) -> None:
    who(page).select_option("mira-landscape")
    held: list[Route] = []
    page.route("**/offer", lambda route: held.append(route))  # noqa: PLW0108 - it needs a plain one
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("start")).to_contain_text("Preparing this face")
    page.get_by_test_id("end").click()
    state(page, "ended")
    assert len(held) == 1


def test_a_background_is_changed_in_the_middle_of_a_call(page: Page, far: FarEnd) -> None:
    start(page)
    with page.expect_response("**/background"):
        wall(page, "Green screen").check()
    with page.expect_response("**/background"):
        wall(page, "Its own background").check()
    assert far.looks == [("mira", ""), (None, "#00a650"), (None, "")]
    state(page, "live")
    assert len(far.offers) == 1


def test_a_picture_of_one_s_own_is_made_small_sent_and_chosen(
    page: Page, far: FarEnd, tmp_path: Path
) -> None:
    start(page)
    with page.expect_response("**/background"):
        page.get_by_test_id("wall-file").set_input_files(a_photo(tmp_path))
    expect(wall(page, "Your picture")).to_be_checked()
    [form] = far.pictures
    begin = form.index(b"\xff\xd8\xff")
    sent = cv2.imdecode(np.frombuffer(form[begin:], np.uint8), cv2.IMREAD_COLOR)
    assert sent is not None
    assert sent.shape == (1080, 1620, 3)
    assert np.abs(sent.mean(axis=(0, 1)) - (200, 120, 40)).max() < 4
    assert far.looks[-1] == (None, "1" * 32)


def test_a_picture_may_be_chosen_before_the_call(page: Page, far: FarEnd, tmp_path: Path) -> None:
    page.get_by_test_id("wall-file").set_input_files(a_photo(tmp_path, 100, 100))
    expect(wall(page, "Your picture")).to_be_checked()
    start(page)
    assert far.looks == [("mira", "1" * 32)]


def test_a_file_that_is_no_picture_is_explained(page: Page, far: FarEnd, tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_bytes(b"Dear Anna")
    page.get_by_test_id("wall-file").set_input_files(path)
    expect(page.get_by_test_id("toast")).to_contain_text("no picture that can be used")
    expect(wall(page, "Its own background")).to_be_checked()
    assert far.pictures == []


def test_what_the_server_refuses_goes_back(page: Page, far: FarEnd) -> None:
    start(page)
    far.refuses_walls = True
    wall(page, "Dark background").click()
    expect(page.get_by_test_id("toast")).to_contain_text("cannot be replaced")
    expect(wall(page, "Its own background")).to_be_checked()
    state(page, "live")


def test_a_call_that_fails_for_its_background_can_begin_without(page: Page, far: FarEnd) -> None:
    far.refuses_walls = True
    wall(page, "Dark background").check()
    page.get_by_test_id("start").click()
    state(page, "failed")
    expect(page.get_by_test_id("toast")).to_contain_text("no longer has this picture")
    start(page)
    assert far.looks == [("mira", "#14181d"), ("mira", "")]


def test_one_who_comes_with_a_background_offers_no_other(page: Page, far: FarEnd) -> None:
    wall(page, "Dark background").check()
    who(page).select_option("anna-2")
    expect(wall(page, "Green screen")).to_be_disabled()
    start(page)
    assert far.looks == [("anna-2", "")]
    who(page).select_option("mira")
    expect(wall(page, "Green screen")).to_be_enabled()
    expect(wall(page, "Dark background")).to_be_checked()


def test_another_person_comes_at_once_and_the_old_call_is_closed(page: Page, far: FarEnd) -> None:
    start(page)
    wall(page, "Warm background").check()
    with page.expect_response("**/offer"):
        who(page).select_option("anna-2")
    expect(page.get_by_test_id("state")).to_contain_text("Live")
    state(page, "live")
    assert [look for look in far.looks if look[0]] == [("mira", ""), ("anna-2", "")]
    assert far.closed == ["1"]
    expect(page.get_by_test_id("toast")).to_be_hidden()
