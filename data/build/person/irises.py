"""The picture of an eyeball seen from the front: pupil, iris, limbus, white with faint veins.

In: a colour and a seed. Out: float32 [S, S, 4], linear RGBA; its middle is the gaze's axis and
its edge the eyeball's outline. Pure.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.build.person.people import Colour

SIDE: Final = 512
IRIS: Final = 0.47
"""The iris's radius as a part of the eyeball's (an adult's is 5.9 of 12.2 mm)."""
PUPIL: Final = 0.19
_WHITE: Final = (0.80, 0.75, 0.72)


def eye_picture(colour: Colour, seed: int) -> NDArray[np.float32]:
    """See above."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    fibres = _fibres(angle, radius, rng)
    depth = np.clip((radius - PUPIL) / (IRIS - PUPIL), 0, 1)[..., None]
    iris = np.array(colour) * (0.75 + 0.75 * fibres[..., None])
    iris = iris * (1.35 - 0.55 * depth) + np.array((0.03, 0.018, 0.006)) * (1 - depth) ** 2
    iris *= 1 - 0.72 * _step(radius, IRIS - 0.075, IRIS)[..., None]
    white = np.array(_WHITE) - np.array((0.0, 0.09, 0.10)) * _step(radius, 0.62, 1.0)[..., None]
    picture = _over(iris, white, _step(radius, IRIS - 0.012, IRIS + 0.022))
    picture = _over(np.full_like(iris, 0.003), picture, _step(radius, PUPIL - 0.01, PUPIL + 0.012))
    return np.concatenate([picture, np.ones((SIDE, SIDE, 1))], axis=2).astype(np.float32)


def _fibres(
    angle: NDArray[np.float64], radius: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Fine spokes, 0 to 1, that waver with the radius."""
    total = np.zeros_like(angle)
    for count in (23, 41, 67, 97):
        phase, bend = rng.uniform(0, 2 * np.pi), rng.uniform(-2.5, 2.5)
        total += np.sin(count * angle + phase + bend * 9 * radius) / 4
    return 0.5 + 0.5 * total


def _step(x: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _over(
    inner: NDArray[np.float64], outer: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    mixed: NDArray[np.float64] = inner + share[..., None] * (outer - inner)
    return mixed
