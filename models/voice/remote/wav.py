"""A WAV read while it comes: its header from the first bytes, its samples as they follow.

In: bytes cut anywhere; several WAVs one behind the other are one sound. Out: mono float32. Owns
the header's bytes until it is whole, and less than a frame and `START_BYTES` afterwards.
"""

import struct
from enum import Enum, auto
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.service_error import ServiceError
from models.sound.downmix import Downmix
from models.sound.wav_layout import CHUNK_HEAD, START, START_BYTES, chunk_head, untold

_MOST_HEADER: Final = 65_536
_INTEGER, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_SAMPLE: Final[dict[tuple[int, int], np.dtype[np.generic]]] = {
    (_INTEGER, 16): np.dtype("<i2"),
    (_FLOAT, 32): np.dtype("<f4"),
}
_MOST_CHANNELS: Final = 2
_NOTHING: Final = np.empty(0, np.float32)


class _At(Enum):
    """Which part of a WAV comes next."""

    HEADER = auto()
    SOUND = auto()
    BEHIND = auto()


class WavStream:
    """`rate` is 0 until the header is read. Raises ServiceError with the service's name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held = bytearray()
        self._at = _At.HEADER
        self._dtype = _SAMPLE[_INTEGER, 16]
        self._channels = 1
        self._missing: int | None = None
        self._downmix = Downmix()
        self.rate = 0

    def push(self, data: bytes) -> NDArray[np.float32]:
        """Take bytes; return the float32 [n] that are whole. What follows the sound is ignored,
        unless it is another WAV."""
        self._held += data
        parts = [_NOTHING]
        while True:
            match self._at:
                case _At.HEADER:
                    going = self._header()
                case _At.SOUND:
                    going = self._sound(parts)
                case _At.BEHIND:
                    going = self._next_begins()
            if not going:
                return np.concatenate(parts)

    def finish(self) -> NDArray[np.float32]:
        """The stream is over: the rest; raise ServiceError (cut) if its header told more."""
        rest = _NOTHING
        if self._at is _At.SOUND and self._missing is None:
            rest = self._taken(len(self._held))
        behind = self._at is _At.BEHIND
        if not behind and (self._at is _At.HEADER or self._held or self._missing):
            missing = f"{self._missing} bytes" if self._missing else "a part"
            raise ServiceError(self._name, "cut", f"the WAV ended early: {missing} are missing")
        return rest

    def _header(self) -> bool:
        """Read the header if it is all there, and leave the samples in `_held`."""
        at, layout = START_BYTES, b""
        while at + CHUNK_HEAD <= len(self._held):
            chunk, length = chunk_head(self._held, at)
            if chunk == b"data":
                self._understand(layout)
                self._missing = None if untold(length) else length
                del self._held[: at + CHUNK_HEAD]
                self._at = _At.SOUND
                return True
            if chunk == b"fmt ":
                layout = bytes(self._held[at + CHUNK_HEAD : at + CHUNK_HEAD + length])
            at += CHUNK_HEAD + length + (length & 1)
        if len(self._held) > _MOST_HEADER:
            raise ServiceError(self._name, "nonsense", "sent a WAV without a data chunk")
        return False

    def _sound(self, parts: list[NDArray[np.float32]]) -> bool:
        """Add what is whole to `parts`; whether the sound's end is there."""
        if self._missing is None:
            following = START.search(self._held)
            certain = max(0, len(self._held) - START_BYTES + 1)
            parts.append(self._taken(following.start() if following else certain))
            ended = following is not None
        else:
            before = len(self._held)
            parts.append(self._taken(min(before, self._missing)))
            self._missing -= before - len(self._held)
            ended = self._missing < self._frame and self._missing <= len(self._held)
        if ended:
            self._at, self._missing = _At.BEHIND, None
        return ended

    def _next_begins(self) -> bool:
        """Whether another WAV begins; what is before it is dropped."""
        following = START.search(self._held)
        upto = following.start() if following else max(0, len(self._held) - START_BYTES + 1)
        del self._held[:upto]
        if following:
            self._at = _At.HEADER
        return following is not None

    @property
    def _frame(self) -> int:
        return self._dtype.itemsize * self._channels

    def _taken(self, upto: int) -> NDArray[np.float32]:
        """The whole frames of the first `upto` bytes held, which leave."""
        whole = upto // self._frame * self._frame
        raw = bytes(self._held[:whole])
        del self._held[:whole]
        return self._mono(np.frombuffer(raw, self._dtype))

    def _understand(self, layout: bytes) -> None:
        if len(layout) < 16:
            raise ServiceError(self._name, "nonsense", "sent a WAV that does not tell its format")
        code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", layout)
        if code == _EXTENSIBLE and len(layout) >= 26:
            code = struct.unpack_from("<H", layout, 24)[0]
        if (code, bits) not in _SAMPLE or not 1 <= channels <= _MOST_CHANNELS:
            raise ServiceError(
                self._name,
                "nonsense",
                f"sent a WAV of format {code}, {bits} bits, {channels} channels; 16-bit integers "
                "and 32-bit floats of 1 or 2 channels are read",
            )
        if self.rate not in (0, rate):
            raise ServiceError(self._name, "nonsense", "changes its rate on the way")
        self._dtype, self._channels, self.rate = _SAMPLE[code, bits], channels, rate

    def _mono(self, samples: NDArray[np.generic]) -> NDArray[np.float32]:
        scale = 32768 if self._dtype.kind == "i" else 1
        flat = np.nan_to_num(samples.astype(np.float32), posinf=1.0, neginf=-1.0)
        return self._downmix.push(flat.reshape(-1, self._channels).T / np.float32(scale))
