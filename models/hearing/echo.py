"""Whether what the microphone hears is what the face just said.

In: sound of the microphone, and what was played before and while it was taken; both mono float32
at 16 kHz. Out: how alike they are at the delay where they are most alike, 0 to 1. Pure functions;
own nothing. A normalised cross-correlation over all delays, by FFT (Knapp and Carter 1976, without
their weighting), of the first differences, so that the pitch that many voices share counts less.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

ECHO: Final = 0.5
"""From here on it is an echo. In a room one has 0.6 to 0.9, another voice 0.1 to 0.5, and one that
is twice as loud as the echo under it less than a half."""
_LEAST: Final = 1e-9
Sound = NDArray[np.float32]


def likeness(heard: Sound, played: Sound) -> float:
    """The largest correlation of `heard` [n] with any n samples of `played` [m], m at least n; 0
    for silence, and where nothing that long was played."""
    one, other = np.diff(heard.astype(np.float64)), np.diff(played.astype(np.float64))
    power = float(one @ one)
    if len(one) < 1 or len(other) < len(one) or power <= _LEAST:
        return 0.0
    size = 1 << (len(other) + len(one) - 1).bit_length()
    spectrum = np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size))
    products = np.fft.irfft(spectrum, size)[: len(other) - len(one) + 1]
    sums = np.concatenate(([0.0], np.cumsum(other * other)))
    powers = np.maximum(sums[len(one) :] - sums[: -len(one)], _LEAST)
    return float(np.max(np.abs(products) / np.sqrt(power * powers)))
