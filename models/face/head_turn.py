"""A head that turns, in one picture of it from the front.

In: a head and how it is held. Out: for every pixel what is seen there. Pure; runs where a clip is
prepared. The head is taken for a dome in front of its neck: what lies further forward moves further
(weak perspective), its outline hardly, and nothing below the neck. That is right within a pixel or
two up to a dozen degrees, where nothing comes into view that the picture does not have.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.head import Head
from models.face.gesture import GesturePose

_ABOVE: Final = -0.1
_WIDE: Final = 2.0
_HIGH: Final = 2.5
_DEEP: Final = 1.55
"""Of the dome: how far its middle lies above the eyes, half its width and height, and its depth,
in distances from the eyes to the middle of the mouth's box."""
_ROUNDS: Final = 3

Field = NDArray[np.float32]


@dataclass(frozen=True)
class HeadTurn:
    """Of one head, in its picture's pixels. top, bottom: the rows between which the head's motion
    fades into the neck."""

    middle: tuple[float, float]
    radii: tuple[float, float, float]
    pivot: tuple[float, float]
    top: float
    bottom: float

    @classmethod
    def of(cls, head: Head) -> "HeadTurn":
        """Measured by the head's eyes and mouth."""
        lid, mouth = head.lid_box, head.mouth_box
        eyes = lid.y + lid.height / 2
        unit = mouth.y + mouth.height / 2 - eyes
        return cls(
            middle=(lid.x + lid.width / 2, eyes - _ABOVE * unit),
            radii=(_WIDE * unit, _HIGH * unit, _DEEP * unit),
            pivot=head.pivot,
            top=float(mouth.y + 0.72 * mouth.height),
            bottom=max(head.shoulders[1], mouth.y + mouth.height + 1.0),
        )

    def seen(self, x: Field, y: Field, held: GesturePose) -> tuple[Field, Field]:
        """Where in the picture at rest the point lies that is seen at (x, y)."""
        from_x, from_y = x, y
        for _ in range(_ROUNDS):
            move_x, move_y = self.motion(from_x, from_y, held)
            from_x, from_y = x - move_x, y - move_y
        return from_x, from_y

    def motion(self, x: Field, y: Field, held: GesturePose) -> tuple[Field, Field]:
        """How far a point (x, y) of the picture at rest moves right and down."""
        pitch, yaw, roll = (
            np.float32(np.deg2rad(angle)) for angle in (held.pitch, held.yaw, held.roll)
        )
        across, down = x - np.float32(self.middle[0]), y - np.float32(self.middle[1])
        wide, high, deep = (np.float32(radius) for radius in self.radii)
        away = np.minimum((across / wide) ** 2 + (down / high) ** 2, 1)
        depth = deep * (1 - away) ** 2
        from_x, from_y = x - np.float32(self.pivot[0]), y - np.float32(self.pivot[1])
        held_by = self._share(y)
        right = depth * np.sin(yaw) - from_y * np.sin(roll) + from_x * (np.cos(roll) - 1)
        below = depth * np.sin(pitch) + from_x * np.sin(roll) + from_y * (np.cos(roll) - 1)
        below = below - from_y * (1 - np.cos(pitch)) * 2
        return right * held_by, below * held_by

    def _share(self, y: Field) -> Field:
        """Of the head's motion that a row makes: all of it down to the chin, none below the
        neck."""
        fall = np.clip((y - np.float32(self.top)) / np.float32(self.bottom - self.top), 0, 1)
        share: Field = 1 - fall * fall * (3 - 2 * fall)
        return share
