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

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg"})
MOST: Final = 1500
"""Pictures that a folder may hold: a minute."""
_COLOURS: Final = 3


def numbered(folder: Path) -> list[Path]:
    """The pictures in `folder` by the numbers that are their names; none has another name."""
    if not folder.is_dir():
        raise ImportRefused(f"{folder}: no such folder")
    paths = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    odd = sorted(path.name for path in paths if not path.stem.isdecimal())
    if odd:
        raise ImportRefused(f"{folder}: {odd[0]!r} is not named by its number")
    if not paths:
        raise ImportRefused(f"{folder}: there is no PNG or JPEG picture in it")
    if len(paths) > MOST:
        raise ImportRefused(f"{folder}: {len(paths)} pictures, {MOST} at most")
    paths.sort(key=lambda path: int(path.stem))
    for one, other in pairwise(paths):
        if int(one.stem) == int(other.stem):
            raise ImportRefused(f"{folder}: {one.name} and {other.name} have the same number")
    return paths


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
