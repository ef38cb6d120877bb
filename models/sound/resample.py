"""Streaming change of sample rate: mono float32 in, mono float32 out.

Runs in whichever process makes sound; owns one soxr stream, freed with the object.
"""

from typing import Final, Literal

import numpy as np
import soxr
from numpy.typing import NDArray

Quality = Literal["LQ", "HQ"]

FILE_QUALITY: Final[Quality] = "HQ"
"""20 bit, flat to 91 % of the band. Holds back up to 45 ms of source (175 ms at 8 kHz), which
costs nothing when sound arrives faster than it is played: speech synthesis, files."""

LIVE_QUALITY: Final[Quality] = "LQ"
"""16 bit, flat to 68 % of the band. Holds back up to 22 ms of source at 22.05 kHz and above
(57 ms at 8 kHz), of which 2.5 ms is the filter and the rest libsoxr's block."""


class Resampler:
    """A mono stream at `source_rate` Hz turned into one at `target_rate` Hz.

    Output sample k lies at the same instant as input sample k * source / target: the filter's
    delay is compensated by libsoxr (http://sourceforge.net/projects/soxr), which withholds output
    until the filter's right half is there. n input samples give exactly
    round(n * target / source) output samples once `finish` was called, however they were cut.
    Equal rates pass through untouched, with no delay.
    """

    def __init__(self, source_rate: int, target_rate: int, quality: Quality = FILE_QUALITY) -> None:
        """Raise ValueError if a rate is not positive."""
        if source_rate <= 0 or target_rate <= 0:
            raise ValueError(
                f"sample rates must be positive, not {source_rate} and {target_rate} Hz"
            )
        self._stream: soxr.ResampleStream | None = None
        if source_rate != target_rate:
            self._stream = soxr.ResampleStream(
                source_rate, target_rate, 1, dtype="float32", quality=quality
            )
        self._ratio = (source_rate, target_rate)
        self._taken = 0
        self._given = 0
        self._finished = False

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 [n] at the source rate, n >= 0; return the float32 [m] that is now certain.

        Raise ValueError after `finish`.
        """
        if self._finished:
            raise ValueError("this resampler has finished: make a new one for a new sound")
        if self._stream is None:
            return samples
        if not len(samples):
            return np.empty(0, np.float32)
        self._taken += len(samples)
        out: NDArray[np.float32] = self._stream.resample_chunk(
            np.ascontiguousarray(samples, np.float32)
        )
        self._given += len(out)
        return out

    def finish(self) -> NDArray[np.float32]:
        """Return the float32 [m] still held back; the stream takes nothing afterwards."""
        if self._finished or self._stream is None:
            self._finished = True
            return np.empty(0, np.float32)
        self._finished = True
        out: NDArray[np.float32] = self._stream.resample_chunk(np.empty(0, np.float32), last=True)
        source, target = self._ratio
        missing = (self._taken * target * 2 + source) // (2 * source) - self._given
        exact = np.zeros(missing, np.float32)
        exact[: len(out)] = out[:missing]
        return exact
