"""Encoded sound to float32 as it comes: raw int16, WAV or MP3, told apart by what they say.

In: `StreamPart`s. Out: mono float32. Owns an Mp3Stream, a WavStream, or half a sample.
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.service_error import ServiceError
from models.sound.decode import HIGHEST_RATE, LOWEST_RATE
from models.voice.remote.mp3 import Mp3Stream
from models.voice.remote.wav import WavStream

_MPEG: Final = ("audio/mpeg", "audio/mp3", "audio/x-mpeg")
_UNREAD: Final = {b"OggS": "Ogg", b"fLaC": "FLAC", b"\x1a\x45\xdf\xa3": "WebM"}
_MAGIC: Final = 4
"""Bytes by which a container is known."""


class _Stream(Protocol):
    rate: int

    def push(self, data: bytes) -> NDArray[np.float32]: ...

    def finish(self) -> NDArray[np.float32]: ...


class Decoder:
    """One answer's sound. `rate` in Hz is 0 until it is known, and then stays.

    Raw int16 at the rate given, unless the content type says MPEG, or the first bytes RIFF:
    some servers send a WAV whatever they are asked for. Raises ServiceError.
    """

    def __init__(self, name: str, rate: int) -> None:
        self._name = name
        self._raw_rate = rate
        self._mpeg = False
        self._stream: _Stream | None = None
        self._head = b""

    @property
    def rate(self) -> int:
        """Hz of what `push` gives."""
        return self._stream.rate if self._stream else 0

    def told(self, form: str) -> None:
        """The content type, with its parameters: `audio/pcm;rate=16000` tells the rate."""
        kind, *parameters = (part.strip().lower() for part in form.split(";"))
        self._mpeg = kind in _MPEG
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if kind == "audio/pcm" and key == "rate" and value.isdecimal():
                self._raw_rate = int(value)

    def push(self, data: bytes) -> NDArray[np.float32]:
        """Take bytes; return float32 [n], full scale 1.0."""
        if self._stream is None:
            self._head += data
            if len(self._head) < _MAGIC:
                return np.empty(0, np.float32)
            data, self._head = self._head, b""
            self._stream = self._chosen(data[:_MAGIC])
        samples = self._stream.push(data)
        if len(samples) and not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise ServiceError(self._name, "nonsense", f"sent sound of {self.rate} Hz")
        return samples

    def finish(self) -> NDArray[np.float32]:
        """End the answer: the rest, or ServiceError (cut) where half of something is left."""
        return self._stream.finish() if self._stream else np.empty(0, np.float32)

    def _chosen(self, magic: bytes) -> _Stream:
        if magic == b"RIFF":
            return WavStream(self._name)
        if magic in _UNREAD:
            raise ServiceError(
                self._name, "nonsense", f"sent {_UNREAD[magic]}; raw, WAV and MP3 are read"
            )
        if self._mpeg or magic.startswith(b"ID3"):
            return Mp3Stream(self._name)
        if not self._raw_rate:
            raise ServiceError(self._name, "nonsense", "sent sound that is no WAV and no MP3")
        return _Raw(self._name, self._raw_rate)


class _Raw:
    """Little-endian int16, mono."""

    def __init__(self, name: str, rate: int) -> None:
        self._name = name
        self._half = b""
        self.rate = rate

    def push(self, data: bytes) -> NDArray[np.float32]:
        joined = self._half + data
        whole = len(joined) // 2 * 2
        self._half = joined[whole:]
        samples: NDArray[np.float32] = np.frombuffer(joined[:whole], "<i2").astype(np.float32)
        return samples / np.float32(32768)

    def finish(self) -> NDArray[np.float32]:
        if self._half:
            raise ServiceError(self._name, "cut", "the sound ended inside a sample")
        return np.empty(0, np.float32)
