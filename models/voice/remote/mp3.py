"""An MP3 read while it comes: what its encoder put before the sound is cut, as in a file.

In: bytes cut anywhere. Out: mono float32. Owns FFmpeg's parser and decoder.
"""

from collections.abc import Iterable
from typing import Final

import av
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from numpy.typing import NDArray

from models.service_error import ServiceError
from models.sound.decode import channels
from models.sound.downmix import Downmix
from models.sound.mp3_header import (
    DECODER_DELAY,
    ID3_HEAD,
    INFO_BYTES,
    UNTOLD_DELAY,
    InfoFrame,
    id3_bytes,
    info_of,
)

_DAMAGED_FRAMES: Final = 3
"""Half frames and tags at the edges of an MP3."""


class Mp3Stream:
    """MPEG audio frames, parsed and decoded by FFmpeg without a container.

    `rate` is 0 until the first frame is decoded. Raises ServiceError with the service's name."""

    def __init__(self, name: str) -> None:
        self._name = name
        codec = av.CodecContext.create("mp3", "r")
        assert isinstance(codec, AudioCodecContext)
        self._codec = codec
        self._damaged = 0
        self._downmix = Downmix()
        self._head: bytes | None = b""
        self._tag = 0
        self._begun = False
        self._info: InfoFrame | None = None
        self._early = UNTOLD_DELAY
        self._left: int | None = None
        self.rate = 0

    def push(self, data: bytes) -> NDArray[np.float32]:
        """Take bytes; return the float32 [n] that they complete."""
        data = self._without_id3(data)
        return self._decoded(self._codec.parse(data) if data else ())

    def finish(self) -> NDArray[np.float32]:
        """The last frame. An MP3 tells no length: what is missing at its end cannot be seen."""
        return self._decoded(self._codec.parse(None))

    def _without_id3(self, data: bytes) -> bytes:
        if self._head is not None:
            self._head += data
            if len(self._head) < ID3_HEAD:
                return b""
            data, self._head = self._head, None
            self._tag = id3_bytes(data)
        skipped = min(self._tag, len(data))
        self._tag -= skipped
        return data[skipped:]

    def _decoded(self, packets: Iterable["Packet[AudioStream]"]) -> NDArray[np.float32]:
        parts = [np.empty(0, np.float32)]
        for packet in packets:
            if not self._begun and packet.size:
                self._begun = True
                self._info = info_of(bytes(packet)[:INFO_BYTES])
                if self._info is not None:
                    continue
            try:
                frames = self._codec.decode(packet)
            except av.error.InvalidDataError as broken:
                self._damaged += 1
                if self._damaged > _DAMAGED_FRAMES:
                    raise ServiceError(self._name, "nonsense", "sent no MP3") from broken
                continue
            parts.extend(self._trimmed(frame) for frame in frames)
        return np.concatenate(parts)

    def _trimmed(self, frame: AudioFrame) -> NDArray[np.float32]:
        """A frame without what the encoder put before and behind the sound."""
        if self.rate not in (0, frame.sample_rate):
            raise ServiceError(self._name, "nonsense", "changes its rate on the way")
        if not self.rate:
            self.rate = frame.sample_rate
            self._measure(frame.samples)
        samples = self._downmix.push(channels(frame))[self._early :]
        self._early = max(0, self._early - frame.samples)
        if self._left is not None:
            samples = samples[: self._left]
            self._left -= len(samples)
        return samples

    def _measure(self, frame_samples: int) -> None:
        info = self._info
        if info is None or info.delay is None:
            return
        self._early = info.delay
        if info.frames:
            told = info.frames * frame_samples
            self._left = max(0, told - (info.delay - DECODER_DELAY) - info.padding)
