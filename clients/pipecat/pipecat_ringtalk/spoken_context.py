"""What a voice said in one context, until it was heard.

In: TTSAudioRawFrames. Out: the same sound as a ringtalk server takes it, and what of it nobody has
heard yet. Owns the sound, which is freed with the context.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray
from pipecat.frames.frames import TTSAudioRawFrame, TTSStoppedFrame

from pipecat_ringtalk.tick_stream import RATE, TICK_SECONDS

_SAMPLE_BYTES: Final = 2


@dataclass
class SpokenContext:
    """context_id: Pipecat's. rate, channels: of the voice's sound. stopped: its TTSStoppedFrame,
    once the voice is done. utterance: the server's number, 0 before it is heard. heard_ticks: how
    many of its ticks were."""

    context_id: str | None
    rate: int = 0
    channels: int = 1
    stopped: TTSStoppedFrame | None = None
    utterance: int = 0
    heard_ticks: int = 0
    _sound: bytearray = field(default_factory=bytearray)
    _resampler: soxr.ResampleStream | None = None

    def add(self, frame: TTSAudioRawFrame) -> bytes:
        """Keep the frame's sound; the same as int16 mono at RATE, as far as the resampler gives it.
        ValueError where it has another rate or other channels than before."""
        if self.rate == 0:
            self.rate, self.channels = frame.sample_rate, frame.num_channels
            if self.rate != RATE:
                self._resampler = soxr.ResampleStream(self.rate, RATE, 1, dtype="int16")
        if (frame.sample_rate, frame.num_channels) != (self.rate, self.channels):
            raise ValueError(
                f"the sound of context {self.context_id} changed from {self.rate} Hz x "
                f"{self.channels} to {frame.sample_rate} Hz x {frame.num_channels}"
            )
        self._sound += frame.audio
        return self._sent(frame.audio, last=False)

    def end(self) -> bytes:
        """The rest that the resampler held back."""
        return self._sent(b"", last=True) if self._resampler is not None else b""

    @property
    def sounds(self) -> bool:
        """Whether there is anything to hear."""
        return self.rate > 0

    @property
    def unheard_seconds(self) -> float:
        """Of its sound so far."""
        if not self.sounds:
            return 0.0
        seconds = len(self._sound) / (_SAMPLE_BYTES * self.channels * self.rate)
        return max(0.0, seconds - self.heard_ticks * TICK_SECONDS)

    def forget(self) -> None:
        """Its sound so far was heard elsewhere; what comes next begins anew."""
        self._sound.clear()
        self.rate, self.utterance, self.heard_ticks, self._resampler = 0, 0, 0, None

    def unheard(self) -> TTSAudioRawFrame | None:
        """What nobody has heard, as the voice made it; None if that is nothing."""
        sample = _SAMPLE_BYTES * self.channels
        heard = round(self.heard_ticks * TICK_SECONDS * self.rate) * sample
        rest = bytes(self._sound[heard:])
        if not rest:
            return None
        return TTSAudioRawFrame(rest, self.rate, self.channels, self.context_id)

    def _sent(self, sound: bytes, last: bool) -> bytes:
        mono = _mono(np.frombuffer(sound, "<i2"), self.channels)
        if self._resampler is not None:
            mono = np.asarray(self._resampler.resample_chunk(mono, last=last), np.int16)
        return mono.astype("<i2", copy=False).tobytes()


def _mono(sound: NDArray[np.int16], channels: int) -> NDArray[np.int16]:
    if channels == 1:
        return sound
    mixed = sound.reshape(-1, channels).astype(np.int32).mean(axis=1)
    return np.asarray(mixed, np.int16)
