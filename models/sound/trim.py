"""The silence around a spoken sentence, cut to what is wanted.

Arrays in, arrays out; owns nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.sound.loudness import ActiveLevel

BELOW_SPEECH_DB: Final = -40.0
"""A frame this far below the sentence's own level is silence: fainter than the breath of an h."""
FRAME_MS: Final = 5


def trim(
    samples: NDArray[np.float32], rate: int, head_ms: float, tail_ms: float
) -> NDArray[np.float32]:
    """Float32 [n] -> float32 [m], m <= n: up to `head_ms` before the first sound, `tail_ms` after.

    A sentence with no sound in it comes back empty. Nothing is added where there is less silence.
    """
    level = ActiveLevel(rate)
    level.push(samples)
    active = level.dbfs()
    size = rate * FRAME_MS // 1000
    count = len(samples) // size
    if active is None or not count:
        return samples[:0]
    power = np.mean(np.square(samples[: count * size].reshape(count, size)), axis=1)
    sounding = np.flatnonzero(power > 10 ** ((active + BELOW_SPEECH_DB) / 10))
    first, last = int(sounding[0]) * size, (int(sounding[-1]) + 1) * size
    begin = max(0, first - int(rate * head_ms / 1000))
    return samples[begin : last + int(rate * tail_ms / 1000)]
