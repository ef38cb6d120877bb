"""Hair, brows and lashes as strands: points from root to tip, laid over a head.

In: a person, a head's surface (`Skin`) and a random generator. Out: float64 [N, K, 3].
Runs when people are made, inside Blender's Python; owns nothing.
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.build.person.people import Hair

Points = NDArray[np.float64]

_STEPS: Final = {"bob": 18, "short": 6}
_CLUMPS: Final = 420
_STRAY: Final = 0.025
"""Of all strands."""
_WIDEST: Final = 1.16
"""Decimetres aside from the middle, beyond which a strand is a stray one and is left out."""


class Skin(Protocol):
    """The surface that strands grow on and must not enter."""

    def sample(self, count: int, weight: NDArray[np.float64]) -> tuple[Points, Points]:
        """Points [N, 3] and normals [N, 3], drawn by a weight per triangle."""

    def centres(self) -> Points:
        """The triangles' middles, [T, 3]."""

    def drape(self, points: Points, height: NDArray[np.float64], lies: NDArray[np.bool_]) -> Points:
        """Points moved to at least `height` above the surface; to just that where it `lies`."""


def _step(x: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    t: NDArray[np.float64] = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _unit(vectors: Points) -> Points:
    unit: Points = vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-12)
    return unit


def scalp(points: Points) -> NDArray[np.float64]:
    """How thickly hair grows, 0 to 1: above a hairline from forehead to temples to nape."""
    x, y, z = points.T
    front = 0.71 - 0.22 * x**2 + 0.02 * np.sin(9 * x)
    side = np.interp(
        z, [-1.35, -1.0, -0.72, -0.45, -0.2, 0.05], [-0.55, -0.35, 0.02, 0.12, 0.62, 0.80]
    )
    line = np.where(z > -0.25, np.maximum(side, front * _step(z, -0.3, -0.1)), side)
    ear = (np.abs(x) > 0.62) & (y < 0.10) & (z > -1.0) & (z < -0.45)
    weight = _step(y - line, -0.03, 0.10)
    weight[ear | ((np.abs(x) > 0.71) & (y < 0.10))] = 0
    return weight


def hair(style: Hair, skin: Skin, rng: np.random.Generator) -> Points:
    """The strands of the head, [N, K, 3]."""
    roots, normals = skin.sample(style.strands, scalp(skin.centres()))
    steps = _STEPS[style.style]
    if style.style == "bob":
        grown = _bob(style, skin, roots, normals, steps, rng)
    else:
        grown = _short(skin, roots, normals, steps, rng)
    if style.style == "bob":
        laid = _strayed(_waved(_clumped(grown, rng, 0.5)), rng)
    else:
        laid = _strayed(_clumped(grown, rng, 0.35), rng)
    kept: Points = laid[(np.abs(laid[..., 0]).max(axis=1) < _WIDEST) & ~_folded(laid)]
    return kept


def _folded(strands: Points) -> NDArray[np.bool_]:
    """Which of some long strands are caught by an ear and turn by more than 60 degrees at once."""
    ways = _unit(np.diff(strands, axis=1))
    straight = (ways[:, 1:] * ways[:, :-1]).sum(axis=2).min(axis=1)
    return np.asarray((straight < 0.5) & (strands.shape[1] > _STEPS["short"]))


def _bob(
    style: Hair,
    skin: Skin,
    roots: Points,
    normals: Points,
    steps: int,
    rng: np.random.Generator,
) -> Points:
    """From a parting over the head down to the jaw, tips turned in a little."""
    count = len(roots)
    side = np.where(roots[:, 0] > style.parting, 1.0, -1.0)
    back = _step(-roots[:, 2], 0.2, 1.2)
    way = np.stack([side * (1 - 0.45 * back), np.full(count, -0.1), -0.42 - 0.5 * back], axis=1)
    way = _unit(way + rng.normal(0, 0.07, (count, 3)) + 0.35 * normals)
    ends = -1.30 + rng.normal(0, 0.09, count) + _layers(roots) + 0.08 * back
    length = np.clip((roots[:, 1] - ends) * 1.22, 0.3, 2.9)
    clearance = 0.045 + 0.13 * rng.random(count) ** 1.3
    points = [roots]
    here = roots
    for number in range(1, steps):
        t = number / (steps - 1)
        inward = 0.10 * _step(-here[:, 1], 0.55, 1.2)
        fall = np.stack([-side * inward, np.full(count, -1.0), 0.05 - 0.10 * back], axis=1)
        way = _unit(way * 0.72 + 0.28 * fall * min(1.0, 0.30 + 1.5 * t))
        here = here + way * (length / (steps - 1))[:, None]
        rise = clearance * min(1.0, 3.0 * t)
        here = skin.drape(here, rise, here[:, 1] > -0.20)
        here = _aside(here, side, style.parting)
        way = _unit(here - points[-1])
        points.append(here)
    return np.stack(points, axis=1)


def _layers(roots: Points) -> NDArray[np.float64]:
    """How much shorter or longer hair is cut that grows side by side, decimetres [N]."""
    phase = roots @ np.array([5.0, 3.0, 4.0])
    layers: NDArray[np.float64] = 0.10 * np.sin(phase) + 0.07 * np.sin(2.7 * phase + 1.0)
    return layers


