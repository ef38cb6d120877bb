"""What a built-in person can do with the head: a nod, a shake, a smile, a greeting.

In: nothing. Out: for every gesture its poses, each drawn once, and the order in which they are
shown. Pure. A gesture begins and ends with the head at rest, and goes back the way that it came, so
that two dozen ticks need few pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

AT_REST: Final = 3
"""Ticks at rest before and behind a gesture: the body fades from and to the idle loop meanwhile,
and what moves while it fades is seen twice."""


@dataclass(frozen=True)
class GesturePose:
    """How the head is held: degrees of pitch (down), yaw (to the picture's right) and roll
    (clockwise); smile and brows 0..1; lids: 0 open, else 1 + the index of a head's lid picture."""

    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0
    smile: float = 0.0
    brows: float = 0.0
    lids: int = 0


@dataclass(frozen=True)
class Gesture:
    """poses: each drawn once. order: integers [L], the pose of each tick."""

    poses: tuple[GesturePose, ...]
    order: NDArray[np.int32]


def _rise(count: int) -> list[float]:
    """From above 0 to 1 in so many ticks, slow at both ends."""
    return [0.5 - 0.5 * float(np.cos(np.pi * tick / count)) for tick in range(1, count + 1)]


def _made(ways: Sequence[Sequence[GesturePose]], holds: Sequence[int]) -> Gesture:
    """There and back along each way from rest, with so many ticks at its end."""
    poses = [GesturePose()]
    order = [0] * AT_REST
    for way, hold in zip(ways, holds, strict=True):
        first = len(poses)
        there = list(range(first, first + len(way)))
        poses += way
        order += [*there, *[there[-1]] * hold, *there[-2::-1], 0]
    return Gesture(tuple(poses), np.array(order + [0] * AT_REST, np.int32))


def _nod() -> Gesture:
    """Down twice, the second time less."""
    deep = [GesturePose(pitch=9.0 * part, lids=1 if part > 0.9 else 0) for part in _rise(6)]
    light = [GesturePose(pitch=5.5 * part) for part in _rise(5)]
    return _made([deep, light], [1, 1])


def _shake() -> Gesture:
    """To one side, the other and the first again, less each time."""
    ways = [[GesturePose(yaw=turn * part) for part in _rise(5)] for turn in (-11.0, 10.0, -6.0)]
    return _made(ways, [0, 0, 0])


def _smile() -> Gesture:
    """For a second and a half; the eyes smile as well."""
    way = [
        GesturePose(pitch=-1.5 * part, roll=1.5 * part, smile=part, brows=0.25 * part)
        for part in _rise(8)
    ]
    return _made([way], [26])


def _greet() -> Gesture:
    """The head leans to one side with raised brows and a smile, then bows a little."""
    lean = [
        GesturePose(roll=7.0 * part, yaw=-4.0 * part, smile=part, brows=part) for part in _rise(7)
    ]
    bow = [GesturePose(pitch=6.0 * part, lids=1 if part > 0.9 else 0) for part in _rise(6)]
    return _made([lean, bow], [7, 2])


GESTURES: Final[Mapping[str, Gesture]] = MappingProxyType(
    {"greet": _greet(), "nod": _nod(), "shake": _shake(), "smile": _smile()}
)
"""By the name of the action that it becomes."""
