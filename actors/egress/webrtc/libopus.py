"""libopus' encoder, called where PyAV has loaded it (opus_encoder(3), opus_defines(3)).

In: int16 sound of a fixed length. Out: Opus packets. PyAV puts a frame, a filter graph and a packet
around each call, which cost as much as a third of the coding. Its FFmpeg has libopus loaded, so its
functions are found through the module that depends on it: there is nothing to install and no path
to guess. Runs in the caller's thread; owns one encoder, freed with the object.
"""

import ctypes
from functools import cache
from typing import Final

import av.codec.context

AUDIO: Final = 2049
VOIP: Final = 2048
_BITRATE, _VBR, _COMPLEXITY, _CONSTRAINT = 4002, 4006, 4010, 4020
_FEC, _LOSS = 4012, 4014
MOST_BYTES: Final = 1275 * 3 + 7
"""Of a packet (RFC 6716 section 3.2)."""


@cache
def _library() -> ctypes.PyDLL:
    """With the functions' types. The interpreter's lock is held in a call: it is shorter than
    the wait for the lock behind it would be.

    Raises OSError or AttributeError where PyAV's FFmpeg has no libopus of its own."""
    library = ctypes.PyDLL(av.codec.context.__file__)
    library.opus_encoder_create.restype = ctypes.c_void_p
    library.opus_encoder_destroy.argtypes = [ctypes.c_void_p]
    library.opus_encoder_ctl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
    library.opus_encode.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_int,
    ]
    return library


class LibopusError(RuntimeError):
    """An error code of libopus, which says that a setting or a length is none of its."""


class LibopusEncoder:
    """Mono, variable bitrate."""

    def __init__(
        self, rate: int, bitrate: int, complexity: int, *, lost_percent: int | None = None
    ) -> None:
        """`lost_percent`: carry in-band correction for packets of which so many are lost.

        Raises LibopusError for a setting that libopus does not know."""
        self._library = _library()
        error = ctypes.c_int()
        application = AUDIO if lost_percent is None else VOIP
        self._encoder: int | None = self._library.opus_encoder_create(
            rate, 1, application, ctypes.byref(error)
        )
        _check(error.value)
        settings = {_BITRATE: bitrate, _VBR: 1, _CONSTRAINT: 0, _COMPLEXITY: complexity}
        if lost_percent is not None:
            settings |= {_FEC: 1, _LOSS: lost_percent}
        for setting, value in settings.items():
            _check(self._library.opus_encoder_ctl(self._encoder, setting, value))
        self._packet = ctypes.create_string_buffer(MOST_BYTES)

    def encode(self, samples: bytes, count: int) -> bytes:
        """A packet of so many int16 samples: as long as Opus' frames are (20 or 40 ms here)."""
        size = self._library.opus_encode(self._encoder, samples, count, self._packet, MOST_BYTES)
        _check(size)
        return ctypes.string_at(self._packet, size)

    def __del__(self) -> None:
        if self._encoder is not None:
            self._library.opus_encoder_destroy(self._encoder)
            self._encoder = None


def _check(code: int) -> None:
    if code < 0:
        raise LibopusError(f"libopus says {code}")
