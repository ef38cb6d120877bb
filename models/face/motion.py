"""How a head that says nothing moves: pose, breath, eyelids and gaze of every idle frame.

In: a frame's number; out: an affine, a number, an index. Pure; owns nothing. All of it
repeats after `CLIP_FRAMES`, so the loop has no seam.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import TICKS_PER_SECOND

CLIP_FRAMES: Final = 12 * TICKS_PER_SECOND
_BREATHS: Final = 3
"""In one clip: one in 4 s, 15 a minute, an adult at rest."""

# Each motion is a sum of (cycles in a clip, amplitude, phase in turns).
_TILT: Final = ((1, 0.42, 0.10), (2, 0.26, 0.63), (5, 0.09, 0.30))  # degrees
_SWAY: Final = ((1, 1.10, 0.35), (3, 0.60, 0.05), (4, 0.30, 0.80))  # pixels of a 512 x 512 view
_NOD: Final = ((2, 0.0016, 0.20), (3, 0.0012, 0.75))  # of the height
_TURN: Final = ((1, 0.0014, 0.55), (2, 0.0010, 0.90))  # of the width

BLINKS: Final = (37, 118, 128, 221)
"""First frames; uneven, one of them double, a blink every 3 s on average."""
_BLINK: Final = (1, 3, 3, 2, 1)
"""Lids of a blink, frame by frame: shut within 80 ms, open again in 120."""


def lids(frame: int) -> int:
    """How shut the eyes are: 0 open, else 1 + the index of a head's lid picture."""
    for first in BLINKS:
        if 0 <= frame % CLIP_FRAMES - first < len(_BLINK):
            return _BLINK[frame % CLIP_FRAMES - first]
    return 0


GLANCES: Final = (
    (12, 27, 0),
    (60, 71, 2),
    (84, 103, 1),
    (150, 168, 3),
    (186, 197, 2),
    (244, 263, 0),
    (263, 276, 1),
)
"""Frames from and to which the eyes look elsewhere, and at which of a head's glances; none
during a blink. Eyes jump: 6 degrees take 30 ms, less than a frame."""


def glance(frame: int) -> int:
    """Where the eyes look: 0 at you, else 1 + the index of a head's glance."""
    for first, end, which in GLANCES:
        if first <= frame % CLIP_FRAMES < end:
            return which + 1
    return 0


def breath(frame: int) -> float:
    """0 breathed out, 1 breathed in; in takes less time than out."""
    turn = _BREATHS * frame / CLIP_FRAMES * 2 * np.pi
    return float(0.5 - 0.5 * np.cos(turn + 0.35 * np.sin(turn)))


def pose(frame: int, pivot: tuple[float, float], scale: float) -> NDArray[np.float64]:
    """Affine [2, 3] from the head picture's pixels to the frame's.

    pivot: where the neck meets the body, (x, y) in these pixels. scale: how many of them make
    one of a 512 x 512 view.
    """
    tilt = np.deg2rad(_waves(_TILT, frame))
    wide, high = 1 + _waves(_TURN, frame), 1 + _waves(_NOD, frame)
    cos, sin = np.cos(tilt), np.sin(tilt)
    linear = np.array([[cos * wide, -sin * high], [sin * wide, cos * high]])
    about = np.array(pivot)
    sway = np.array([_waves(_SWAY, frame) * scale, 0.0])
    return np.column_stack([linear, about - linear @ about + sway])


def _waves(waves: tuple[tuple[int, float, float], ...], frame: int) -> float:
    turn = frame / CLIP_FRAMES
    return float(sum(a * np.sin(2 * np.pi * (n * turn + phase)) for n, a, phase in waves))
