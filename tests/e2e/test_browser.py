"""A newcomer opens the page, presses one button, and a face says what they type."""

import json
import shlex
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Route, expect

from data.units import TICKS_PER_SECOND, VIDEO_TICK
from tests.e2e.conftest import Served
from tests.e2e.viewer import Viewer

LONG = (
    "Good morning, and welcome. I will go on speaking for a good while now, "
    "so that everybody can look at my mouth, and listen to my voice, and then interrupt me. "
    "Are you still there? Bob put the map by the bump, and Mama may pop a balloon."
)
RTP_TIMES = 1 << 32
"""RTP's timestamps count to there and begin again (RFC 3550 section 5.1)."""
SILENCE, SPEECH = 0.001, 0.02
LOOKS = 200
"""Pictures in which a mouth that speaks is once open: eight seconds; the text is longer."""


@pytest.fixture
def viewer(browser: Browser, served: Served) -> Iterator[Viewer]:
    opened = Viewer(browser, served.url)
    yield opened
    opened.close()


def test_a_face_says_what_is_typed_and_stops_when_interrupted(viewer: Viewer) -> None:
    viewer.start()
    before = viewer.listen(lambda: viewer.watch(2.0))
    still = viewer.watch(2.0)
    assert before.level < SILENCE
    assert max(still) < 0.02, "the mouth of a silent face is closed"

    viewer.say(LONG)
    viewer.wait_until_heard()
    moving: list[float] = []
    during = viewer.listen(lambda: moving.extend(viewer.watch(3.0)))
    assert during.level > SPEECH
    while max(moving) <= 0.04 and len(moving) < LOOKS:  # a busy machine shows few pictures
        moving.extend(viewer.watch(1.0))
    assert np.std(moving) > 5 * np.std(still)
    assert max(moving) > 0.04, "the mouth opens"
    assert min(moving) < 0.01, "and closes"

    viewer.press("interrupt")
    viewer.page.wait_for_timeout(1000)  # the receiver's level meter falls slowly
    after = viewer.listen(lambda: viewer.watch(1.5))
    rest = viewer.watch(1.0)
    assert after.level < SILENCE
    assert max(rest) < 0.02


def test_video_of_the_right_size_plays_at_25_frames_a_second(viewer: Viewer) -> None:
    """By the pictures' own times: a busy machine shows fewer of them, but none between."""
    viewer.start()
    stamps = np.array(viewer.stamps(4 * TICKS_PER_SECOND)) % RTP_TIMES
    steps = np.diff(stamps) % RTP_TIMES
    assert np.all(steps % VIDEO_TICK == 0)
    assert steps.min() == VIDEO_TICK
    video = viewer.statistics()["video"]
    assert (video["frameWidth"], video["frameHeight"]) == (512, 512)


def test_a_sound_file_is_spoken(viewer: Viewer, tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        tone = 12_000 * np.sin(2 * np.pi * 220 * np.arange(3 * 44_100) / 44_100)
        file.writeframes(np.repeat(tone.astype("<i2"), 2).tobytes())
    viewer.start()
    viewer.page.get_by_test_id("file").set_input_files(path)
    viewer.wait_until_heard()
    assert viewer.listen(lambda: viewer.watch(1.0)).level > SPEECH


def test_two_browsers_say_different_things_and_one_may_leave(
    browser: Browser, served: Served
) -> None:
    left, right = Viewer(browser, served.url), Viewer(browser, served.url)
    left.start()
    right.start()
    right.say(LONG)
    right.wait_until_heard()
    assert left.listen(lambda: left.page.wait_for_timeout(1000)).level < SILENCE
    left.say(LONG)
    left.wait_until_heard()
    left.close()
    heard = right.listen(lambda: right.page.wait_for_timeout(1500))
    assert heard.level > SPEECH
    assert len(set(right.stamps(TICKS_PER_SECOND))) == TICKS_PER_SECOND
    right.close()


def test_the_call_ends_when_it_is_hung_up(viewer: Viewer) -> None:
    viewer.start()
    viewer.press("end")
    viewer.expect_state("ended")
    expect(viewer.page.locator("#intro")).to_be_visible()


def test_what_was_said_is_there_until_the_next_start(viewer: Viewer) -> None:
    viewer.start()
    viewer.say("Keep this.")
    log = viewer.page.get_by_test_id("transcript")
    expect(log).to_contain_text("Keep this.", timeout=60_000)
    viewer.press("end")
    viewer.expect_state("ended")
    expect(log).to_be_visible()
    expect(viewer.page.get_by_test_id("speak")).to_be_disabled()
    viewer.start()
    expect(log).not_to_contain_text("Keep this.")


def test_the_page_speaks_chinese(viewer: Viewer) -> None:
    viewer.press("lang-zh")
    expect(viewer.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    written = viewer.page.get_by_test_id("start").inner_text()
    assert any("一" <= letter <= "鿿" for letter in written)


def test_the_page_tells_a_program_how_to_speak_here(viewer: Viewer) -> None:
    viewer.start()
    viewer.page.get_by_test_id("program").locator("summary").click()
    line = viewer.page.get_by_test_id("program-line").inner_text()
    session = viewer.page.get_by_test_id("program-id").inner_text()
    assert session in line
    answer = subprocess.run(shlex.split(line), capture_output=True, check=True, timeout=30)
    assert json.loads(answer.stdout)["code"] == 0
    viewer.wait_until_heard()


def test_an_interrupt_is_silent_in_the_page_at_once(viewer: Viewer) -> None:
    """Before the server knows of it: its request is kept back here."""
    viewer.start()
    viewer.say(LONG)
    viewer.wait_until_heard()
    kept: list[Route] = []

    def keep(route: Route) -> None:
        kept.append(route)

    viewer.page.route("**/interrupt_talk", keep)
    muted = "() => document.querySelector('#video').muted"
    assert not viewer.page.evaluate(muted)
    with viewer.page.expect_request("**/interrupt_talk"):
        viewer.press("interrupt")
    assert viewer.page.evaluate(muted)
    kept[0].continue_()
    viewer.page.wait_for_function("() => !document.querySelector('#video').muted")
