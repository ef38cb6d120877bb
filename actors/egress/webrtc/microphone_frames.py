"""A client's decoded sound as 20 ms frames without a hole.

In: pieces of mono sound with their RTP times. Out: frames of FEATURE_CHUNK samples with their
numbers. Where packets were lost stands what the decoder made up for them, and where the sender
was silent (DTX) silence. A sender that falls silent for longer than QUIET_SECONDS is continued
with silence as time passes, for FILL_SECONDS, so that whoever listens for the end of a turn
hears it; after that nothing comes, and the frames' numbers leap when sound comes back. Runs in
the egress process's event loop; owns less than a frame of sound and one timer.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from actors.egress.webrtc.liveness import Clock, Timer
from data.units import CHUNK_MS, FEATURE_CHUNK, FEATURE_RATE, PLAYOUT_RATE

Speech = NDArray[np.float32]

QUIET_SECONDS: Final = 0.2
"""Longer than packets stay away on a bad network, as a rule; sound that comes later still is
heard, behind the silence."""
FILL_SECONDS: Final = 2.0
HOLE_MAX: Final = FEATURE_RATE // 2
"""A longer hole is left out."""
TIMES: Final = 1 << 32
PER_SAMPLE: Final = PLAYOUT_RATE // FEATURE_RATE
"""Units of RTP time a sample."""


def _nobody(frame: Speech, number: int, at: int) -> None:
    """Takes frames once nobody does."""


class MicrophoneFrames:
    """One microphone's line. `put` takes each frame (float32 [FEATURE_CHUNK], only valid during
    the session), its number, and the CLOCK_MONOTONIC ns at which its last sample arrived, 0 for
    silence that nobody sent."""

    def __init__(self, clock: Clock, put: Callable[[Speech, int, int], None]) -> None:
        self._clock, self._put = clock, put
        self._frame = np.zeros(FEATURE_CHUNK, np.float32)
        self._used = 0
        self._number = 0
        self._next: int | None = None
        self._filled = 0
        self._heard_at = 0.0
        self._timer: Timer | None = None

    def add(self, samples: Speech, timestamp: int, at: int, made_up: Speech) -> None:
        """The next sound, float32 [n], which begins at RTP time `timestamp`, and came at `at`;
        `made_up`, float32 [m], is for the hole before it."""
        if self._next is not None:
            step = (timestamp - self._next + TIMES // 2) % TIMES - TIMES // 2
            self._bridge(step // PER_SAMPLE, made_up, at)
        self._write(samples, at)
        self._next = (timestamp + len(samples) * PER_SAMPLE) % TIMES
        self._heard_at = self._clock.time()
        if self._timer is None:
            self._timer = self._clock.call_at(self._heard_at + QUIET_SECONDS, self._due)

    def restart(self) -> None:
        """Another stream begins: its times have nothing to do with those before."""
        self._next = None
        self._filled = 0

    def close(self) -> None:
        """Stop the timer, and forget who takes the frames."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._put = _nobody

    def _bridge(self, hole: int, made_up: Speech, at: int) -> None:
        """Fill the hole of so many samples, less what was filled as time passed.

        Sound that comes later than its silence, or from a clock that was set back, just follows.
        """
        left, self._filled = hole - self._filled, 0
        if left > HOLE_MAX:
            self._number += left // FEATURE_CHUNK
        elif left > 0:
            if left == hole:
                self._write(made_up[:hole], at)
                left -= min(len(made_up), hole)
            self._write(np.zeros(left, np.float32), at)

    def _write(self, samples: Speech, at: int) -> None:
        """Cut into frames."""
        taken = 0
        while taken < len(samples):
            count = min(FEATURE_CHUNK - self._used, len(samples) - taken)
            self._frame[self._used : self._used + count] = samples[taken : taken + count]
            self._used += count
            taken += count
            if self._used == FEATURE_CHUNK:
                self._used = 0
                self._number += 1
                self._put(self._frame, self._number - 1, at)

    def _due(self) -> None:
        """Continue a sender that is silent."""
        now = self._clock.time()
        silent = now - self._heard_at
        if silent < QUIET_SECONDS:
            self._timer = self._clock.call_at(self._heard_at + QUIET_SECONDS, self._due)
            return
        passed = int(min(silent, FILL_SECONDS) * FEATURE_RATE)
        frames = (passed - self._filled) // FEATURE_CHUNK
        self._write(np.zeros(frames * FEATURE_CHUNK, np.float32), 0)
        self._filled += frames * FEATURE_CHUNK
        over = silent >= FILL_SECONDS
        self._timer = None if over else self._clock.call_at(now + CHUNK_MS / 1000, self._due)
