"""What differs between services that transcribe over a WebSocket.

Types; own nothing. Implemented in `deepgram`, `funasr` and `openai_realtime`, used by `socket_asr`.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from data.services import AsrService

Frame = str | bytes
"""A text or a binary message."""


class Address(NamedTuple):
    """Where to connect. headers: of the upgrade."""

    url: str
    headers: dict[str, str]


class TurnReading(Protocol):
    """Reads the messages about one sound."""

    @property
    def text(self) -> str:
        """What is understood so far."""

    @property
    def settles(self) -> bool:
        """Whether what is there is all, should nothing more come for a while."""

    def read(self, message: Frame) -> bool:
        """Whether it was the last one. Raise ServiceError where it says that the service failed,
        ValueError, TypeError or LookupError where it is none."""


class AsrProtocol(Protocol):
    """One service's. reused: whether another sound may follow on the same connection."""

    reused: bool

    def address(self, service: AsrService, language: str) -> Address:
        """Raise ValueError when the settings leave something out."""

    def begin(self, service: AsrService, language: str) -> Sequence[Frame]:
        """What is sent before a sound."""

    def sound(self, sound: NDArray[np.float32]) -> Sequence[Frame]:
        """A sound, mono [n] at 16 kHz, in pieces."""

    def end(self) -> Sequence[Frame]:
        """What is sent behind a sound, so that all of its words come."""

    def reading(self, service: AsrService) -> TurnReading:
        """For one sound."""


def pcm16(sound: NDArray[np.float32]) -> bytes:
    """int16 little-endian; what is over full scale is clipped."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def pieces(data: bytes, size: int) -> list[bytes]:
    """Of `size` bytes, the last one what is left."""
    return [data[at : at + size] for at in range(0, len(data), size)]
