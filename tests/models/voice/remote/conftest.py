"""Real speech for the local services to send, made by the built-in voice once."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.voice.hibari import HibariVoice

SAID = "She sells sea shells by the shore."


@pytest.fixture(scope="session")
def speech() -> NDArray[np.float32]:
    """`SAID` at 24 kHz, float32 [n], about 2 s; under 10 ms of silence before it."""
    return np.concatenate([piece.sound for piece in HibariVoice().speak(SAID)])


@pytest.fixture(scope="session")
def tick(speech: NDArray[np.float32]) -> NDArray[np.float32]:
    """A short sound, where only the requests matter."""
    return speech[:9_600]
