"""Which faces the built-in engine's avatars are made of, and why others are refused.

In: a face in a picture. Out: nothing, or `CannotMake` with what was seen, what is allowed and a
way out. Pure. Of a tiny mouth nothing can be drawn, a profile has no other corner of its mouth, and
lips of a shout cannot be shut.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.errors import CannotMake
from data.making.lips import LipLines
from data.making.shut_mouth import MOST_GAP

LEAST_MOUTH: Final = 28.0
"""Pixels from corner to corner."""
LEAST_ROOM: Final = -0.02
"""Below the chin, in face widths: a chin may drop out of the picture."""
MOST_YAW: Final = 30.0
MOST_PITCH: Final = 25.0
MOST_ROLL: Final = 30.0
LEVEL_PITCH: Final = 9.0
"""What `Face.turn` says of a face that looks straight at the viewer: the median of fifty portraits
is 11, of rendered heads 7."""


@dataclass(frozen=True)
class _Way:
    """One way in which a face may be turned."""

    angle: float
    most: float
    said: str
    instead: str


def check_face(face: Face, shape: tuple[int, ...], where: str = "in the photo") -> None:
    """CannotMake unless the mouth is large enough and can be shut, the face looks at the viewer,
    and the chin, as it drops, is inside the picture. shape: the picture's, rows first."""
    lips = LipLines.of(face.landmarks)
    _check_turn(face, where)
    if lips.width < LEAST_MOUTH:
        raise CannotMake(
            f"the mouth is too small {where}: {floor(lips.width)} pixels wide, "
            f"{LEAST_MOUTH:.0f} are needed; take a picture in which the face is larger"
        )
    room = (shape[0] - 1 - float(face.landmarks[points.CHIN, 1])) / face.width
    if room < LEAST_ROOM:
        raise CannotMake(
            f"the chin is too near to the edge {where}: "
            f"{ceil(-100 * room) / 100:.2f} of the face's width are missing; cut less off"
        )
    if lips.gap > MOST_GAP:
        raise CannotMake(
            f"the mouth is wide open {where}: its lips are {ceil(100 * lips.gap) / 100:.2f} of its "
            f"width apart, and no more than {MOST_GAP:.2f} can be shut; take a picture with the "
            "lips nearer"
        )


def _check_turn(face: Face, where: str) -> None:
    yaw, pitch, roll = face.turn
    ways = (
        _Way(yaw, MOST_YAW, "to the side", "look into the camera"),
        _Way(pitch - LEVEL_PITCH, MOST_PITCH, "up or down", "hold the camera at the eyes' height"),
        _Way(roll, MOST_ROLL, "askew", "turn the picture until the eyes are level"),
    )
    for way in ways:
        if abs(way.angle) > way.most:
            raise CannotMake(
                f"the face is turned too far {way.said} {where}: {ceil(abs(way.angle))} degrees, "
                f"{way.most:.0f} at most; {way.instead}"
            )
