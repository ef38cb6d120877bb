"""Arms that hang: the base mesh stands with its arms spread and its shoulders up.

In: the anatomy and a body at rest. Out: its vertices with shoulders dropped and arms turned
down, each vertex by its share in the skeleton's bones. Pure.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.build.person.anatomy import Anatomy

_TURNS: Final = (
    (("clavicle", "shoulder01"), (0.27, 5.19), 9.0),
    (("upperarm01", "upperarm02", "lowerarm01", "lowerarm02", "wrist"), (1.66, 5.25), 24.0),
)
"""Each: the bones that are turned (and all those after), the joint (x, y) of the base mesh's left
side, degrees. The base mesh holds its upper arms 40 degrees from hanging."""


def arms_down(anatomy: Anatomy, rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [V, 3]: `rest` (y up, z forward) with both arms turned about axes that point
    forward, through the places where a person's joints have come to be."""
    hung = rest.copy()
    for side, sign in (("L", 1.0), ("R", -1.0)):
        arm = np.zeros(len(rest))
        for bones, joint, angle in reversed(_TURNS):
            arm = np.clip(arm + anatomy.bones([f"{bone}.{side}" for bone in bones]), 0, 1)
            at = _now(anatomy, rest, (sign * joint[0], joint[1]))
            hung[:, :2] += arm[:, None] * (_turned(hung[:, :2], at, -sign * angle) - hung[:, :2])
    return hung


def _now(
    anatomy: Anatomy, rest: NDArray[np.float64], place: tuple[float, float]
) -> NDArray[np.float64]:
    """Where a place of the base mesh is in a body that was shaped: it goes with what is near."""
    apart = np.square(anatomy.vertices[:, :2] - place).sum(axis=1)
    share = np.exp(-apart / (2 * 0.3**2))
    moved: NDArray[np.float64] = (rest[:, :2] - anatomy.vertices[:, :2]).T @ share / share.sum()
    return np.array(place) + moved


def _turned(
    points: NDArray[np.float64], joint: NDArray[np.float64], degrees: float
) -> NDArray[np.float64]:
    sine, cosine = np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))
    turned: NDArray[np.float64] = (points - joint) @ [[cosine, sine], [-sine, cosine]] + joint
    return turned
