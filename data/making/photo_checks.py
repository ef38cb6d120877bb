"""Which faces the built-in engine's avatars are made of, and why others are refused.

In: a face in a photo. Out: nothing, or `CannotMake` with what was seen and what is allowed. Pure. A
small mouth shows every blur, a turned one has no rendered counterpart, an open one hides its lips.
"""

from typing import Final

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.errors import CannotMake
from data.making.follow import require_turn
from data.making.lips import LipLines

LEAST_MOUTH: Final = 90.0
"""Pixels from corner to corner."""
MOST_GAP: Final = 0.08
"""How far the lips may be apart, in mouth widths; lips that touch are seen up to 0.06 apart."""
LEAST_ROOM: Final = 0.1
"""Below the chin, in face widths."""
MOST_YAW: Final = 20.0
MOST_PITCH: Final = 22.0
MOST_ROLL: Final = 12.0


def check_face(face: Face, shape: tuple[int, ...]) -> None:
    """CannotMake unless the mouth is large enough and shut, the face looks at the viewer, and the
    chin, as it drops, is inside the photo. shape: the photo's, rows first."""
    lips = LipLines.of(face.landmarks)
    if lips.width < LEAST_MOUTH:
        raise CannotMake(
            f"the mouth is too small in the photo: {lips.width:.0f} pixels wide, "
            f"{LEAST_MOUTH:.0f} are needed; take a photo in which the face is larger"
        )
    require_turn(face, (MOST_YAW, MOST_PITCH, MOST_ROLL), "in the photo")
    room = (shape[0] - 1 - float(face.landmarks[points.CHIN, 1])) / face.width
    if room < LEAST_ROOM:
        raise CannotMake(
            f"the chin is too near to the photo's edge: {max(room, 0):.2f} of the face's width, "
            f"{LEAST_ROOM:.2f} are needed; cut less off"
        )
    if lips.gap > MOST_GAP:
        raise CannotMake(
            f"the mouth is open in the photo: its lips are {lips.gap:.2f} of its width apart, "
            f"{MOST_GAP:.2f} at most; take a photo with the lips shut"
        )
