"""The client's own voice: sound that goes up its microphone at a given instant.

In: sounds, each with the instant at which it is spoken. Out: the track that the connection
sends, 20 ms of sound a packet, silence where nothing was said. As at a real microphone a packet
leaves when its last sample has been spoken. Runs in the client's event loop; owns the sounds that
are still to be said.
"""

import asyncio
import time
from collections import deque
from fractions import Fraction
from typing import Final

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from data.units import CHUNK_MS, FEATURE_RATE, PLAYOUT_CHUNK, PLAYOUT_RATE
from models.sound.resample import Resampler

CHUNK_NS: Final = CHUNK_MS * 1_000_000
NS: Final = 1_000_000_000
BASE: Final = Fraction(1, PLAYOUT_RATE)

Sound = NDArray[np.int16]


class Voice(MediaStreamTrack):
    """The track. Its first packet begins when the connection asks for it."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._begun: int | None = None
        self._sent = 0
        self._to_say: deque[tuple[int, Sound]] = deque()

    def say(self, sound: Sound, at: int) -> int:
        """Speak int16 [n] at FEATURE_RATE from `at` (CLOCK_MONOTONIC ns) on, or as soon as can be.

        Returns the ns at which its first sample is spoken. Of sounds that overlap both are heard.
        Raises RuntimeError before the connection sends.
        """
        if self._begun is None:
            raise RuntimeError("the connection does not send yet, so nothing can be said")
        first = max((at - self._begun) * PLAYOUT_RATE // NS, self._sent * PLAYOUT_CHUNK)
        self._to_say.append((first, _wide(sound)))
        return self._begun + first * NS // PLAYOUT_RATE

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms, when they are over; raises MediaStreamError after `stop`."""
        if self._begun is None:
            self._begun = time.monotonic_ns()
        due = self._begun + (self._sent + 1) * CHUNK_NS
        await asyncio.sleep(max(0, due - time.monotonic_ns()) / NS)
        if self.readyState != "live":
            raise MediaStreamError
        chunk = self._chunk(self._sent * PLAYOUT_CHUNK)
        frame = av.AudioFrame.from_ndarray(chunk[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = PLAYOUT_RATE
        frame.time_base = BASE
        frame.pts = self._sent * PLAYOUT_CHUNK
        self._sent += 1
        return frame

    def _chunk(self, begin: int) -> Sound:
        """What is spoken in the PLAYOUT_CHUNK samples from `begin` on."""
        chunk = np.zeros(PLAYOUT_CHUNK, np.int32)
        for first, sound in self._to_say:
            low, high = max(first, begin), min(first + len(sound), begin + PLAYOUT_CHUNK)
            if low < high:
                chunk[low - begin : high - begin] += sound[low - first : high - first]
        end = begin + PLAYOUT_CHUNK
        self._to_say = deque(one for one in self._to_say if one[0] + len(one[1]) > end)
        found: Sound = np.clip(chunk, -32768, 32767).astype(np.int16)
        return found


def _wide(sound: Sound) -> Sound:
    """From FEATURE_RATE to PLAYOUT_RATE."""
    resampler = Resampler(FEATURE_RATE, PLAYOUT_RATE)
    samples = sound.astype(np.float32)
    wide = np.concatenate((resampler.push(samples), resampler.finish()))
    found: Sound = np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
    return found
