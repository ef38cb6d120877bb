"""Real speech, and the built-in avatar prepared once, for the tests of the face."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hibari
import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from data.clip import Clip
from data.head import MOUTHS_OF
from data.units import FEATURE_RATE, FEATURE_TICK
from models.face.builtin import BuiltinEngine
from models.face.idle import prepare

Speak = Callable[[str], NDArray[np.float32]]


@pytest.fixture(scope="session")
def speak() -> Speak:
    """Text to 16 kHz speech of whole ticks, half a second of silence on both sides."""
    voice = hibari.Hibari()

    def speak_(text: str) -> NDArray[np.float32]:
        sound = np.asarray(voice(text, seed=0), np.float32)
        sound *= 0.1 / np.sqrt(np.mean(sound[np.abs(sound) > 0.005] ** 2))
        sound = soxr.resample(sound, voice.sample_rate, FEATURE_RATE)
        sound = np.pad(sound, FEATURE_RATE // 2)
        return sound[: len(sound) // FEATURE_TICK * FEATURE_TICK].astype(np.float32)

    return speak_


@pytest.fixture(scope="session")
def engine() -> BuiltinEngine:
    engine = BuiltinEngine()
    engine.warm()
    return engine


@pytest.fixture(scope="session")
def avatar(engine: BuiltinEngine, idle: Clip) -> int:
    """The number under which the engine knows it."""
    return engine.bind(idle)


@pytest.fixture(scope="session")
def idle() -> Iterator[Clip]:
    """A rendered person's clip, prepared into a folder that goes again."""
    with tempfile.TemporaryDirectory() as folder:
        yield prepare(Path(folder) / "builtin", MOUTHS_OF)
