"""Pictures and sounds with a known content, and what was made of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.units import PLAYOUT_RATE, PLAYOUT_TICK

SIZE = (192, 128)


def picture(tick: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """A soft pattern that moves by a few pixels a tick, with a bright bar of its own place."""
    width, height = size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    luma = 120 + 50 * np.sin((x + 3 * tick) / 17) + 40 * np.cos((y - 2 * tick) / 13)
    bar = (tick * 4) % (width - 16)
    luma[: height // 4, bar : bar + 16] = 220
    u = 128 + 30 * np.sin((x[::2, ::2] + tick) / 29)
    v = 128 + 30 * np.cos((y[::2, ::2] - tick) / 23)
    planes = [plane.astype(np.uint8).reshape(-1) for plane in (luma, u, v)]
    return np.concatenate(planes).reshape(-1, width)


def noise(tick: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """A picture that takes up to some 3 Mbit/s."""
    width, height = size
    random = np.random.default_rng(tick)
    return random.integers(96, 160, (height * 3 // 2, width), dtype=np.uint8)


def tone(tick: int, hertz: float = 440.0, level: float = 8000.0) -> NDArray[np.int16]:
    """One tick of a tone whose phase follows the tick number."""
    time = (np.arange(PLAYOUT_TICK) + tick * PLAYOUT_TICK) / PLAYOUT_RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def psnr(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / max(float(error), 1e-9)))


def pitch(samples: NDArray[np.float64], rate: int = PLAYOUT_RATE) -> float:
    """The strongest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))
