"""The microphone's button: permission, the way up, mute, and errors in words."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.server.page.conftest import another_session, expect_state, start
from tests.server.page.far_end import FarEnd

REFUSE = """
(name) => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));
}
"""
RECORD_CONSTRAINTS = """
() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    window.constraints = constraints.audio;
    const stream = await ask(constraints);
    window.track = stream.getAudioTracks()[0];
    return stream;
  };
}
"""
LEVEL = "Number(document.getElementById('mic').style.getPropertyValue('--level')) > 0.2"


def mic(page: Page, name: str) -> None:
    expect(page.get_by_test_id("mic")).to_have_attribute("data-mic", name, timeout=20_000)


def press(page: Page) -> None:
    page.get_by_test_id("mic").click()


@pytest.fixture
def allowed(context: BrowserContext) -> None:
    context.grant_permissions(["microphone"])


@pytest.mark.usefixtures("allowed")
def test_a_press_sends_sound_up_the_same_connection(page: Page, far: FarEnd) -> None:
    page.evaluate(RECORD_CONSTRAINTS)
    start(page)
    mic(page, "off")
    press(page)
    mic(page, "on")
    page.wait_for_function(LEVEL)
    far.wait_for_packets()
    assert len(far.offers) == 1
    assert page.evaluate("constraints") == {
        "echoCancellation": True,
        "noiseSuppression": True,
        "autoGainControl": True,
    }


@pytest.mark.usefixtures("allowed")
def test_muted_it_sends_silence_and_the_button_says_so(page: Page, far: FarEnd) -> None:
    page.evaluate(RECORD_CONSTRAINTS)
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
    page.evaluate(RECORD_CONSTRAINTS)
    start(page)
    press(page)
    mic(page, "on")
    page.get_by_test_id("end").click()
    expect_state(page, "ended")
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
    with another_session(page):
        page.get_by_test_id("speak").click()
    mic(page, "on")
    far.wait_for_packets()
    assert len(far.offers) == 2


@pytest.mark.usefixtures("allowed")
def test_a_device_that_is_pulled_out_is_missed(page: Page, far: FarEnd) -> None:
    page.evaluate(RECORD_CONSTRAINTS)
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
    far.takes_no_microphone = True
    start(page)
    button = page.get_by_test_id("mic")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "This server does not listen to a microphone")
