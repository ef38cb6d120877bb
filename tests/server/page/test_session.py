"""A whole session against a far end in a second tab: real WebRTC, no ringtalk server."""

import re

from playwright.sync_api import Page, expect

from tests.server.page.conftest import another_session, expect_state, start, stats
from tests.server.page.far_end import FarEnd

PLAYS = "document.querySelector('video').readyState >= 2"


def speaking(page: Page, yes: bool) -> None:
    hook = page.get_by_test_id("speaking")
    expect(hook).to_have_attribute("data-speaking", str(yes).lower(), timeout=10_000)


def test_the_offer_has_room_for_a_microphone_and_sends_nothing(page: Page, far: FarEnd) -> None:
    start(page)
    kinds = re.findall(r"^m=(\w+) ", far.offers[0], flags=re.M)
    directions = re.findall(r"^a=(sendrecv|sendonly|recvonly)", far.offers[0], flags=re.M)
    assert kinds == ["audio", "video", "application"]
    assert directions == ["sendrecv", "recvonly"]
    page.wait_for_function(PLAYS)
    assert far.packets() == 0


def test_addresses_that_the_browser_hides_are_left_to_the_first_check(
    page: Page, far: FarEnd
) -> None:
    start(page)
    assert ".local" not in far.offers[0]
    assert "a=end-of-candidates" not in far.offers[0]


def test_h264_is_preferred(page: Page, far: FarEnd) -> None:
    start(page)
    offer = far.offers[0]
    first = re.search(r"^m=video \d+ \S+ (\d+)", offer, flags=re.M)
    assert first is not None
    offered = set(re.findall(r"^a=rtpmap:\d+ (H264|VP8)/", offer, flags=re.M))
    codec = re.search(rf"^a=rtpmap:{first[1]} (\w+)/", offer, flags=re.M)
    assert codec is not None
    assert codec[1] == ("H264" if "H264" in offered else "VP8")


def test_text_is_heard_interrupted_and_measured(page: Page, far: FarEnd) -> None:
    start(page)
    interrupt = page.get_by_test_id("interrupt")
    expect(interrupt).to_be_disabled()
    page.get_by_test_id("text").fill("Hello")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("there")
    page.keyboard.press("Enter")
    speaking(page, True)
    assert far.said == ["Hello\nthere"]
    expect(page.get_by_test_id("text")).to_have_value("")
    expect(interrupt).to_be_enabled()
    page.keyboard.press("Escape")
    speaking(page, False)
    expect(interrupt).to_be_disabled()
    measured = stats(page, "detail.silenceMs.length > 0")
    assert measured["state"] == "live"
    assert len(measured["soundMs"]) == 1
    assert measured["soundP50"] > 0
    assert measured["silenceP50"] > 0
    assert (measured["width"], measured["height"]) == (320, 240)
    for hook in ("latency-sound", "latency-silence"):
        expect(page.get_by_test_id(hook)).to_have_text(re.compile(r"^\d+ ms$"))


def test_a_refused_file_is_explained(page: Page, far: FarEnd) -> None:
    start(page)
    page.get_by_test_id("file").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"}
    )
    toast = page.get_by_test_id("toast")
    expect(toast).to_contain_text("Try WAV, FLAC, OGG or MP3")
    expect(toast).to_contain_text("'notes.txt' is no sound")
    expect(page.get_by_test_id("interrupt")).to_be_disabled()


def test_a_session_that_the_server_forgot_is_made_anew(page: Page, far: FarEnd) -> None:
    start(page)
    far.forgets = True
    page.get_by_test_id("text").fill("Anyone there?")
    with another_session(page):
        page.get_by_test_id("speak").click()
    expect(page.get_by_test_id("text")).to_have_value("Anyone there?")
    page.wait_for_function(PLAYS)
    assert len(far.offers) == 2
    assert far.closed == ["1"]


def test_hanging_up_closes_at_the_server_and_start_works_again(page: Page, far: FarEnd) -> None:
    start(page)
    with page.expect_response("**/close"):
        page.get_by_test_id("end").click()
    expect_state(page, "ended")
    assert far.closed == ["1"]
    start(page)
    assert len(far.offers) == 2


def test_blocked_sound_offers_a_way_out(page: Page, far: FarEnd) -> None:
    page.evaluate("""() => {
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function () {
        if (this.muted) return play.call(this);
        return Promise.reject(new DOMException('blocked', 'NotAllowedError'));
      };
    }""")
    start(page)
    unmute = page.get_by_role("button", name="Turn the sound on")
    expect(unmute).to_be_visible()
    unmute.click()
    expect(unmute).to_be_hidden()
    assert page.evaluate("document.querySelector('video').muted") is False
