"""The numbered pictures of an avatar folder, in their order.

In: a folder of PNG or JPEG files whose names are numbers. Out: paths, and pictures.
Runs where avatars are imported; owns nothing. Errors are `ImportRefused`.
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.imports.errors import ImportRefused
from data.picture_file import BadPicture, read_picture
from data.transparency import SourcePicture, composed, multiplied
from data.units import TICKS_PER_SECOND

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg"})
MOST_MINUTES: Final = 10
MOST: Final = MOST_MINUTES * 60 * TICKS_PER_SECOND
"""Pictures that a folder may hold."""
_COLOURS: Final = 3


def numbered(folder: Path) -> dict[int, Path]:
    """The pictures in `folder` by the numbers that are their names, in order; with gaps, and with
    any number of zeros in front. None has another name.

    Hidden files (macOS puts a `._00000000.png` beside each file), folders, and what is no
    PNG or JPEG by its ending are not looked at.
    """
    if not folder.is_dir():
        raise ImportRefused(f"{folder}: no such folder")
    paths = [path for path in sorted(folder.iterdir()) if _is_picture(path)]
    if not paths:
        raise ImportRefused(f"{folder}: there is no PNG or JPEG picture in it")
    odd = [path.name for path in paths if not path.stem.isdecimal()]
    if odd:
        raise ImportRefused(f"{folder}: {odd[0]!r} is not named by its number, as 00000012.png is")
    if len(paths) > MOST:
        raise ImportRefused(
            f"{folder}: {len(paths)} pictures, {MOST} at most ({MOST_MINUTES} minutes); "
            "take some of them away, from each folder the same"
        )
    paths.sort(key=lambda path: int(path.stem))
    for one, other in pairwise(paths):
        if int(one.stem) == int(other.stem):
            raise ImportRefused(f"{folder}: {one.name} and {other.name} have the same number")
    return {int(path.stem): path for path in paths}


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def read(path: Path) -> SourcePicture:
    """A picture as it is seen; ImportRefused if it cannot be read."""
    return composed(_pixels(path))


def read_mask(path: Path) -> NDArray[np.uint8]:
    """uint8 [H, W], as light as the picture is; what is transparent counts as black."""
    pixels = _pixels(path)
    colours = multiplied(pixels) if pixels.shape[2] > _COLOURS else pixels
    return np.ascontiguousarray(colours[..., 0])


def _pixels(path: Path) -> NDArray[np.uint8]:
    """uint8 BGR [H, W, 3] or BGRA [H, W, 4]."""
    try:
        return read_picture(path)
    except BadPicture as error:
        raise ImportRefused(f"{path}: {error}") from error