def _aside(points: Points, side: NDArray[np.float64], parting: float) -> Points:
    """Keep strands off the face: in front of the temples they hang beside it."""
    kept = points.copy()
    front = (kept[:, 2] > -0.55) & (kept[:, 1] < 0.60)
    least = 0.54 + 0.12 * _step(-kept[:, 1], -0.5, 0.3)
    inner = front & (np.abs(kept[:, 0]) < least)
    kept[inner, 0] += 0.5 * (side[inner] * least[inner] - kept[inner, 0])
    kept[front, 2] = np.minimum(kept[front, 2], -0.05)
    return kept


def _short(
    skin: Skin, roots: Points, normals: Points, steps: int, rng: np.random.Generator
) -> Points:
    """A few centimetres, longest on top, combed forward and aside, close at the sides."""
    count = len(roots)
    high = _step(roots[:, 1], 0.35, 1.05)
    length = (0.055 + 0.26 * high**1.5) * rng.uniform(0.75, 1.15, count)
    comb = np.stack(
        [0.55 * high + 0.1, -0.85 * (1 - high), -0.25 - 0.35 * (1 - high) + 0.2 * high], axis=1
    )
    comb = comb + rng.normal(0, 0.22, (count, 3))
    comb -= 0.8 * (comb * normals).sum(axis=1, keepdims=True) * normals
    way = _unit(normals * (0.30 + 0.55 * high[:, None]) + 0.6 * _unit(comb))
    points = [roots]
    here = roots
    for _ in range(steps - 1):
        here = here + way * (length / (steps - 1))[:, None]
        here = skin.drape(here, np.full(count, 0.012), np.zeros(count, bool))
        points.append(here)
        way = _unit(way * 0.75 + 0.33 * _unit(comb))
    return np.stack(points, axis=1)


def _clumped(strands: Points, rng: np.random.Generator, share: float) -> Points:
    """Strands drawn to the nearest of some guides, the more the nearer to their tips."""
    guides = strands[rng.choice(len(strands), min(_CLUMPS, len(strands)), replace=False)]
    nearest = np.empty(len(strands), np.int64)
    for first in range(0, len(strands), 4096):
        some = strands[first : first + 4096]
        apart = np.square(some[:, None, 0] - guides[None, :, 0]).sum(axis=2)
        apart += np.square(some[:, None, -1] - guides[None, :, -1]).sum(axis=2) / 4
        nearest[first : first + 4096] = apart.argmin(axis=1)
    pull = share * np.linspace(0, 1, strands.shape[1])[None, :, None] ** 1.3
    offset = strands - strands[:, :1]
    wanted = guides[nearest] - guides[nearest][:, :1]
    away = rng.random((len(strands), 1, 1)) ** 0.5
    return strands[:, :1] + offset + pull * away * (wanted - offset)


def _waved(strands: Points) -> Points:
    """Slow waves that grow towards the tips, alike for strands that grow side by side."""
    along = np.linspace(0, 1, strands.shape[1])[None, :]
    phase = (strands[:, 0] @ np.array([7.0, 4.0, 9.0]))[:, None]
    aside = np.sin(2 * np.pi * 1.6 * along + phase)
    ahead = np.cos(2 * np.pi * 1.3 * along + 1.7 * phase)
    size = 0.075 * along**1.3
    waved: Points = strands + np.stack([size * aside, 0 * aside, size * ahead], axis=2)
    return waved


def _strayed(strands: Points, rng: np.random.Generator) -> Points:
    """A few strands leave the others, outwards and by chance."""
    chosen = rng.random(len(strands)) < _STRAY
    some = strands[chosen]
    along = np.linspace(0, 1, some.shape[1])[None, :, None] ** 1.5
    reach = np.linalg.norm(some[:, -1] - some[:, 0], axis=1)[:, None, None]
    away = rng.normal((0.0, 0.03, 0.0), 0.09, (len(some), 1, 3))
    strayed = strands.copy()
    strayed[chosen] = some + along * np.minimum(reach, 0.9) * away
    return strayed


BROW: Final = np.array([[0.12, 0.203], [0.22, 0.219], [0.34, 0.243], [0.44, 0.242], [0.555, 0.190]])
"""The middle line of the left brow, (x, y) in decimetres from between the eyes."""
_BROW_HALF: Final = (0.020, 0.030, 0.029, 0.021, 0.008)


def brow_roots(
    count: int, width: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], Points]:
    """Where hairs of the left brow grow: 0..1 along it [N], and (x, y) [N, 2]. width: how
    far apart they are, usually 1."""
    along = rng.random(count) ** 0.9
    knots = np.linspace(0, 1, len(BROW))
    middle = np.stack([np.interp(along, knots, BROW[:, axis]) for axis in (0, 1)], axis=1)
    across = width * rng.normal(0, 0.42, count).clip(-1, 1) * np.interp(along, knots, _BROW_HALF)
    middle[:, 1] += across
    return along, middle


def brow_ways(along: NDArray[np.float64], rng: np.random.Generator) -> tuple[Points, Points]:
    """Directions [N, 3] and lengths [N, 1] of brow hairs: up at the nose, outwards at the tail."""
    turn = np.interp(along, [0, 0.25, 0.6, 1], [0.85, 0.45, 0.10, -0.45])
    turn = turn + rng.normal(0, 0.16, len(along))
    ways = np.stack([np.cos(turn), np.sin(turn), 0.22 - 0.45 * along], axis=1)
    lengths = np.interp(along, [0, 0.3, 1], [0.044, 0.062, 0.052]) * rng.uniform(
        0.7, 1.15, len(along)
    )
    return ways, lengths[:, None]
