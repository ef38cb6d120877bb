"""A WAV read while it comes: its header from the first bytes, its samples as they follow.

In: bytes cut anywhere. Out: mono float32. Owns the header's bytes until it is whole, and less
than one frame afterwards. Source: IBM/Microsoft RIFF; `WAVE_FORMAT_EXTENSIBLE`.
"""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.service_error import ServiceError

STREAMED: Final = 0x7FFFF000
"""Writers that do not know the length yet claim 0, or this much and more."""
_MOST_HEADER: Final = 65_536
_INTEGER, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_SAMPLE: Final[dict[tuple[int, int], np.dtype[np.generic]]] = {
    (_INTEGER, 16): np.dtype("<i2"),
    (_FLOAT, 32): np.dtype("<f4"),
}
_MOST_CHANNELS: Final = 2


class WavStream:
    """`rate` is 0 until the header is read. Raises ServiceError with the service's name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held = bytearray()
        self._dtype = _SAMPLE[_INTEGER, 16]
        self._channels = 1
        self._missing: int | None = None
        self.rate = 0

    def push(self, data: bytes) -> NDArray[np.float32]:
        """Take bytes; return the float32 [n] that are whole. What follows the data is ignored."""
        self._held += data
        if not self.rate and not self._header():
            if len(self._held) > _MOST_HEADER:
                raise ServiceError(self._name, "nonsense", "sent a WAV without a data chunk")
            return np.empty(0, np.float32)
        if self._missing is not None:
            del self._held[self._missing :]
        frame = self._dtype.itemsize * self._channels
        whole = len(self._held) // frame * frame
        raw = bytes(self._held[:whole])
        del self._held[:whole]
        if self._missing is not None:
            self._missing -= whole
        return self._mono(np.frombuffer(raw, self._dtype))

    def finish(self) -> NDArray[np.float32]:
        """The stream is over, nothing is left; raise ServiceError (cut) if its header told more."""
        if not self.rate or self._held or self._missing:
            missing = f"{self._missing} bytes" if self._missing else "a part"
            raise ServiceError(self._name, "cut", f"the WAV ended early: {missing} are missing")
        return np.empty(0, np.float32)

    def _header(self) -> bool:
        """Read the header if it is all there, and leave the samples in `_held`."""
        at, layout = 12, b""
        while at + 8 <= len(self._held):
            chunk, length = struct.unpack_from("<4sI", self._held, at)
            if chunk == b"data":
                self._understand(layout)
                self._missing = None if not length or length >= STREAMED else length
                del self._held[: at + 8]
                return True
            if chunk == b"fmt ":
                layout = bytes(self._held[at + 8 : at + 8 + length])
            at += 8 + length + (length & 1)
        return False

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
        self._dtype, self._channels, self.rate = _SAMPLE[code, bits], channels, rate

    def _mono(self, samples: NDArray[np.generic]) -> NDArray[np.float32]:
        scale = 32768 if self._dtype.kind == "i" else 1
        flat = np.nan_to_num(samples.astype(np.float32), posinf=1.0, neginf=-1.0)
        mixed: NDArray[np.float32] = flat.reshape(-1, self._channels).mean(axis=1) / scale
        return mixed.astype(np.float32)
