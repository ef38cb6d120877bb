"""The microphone's button: permission, the way up, mute, and errors in words."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.server.page.conftest import start, state
from tests.server.page.far_end import FarEnd

REFUSE = """
(name) => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));
}
"""
WISHES = """
() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wishes) => {
    window.wishes = wishes.audio;
    const stream = await ask(wishes);
    window.track = stream.getAudioTracks()[0];
    return stream;
  };
}
"""
LEVEL = "Number(document.getElementById('mic').style.getPropertyValue('--level')) > 0.2"
LEVELS = """
async () => {
  const { levelOf } = await import('/meter.js');
  return [0, 0.001, 0.05, 1].map((size) => levelOf(new Float32Array(8).fill(size)));
}
"""


def mic(page: Page, name: str) -> None:
    expect(page.get_by_test_id("mic")).to_have_attribute("data-mic", name, timeout=20_000)


def press(page: Page) -> None:
    page.get_by_test_id("mic").click()


@pytest.fixture
def allowed(context: BrowserContext) -> None:
    context.grant_permissions(["microphone"])


@pytest.mark.usefixtures("allowed")
def test_a_press_sends_sound_up_the_same_connection(page: Page, far: FarEnd) -> None:
    page.evaluate(WISHES)
    start(page)
    mic(page, "off")
    press(page)
    mic(page, "on")
    page.wait_for_function(LEVEL)
    while far.packets() == 0:
        page.wait_for_timeout(20)
    assert len(far.offers) == 1
    assert page.evaluate("wishes") == {
        "echoCancellation": True,
        "noiseSuppression": True,
        "autoGainControl": True,
    }


@pytest.mark.usefixtures("allowed")
def test_muted_it_sends_silence_and_the_button_says_so(page: Page, far: FarEnd) -> None:
    page.evaluate(WISHES)
    start(page)
    press(page)
    mic(page, "on")
    press(page)
    mic(page, "muted")
    assert page.evaluate("track.enabled") is False
    expect(page.get_by_test_id("mic")).to_have_accessible_name("Unmute your microphone")
    press(page)
    mic(page, "on")
    assert page.evaluate("track.enabled") is True


@pytest.mark.usefixtures("allowed")
def test_hanging_up_lets_go_of_it(page: Page, far: FarEnd) -> None:
    page.evaluate(WISHES)
    start(page)
    press(page)
    mic(page, "on")
    page.get_by_test_id("end").click()
    state(page, "ended")
    assert page.evaluate("track.readyState") == "ended"
    start(page)
    mic(page, "off")


@pytest.mark.usefixtures("allowed")
def test_it_goes_up_the_next_connection_too(page: Page, far: FarEnd) -> None:
    start(page)
    press(page)
    mic(page, "on")
    far.forgets = True
    page.get_by_test_id("text").fill("Anyone there?")
    with page.expect_request("**/offer"):
        page.get_by_test_id("speak").click()
    state(page, "live")
    mic(page, "on")
    while far.packets() == 0:
        page.wait_for_timeout(20)
    assert len(far.offers) == 2


@pytest.mark.usefixtures("allowed")
def test_a_device_that_is_pulled_out_is_missed(page: Page, far: FarEnd) -> None:
    page.evaluate(WISHES)
    start(page)
    press(page)
    mic(page, "on")
    page.evaluate("track.dispatchEvent(new Event('ended'))")
    mic(page, "off")
    expect(page.get_by_test_id("toast")).to_contain_text("The microphone is gone")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "is blocked"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "Another program"),
        ("InvalidStateError", "cannot be used"),
    ],
)
def test_why_it_cannot_be_had(page: Page, far: FarEnd, name: str, words: str) -> None:
    start(page)
    page.evaluate(REFUSE, name)
    press(page)
    expect(page.get_by_test_id("toast")).to_contain_text(words)
    mic(page, "off")
    expect(page.get_by_test_id("mic")).to_be_enabled()


def test_an_insecure_page_has_none(page: Page, far: FarEnd) -> None:
    start(page)
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    press(page)
    expect(page.get_by_test_id("toast")).to_contain_text("https://")


def test_a_server_that_takes_none_is_not_asked(page: Page, far: FarEnd) -> None:
    far.deaf = True
    start(page)
    button = page.get_by_test_id("mic")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "This server does not listen to a microphone")


def test_the_level_is_on_a_scale_of_decibels(lab: Page) -> None:
    nothing, whisper, voice, shout = lab.evaluate(LEVELS)
    assert (nothing, whisper, shout) == (0, 0, 1)
    assert voice == pytest.approx((55 - 26.02) / 43, abs=0.01)
