"""The network that hears whether a turn is complete, with the real voice."""

import asyncio
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from transformers import WhisperFeatureExtractor

from data.units import FEATURE_RATE
from models.hearing.end_of_turn import COMPLETE, EndOfTurn
from models.hearing.log_mel import BANDS, SAMPLES, LogMel8
from tests.models.hearing.conftest import Say

PAUSE = np.zeros(FEATURE_RATE // 5, np.float32)


@pytest.fixture(scope="module")
def judge() -> Iterator[EndOfTurn]:
    made = EndOfTurn()
    yield made
    asyncio.run(made.close())


@pytest.mark.parametrize(
    "text", ["What time is it now?", "Please tell me a story.", "No, I would like something else."]
)
def test_a_whole_sentence_is_complete(judge: EndOfTurn, say: Say, text: str) -> None:
    assert judge.run(np.concatenate((say(text), PAUSE))) > COMPLETE


@pytest.mark.parametrize("text", ["I would like", "I was thinking that", "So if we go there and"])
def test_half_a_sentence_is_not(judge: EndOfTurn, say: Say, text: str) -> None:
    sound = say(text)
    voiced = sound[: np.flatnonzero(np.abs(sound) > 0.02)[-1] + 1]
    assert judge.run(np.concatenate((voiced, PAUSE))) < COMPLETE


def test_the_last_eight_seconds_count(judge: EndOfTurn, say: Say) -> None:
    end = np.concatenate((np.zeros(SAMPLES, np.float32), say("What time is it now?"), PAUSE))
    before = np.concatenate((np.full(SAMPLES, 0.5, np.float32), end))
    assert judge.run(before) == judge.run(end[-SAMPLES:])


def test_it_is_asked_in_a_thread_and_too_many_at_once_are_refused(
    judge: EndOfTurn, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def when_all_have_asked(sound: object) -> float:
        go_on.wait(60)
        return 0.9

    async def story() -> list[float | None]:
        asked = [asyncio.ensure_future(judge.complete(PAUSE)) for _ in range(7)]
        asyncio.get_running_loop().call_soon(go_on.set)
        return await asyncio.gather(*asked)

    monkeypatch.setattr(judge, "run", when_all_have_asked)
    assert asyncio.run(story()) == [0.9] * 4 + [None] * 3


def test_an_opinion_that_is_late_is_none(judge: EndOfTurn, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slow(sound: object) -> float:
        go_on.wait(60)
        return 0.9

    monkeypatch.setattr(judge, "run", slow)
    try:
        assert asyncio.run(judge.complete(PAUSE)) is None
    finally:
        go_on.set()


def test_the_front_end_is_whispers() -> None:
    sound = np.random.default_rng(3).normal(0, 0.1, SAMPLES).astype(np.float32)
    sound[: SAMPLES // 2] = 0
    theirs = WhisperFeatureExtractor(chunk_length=8)(  # type: ignore[no-untyped-call]
        sound, sampling_rate=FEATURE_RATE, do_normalize=True, return_tensors="np"
    ).input_features[0]
    ours = LogMel8()(sound)
    assert ours.shape == (BANDS, 800)
    assert np.abs(ours - theirs).max() < 1e-4


def test_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="eight seconds"):
        LogMel8()(PAUSE)
