"""What an avatar folder of another program says, whichever program made it.

In: the folder. Out: `AvatarParts`: paths of pictures, boxes, and who draws the face; no picture
is held. Runs where avatars are imported; owns nothing. Errors are `ImportRefused`, which name what
is lacking and what is too much.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.imports.errors import ImportRefused
from data.imports.pickles import safe_pickle

COORDS: Final = "coords.pkl"
FRAMES: Final = "full_imgs"
_NAMED: Final = 4
"""Missing numbers that a message names one by one."""

Numbered = Mapping[int, Path]
"""Pictures by the numbers that are their names, in order."""


@dataclass(frozen=True)
class FaceFiles:
    """The faces that lie in a folder as pictures [N]. rim: the pixels around each that the
    network does not draw. side: of a whole one."""

    paths: list[Path]
    side: int
    rim: int


@dataclass(frozen=True)
class DrawnMask:
    """A frame's own mask: a picture, the part of the frame that it covers, and the face's box
    there, both float64 [4]."""

    path: Path
    around: NDArray[np.float64]
    box: NDArray[np.float64]


@dataclass(frozen=True)
class AvatarParts:
    """What a folder says.

    engine: who draws it. frames: paths [N]. boxes: float64 [N, 4], x0, y0, x1, y1, edges as in
    `data.making.boxes`, of the drawn face. faces: None where they are to be cut from the frames.
    masks: one for each frame, or none. arrays: more of what the engine needs.
    """

    engine: str
    frames: list[Path]
    boxes: NDArray[np.float64]
    faces: FaceFiles | None = None
    masks: list[DrawnMask] = field(default_factory=list)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def require_parts(source: Path, *names: str) -> None:
    """ImportRefused with all files and folders that the folder lacks."""
    if missing := [name for name in names if not (source / name).exists()]:
        raise ImportRefused(f"{source}: lacks {' and '.join(missing)}")


def boxes_in(path: Path) -> NDArray[np.float64]:
    """float64 [N, 4] from a pickled list of four numbers each."""
    found = safe_pickle(path)
    try:
        rows = np.array(found, np.float64)
    except (TypeError, ValueError) as error:
        raise ImportRefused(f"{path}: is no list of boxes ({error})") from error
    if rows.ndim != 2 or rows.shape[1] != 4 or not np.isfinite(rows).all():
        raise ImportRefused(f"{path}: {list(rows.shape)} numbers, wanted four for each frame")
    return rows


def require_alike(source: Path, pictures: Mapping[str, Numbered], rows: Mapping[str, int]) -> None:
    """ImportRefused unless all folders hold the same numbers, and all lists one row for each.

    pictures: by their folder's name. rows: how many, by the file's name.
    """
    counts = {**{name: len(found) for name, found in pictures.items()}, **rows}
    everyone = sorted(set().union(*pictures.values()))
    lacking = [
        f"{name} lacks {_some([number for number in everyone if number not in found])}"
        for name, found in pictures.items()
        if len(found) < len(everyone)
    ]
    if len(set(counts.values())) == 1 and not lacking:
        return
    said = ", ".join(f"{name} {count}" for name, count in counts.items())
    gaps = sorted(set(range(everyone[0], everyone[-1] + 1)) - set(everyone))
    if gaps and not lacking:
        lacking = [f"between {everyone[0]} and {everyone[-1]} there is no picture {_some(gaps)}"]
    raise ImportRefused("; ".join([f"{source}: its parts do not fit together: {said}", *lacking]))


def _some(numbers: list[int]) -> str:
    more = len(numbers) - _NAMED
    return ", ".join(map(str, numbers[:_NAMED])) + (f" and {more} more" if more > 0 else "")
