"""One person's landmarks through a whole clip.

In: the pictures of a source. Out: landmarks and a small picture of every frame. Runs where
avatars are made. The face is followed from frame to frame; now and then, and when it is
lost, the whole picture is looked at, so that a second face is not missed. Errors are
`CannotMake` and name the moment.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.landmarks.finder import Face, FaceFinder
from data.making.errors import CannotMake
from data.making.loop import thumb
from data.units import TICKS_PER_SECOND

LEAST_WIDTH: Final = 64.0
"""Pixels from cheek to cheek: below, the mouth is a dozen pixels wide."""
MOST_YAW: Final = 40.0
MOST_PITCH: Final = 40.0
MOST_ROLL: Final = 35.0
_SECOND: Final = 0.5
"""Parts of the first face's width from which another one counts as a second person."""
_LOOK_EVERY: Final = TICKS_PER_SECOND

Tell = Callable[[int], None]
"""Told after every frame how many are done."""


@dataclass(frozen=True)
class Track:
    """landmarks: float64 [N, 478, 3]. thumbs: float32 [N, s, s], see `loop.thumb`."""

    landmarks: NDArray[np.float64]
    thumbs: NDArray[np.float32]


def follow(
    pictures: Iterator[NDArray[np.uint8]],
    finder: FaceFinder,
    tell: Tell | None = None,
    chosen: int | None = None,
) -> Track:
    """Follow the only face, or the one that is `chosen` in the first picture, see `chosen_face`.

    CannotMake if there is none, one that is too small or turned too far or, where none was
    chosen, a second one; also where the chosen one is lost, as nobody knows which it is then."""
    landmarks, thumbs = [], []
    last: Face | None = None
    for number, picture in enumerate(pictures):
        face = None if last is None else finder.follow(picture, last)
        if face is None:
            face = _first(picture, finder, chosen, number)
        elif chosen is None and number % _LOOK_EVERY == 0:
            _refuse_second(finder.find(picture), _moment(number))
        check(face, _moment(number))
        last = face
        landmarks.append(face.landmarks)
        thumbs.append(thumb(picture))
        if tell is not None:
            tell(number + 1)
    if not landmarks:
        raise CannotMake("there is no picture in it")
    return Track(np.stack(landmarks), np.stack(thumbs))


def _first(picture: NDArray[np.uint8], finder: FaceFinder, chosen: int | None, number: int) -> Face:
    """The face to follow from frame `number` on."""
    if chosen is not None and number > 0:
        raise CannotMake(
            f"the chosen face is lost {_moment(number)}; cut the clip there, or crop it to one face"
        )
    return chosen_face(picture, finder, chosen, _moment(number))


def only_face(picture: NDArray[np.uint8], finder: FaceFinder, where: str) -> Face:
    """The picture's only face; CannotMake otherwise. `where`: the moment, for the message."""
    return chosen_face(picture, finder, None, where)


def chosen_face(
    picture: NDArray[np.uint8], finder: FaceFinder, number: int | None, where: str
) -> Face:
    """The picture's face of that number, 1 the first from the left; None for the only one.

    CannotMake if there is none, or no such one, or there are others of about its size."""
    faces = finder.find(picture)
    if not faces:
        raise CannotMake(f"no face is seen {where}; one face, from the front, must be in view")
    if number is None:
        _refuse_second(faces, where)
        return faces[0]
    if not 1 <= number <= len(faces):
        raise CannotMake(f"there is no face {number} {where}: {_listed(faces)}")
    return _from_the_left(faces)[number - 1]


def _refuse_second(faces: list[Face], where: str) -> None:
    """faces: largest first."""
    if len(faces) > 1 and faces[1].width >= _SECOND * faces[0].width:
        raise CannotMake(
            f"{len(faces)} faces are seen {where}; an avatar is made of one person: crop it, or "
            f"choose one with --face, from the left: {_listed(faces)}"
        )


def _from_the_left(faces: list[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: face.box[0])


def _listed(faces: list[Face]) -> str:
    """Number and width of each face, from the left."""
    widths = [f"{n} ({face.width:.0f} px wide)" for n, face in enumerate(_from_the_left(faces), 1)]
    return ", ".join(widths)


def check(face: Face, where: str) -> None:
    """CannotMake if the face is too small or turned too far."""
    if face.width < LEAST_WIDTH:
        raise CannotMake(
            f"the face is too small {where}: {face.width:.0f} pixels wide, "
            f"{LEAST_WIDTH:.0f} are needed; crop the picture or record closer"
        )
    require_turn(face, (MOST_YAW, MOST_PITCH, MOST_ROLL), where)


def require_turn(face: Face, most: tuple[float, float, float], where: str) -> None:
    """CannotMake if the face is turned by more than `most` degrees of yaw, pitch and roll."""
    ways = ("to the side", "up or down", "askew")
    for way, angle, allowed in zip(ways, face.turn, most, strict=True):
        if abs(angle) > allowed:
            raise CannotMake(
                f"the face is turned too far {way} {where}: {abs(angle):.0f} degrees, "
                f"{allowed:.0f} at most"
            )


def _moment(number: int) -> str:
    return f"at {number / TICKS_PER_SECOND:.2f} s"
