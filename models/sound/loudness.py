"""Speech brought to one loudness, as a stream: no pumping, no clipping.

In and out: mono float32 at one rate. Runs in whichever process makes sound; owns a level
histogram and under 10 ms of samples once the first gain is decided.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.sound.peaks import Limiter

TARGET_DBFS: Final = -19.0
"""RMS of the active frames; about -19 LUFS for speech."""
CEILING_DBFS: Final = -1.0
"""True peak (ITU-R BS.1770-5, annex 2)."""
FRAME_MS: Final = 20
ABSOLUTE_GATE_DBFS: Final = -60.0
RELATIVE_GATE_DB: Final = -15.9
"""Frames this far below the mean of what passes the absolute gate are pauses (the margin of
ITU-T P.56)."""
LARGEST_GAIN_DB: Final = 24.0
PIECE_MS: Final = 100
SLEW_DB_PER_S: Final = 3.0
"""How fast the gain may move after the first decision: slower than a syllable by far."""
DECIDE_MS: Final = 200
"""Sound that is heard before the first gain is decided, counted from the first active frame."""


class ActiveLevel:
    """The RMS level of the active (voiced) frames of a stream, in bounded memory.

    Frames of 20 ms go into a histogram of 0.5 dB; two gates as in ITU-R BS.1770-5.
    """

    def __init__(self, rate: int) -> None:
        self._size = rate * FRAME_MS // 1000
        self._edges = np.arange(ABSOLUTE_GATE_DBFS, 6.25, 0.5)
        self._counts = np.zeros(len(self._edges) - 1, np.int64)
        self._powers = 10.0 ** ((self._edges[:-1] + 0.25) / 10)
        self._rest = np.empty(0, np.float32)

    @property
    def active_frames(self) -> int:
        """Frames so far that passed the absolute gate."""
        return int(self._counts.sum())

    def push(self, samples: NDArray[np.float32]) -> None:
        """Take float32 [n]."""
        joined = np.concatenate((self._rest, samples))
        count = len(joined) // self._size
        frames = joined[: count * self._size].reshape(count, self._size)
        self._rest = joined[count * self._size :]
        levels = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
        self._counts += np.histogram(np.minimum(levels, 6.0), self._edges)[0]

    def dbfs(self) -> float | None:
        """The level, or None while nothing active was heard."""
        if not self._counts.any():
            return None
        loud = self._edges[:-1] >= _mean_db(self._counts, self._powers) + RELATIVE_GATE_DB
        return _mean_db(self._counts * loud, self._powers)


def _mean_db(counts: NDArray[np.int64], powers: NDArray[np.float64]) -> float:
    return float(10 * np.log10(counts @ powers / counts.sum()))


class Leveller:
    """Gain towards `target_dbfs` of the active frames, then a limiter at `ceiling_dbfs` true peak.

    The first gain comes from all of the first pushes up to 200 ms of sound after the first active
    frame, which are held back until then; so a sentence pushed whole has one constant gain. Later
    the gain follows the level of all that was heard, by 3 dB a second at most.
    """

    def __init__(
        self, rate: int, target_dbfs: float = TARGET_DBFS, ceiling_dbfs: float = CEILING_DBFS
    ) -> None:
        self._rate = rate
        self._target = target_dbfs
        self._level = ActiveLevel(rate)
        self._limiter = Limiter(rate, ceiling_dbfs)
        self._held: list[NDArray[np.float32]] = []
        self._gain_db: float | None = None

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 [n]; return the float32 [m] that is decided."""
        self._level.push(samples)
        if self._gain_db is None:
            return self._first(samples)
        start = self._gain_db
        step = SLEW_DB_PER_S * len(samples) / self._rate
        self._gain_db = start + float(np.clip(self._wanted() - start, -step, step))
        ramp = np.linspace(start, self._gain_db, len(samples), dtype=np.float32)
        return self._limiter.push((samples * 10 ** (ramp / 20)).astype(np.float32))

    def finish(self) -> NDArray[np.float32]:
        """Return the float32 [m] held back; the stream takes nothing afterwards."""
        begun = self._decide() if self._gain_db is None else np.empty(0, np.float32)
        return np.concatenate((begun, self._limiter.finish()))

    def _first(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        quiet = self._level.active_frames == 0
        self._held.append(samples)
        if quiet:
            return self._silence()
        heard = sum(len(held) for held in self._held) * 1000 // self._rate
        return self._decide() if heard >= DECIDE_MS else np.empty(0, np.float32)

    def _silence(self) -> NDArray[np.float32]:
        """Let silence through but for its last 20 ms frame, so that it does not pile up."""
        joined = np.concatenate(self._held)
        keep = min(len(joined), self._rate * FRAME_MS // 1000)
        self._held = [joined[len(joined) - keep :]]
        return self._limiter.push(joined[: len(joined) - keep])

    def _decide(self) -> NDArray[np.float32]:
        self._gain_db = self._wanted()
        held = np.concatenate(self._held or [np.empty(0, np.float32)])
        self._held = []
        return self._limiter.push(held * np.float32(10 ** (self._gain_db / 20)))

    def _wanted(self) -> float:
        return _gain_db(self._level, self._target)


def levelled(
    samples: NDArray[np.float32], rate: int, target_dbfs: float = TARGET_DBFS
) -> Iterator[NDArray[np.float32]]:
    """A whole sentence, float32 [n], with the one gain it needs and limited: pieces of 100 ms.

    What comes out joined has n samples. Only one piece is computed ahead of the reader.
    """
    level = ActiveLevel(rate)
    level.push(samples)
    gain = np.float32(10 ** (_gain_db(level, target_dbfs) / 20))
    limiter = Limiter(rate, CEILING_DBFS)
    size = rate * PIECE_MS // 1000
    for at in range(0, len(samples), size):
        yield limiter.push(samples[at : at + size] * gain)
    yield limiter.finish()


def _gain_db(level: ActiveLevel, target_dbfs: float) -> float:
    """What brings the level to the target, within `LARGEST_GAIN_DB`; 0 where all is silent."""
    heard = level.dbfs()
    if heard is None:
        return 0.0
    return float(np.clip(target_dbfs - heard, -LARGEST_GAIN_DB, LARGEST_GAIN_DB))
