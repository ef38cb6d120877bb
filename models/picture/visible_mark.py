"""Words in a corner of a picture that say that a machine made it.

In: which words, or whose icon, in which corner (`data.marking.VisibleMark`); an I420 picture. Out:
the picture with them, in place: white on a rounded plate that darkens what lies under it, so that
they are read on any background. Runs in the compositor, and in egress where idle loops are coded;
a MarkPatch is worked out once for a session and owns four small arrays.

Chinese words are as high as GB 45438-2025 asks (5.2: a glyph of 5 % of the shorter side at least).
"""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.i420 import planes
from data.marking import MARK_WORDS_FOLDER, VisibleMark

_HEIGHT: Final = 0.046
_CHINESE_HEIGHT: Final = 0.066
"""Of the words, of the picture's shorter side; a Chinese glyph is 0.8 of it."""
_MARGIN: Final = 0.03
"""Between plate and border, of the shorter side."""
_PADDING: Final = 0.45
"""Beside the words on the plate, of their height; above and below half of it."""
_PLATE: Final = 0.55
"""How opaque the plate is."""
_WHITE: Final = 235
_BLACK: Final = 16
_GREY: Final = 128


class MarkPatch:
    """A mark as it lies in pictures of one size."""

    def __init__(self, mark: VisibleMark, width: int, height: int) -> None:
        """ValueError for an icon that is no picture with something to be seen in it."""
        opacity, light = _plate(mark, width, height)
        rows, columns = opacity.shape
        margin = round(_MARGIN * min(width, height))
        x = margin if mark.corner.endswith("left") else width - margin - columns
        y = margin if mark.corner.startswith("top") else height - margin - rows
        self._x, self._y = max(0, x) & ~1, max(0, y) & ~1
        self._rows, self._columns = rows, columns
        self._kept = np.rint(256 * (1 - opacity)).astype(np.uint16)
        self._added = np.rint(256 * opacity * light).astype(np.uint16)
        half = opacity.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
        self._kept_half = np.rint(256 * (1 - half)).astype(np.uint16)
        self._added_half = np.rint(256 * half * _GREY).astype(np.uint16)

    def cover(self, width: int, height: int) -> NDArray[np.uint8]:
        """uint8 [height, width]: how opaque it is there, as luma from 16 to 235."""
        cover = np.zeros((height, width), np.uint8)
        share = 1 - self._kept.astype(np.float32) / 256
        levels = np.rint(_BLACK + share * (_WHITE - _BLACK))
        cover[self._y : self._y + self._rows, self._x : self._x + self._columns] = levels
        return cover

    def draw(self, picture: NDArray[np.uint8]) -> None:
        """Put it into a contiguous I420 picture."""
        luma, *chromas = planes(picture)
        _blend(luma, self._x, self._y, self._kept, self._added)
        for plane in chromas:
            _blend(plane, self._x // 2, self._y // 2, self._kept_half, self._added_half)


def _blend(
    plane: NDArray[np.uint8],
    x: int,
    y: int,
    kept: NDArray[np.uint16],
    added: NDArray[np.uint16],
) -> None:
    part = plane[y : y + kept.shape[0], x : x + kept.shape[1]]
    part[:] = (part * kept + added + 128) >> 8


def _plate(
    mark: VisibleMark, width: int, height: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How opaque each pixel of the plate is, 0 to 1, and how light. Both sides are even."""
    short = min(width, height)
    high = round(short * (_CHINESE_HEIGHT if mark.language == "zh" else _HEIGHT))
    ink, light = _icon(mark.icon) if mark.icon else _words(mark.language)
    most = width - 2 * round(_MARGIN * short) - 2 * round(_PADDING * high)
    wide = min(most, round(ink.shape[1] * high / ink.shape[0]))
    high = max(2, round(wide * ink.shape[0] / ink.shape[1]))
    ink, light = (_padded(part, wide, high) for part in (ink, light))
    plate = (1 - ink) * _rounded(ink.shape[0], ink.shape[1]) * np.float32(_PLATE)
    opacity = np.asarray(ink + plate, np.float32)
    seen = np.asarray((ink * light + plate * _BLACK) / np.maximum(opacity, 1e-3), np.float32)
    return opacity, seen


def _padded(part: NDArray[np.float32], wide: int, high: int) -> NDArray[np.float32]:
    """Made so large, with the plate's room around it."""
    scaled = cv2.resize(part, (wide, high), interpolation=cv2.INTER_AREA)
    beside, above = round(_PADDING * high), round(_PADDING * high / 2)
    room = ((above, above + high % 2), (beside, beside + wide % 2))
    return np.asarray(np.pad(scaled, room), np.float32)


def _rounded(rows: int, columns: int) -> NDArray[np.float32]:
    """1 within a plate with round ends, 0 beyond them."""
    radius = min(rows, columns) / 4
    y, x = np.mgrid[:rows, :columns] + 0.5
    over_x = np.maximum(np.abs(x - columns / 2) - (columns / 2 - radius), 0)
    over_y = np.maximum(np.abs(y - rows / 2) - (rows / 2 - radius), 0)
    return np.asarray(np.clip(radius + 0.5 - np.hypot(over_x, over_y), 0, 1), np.float32)


def _words(language: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    with Image.open(MARK_WORDS_FOLDER / f"{language}.png") as picture:
        ink = np.asarray(np.asarray(picture.convert("L"), np.float32) / 255, np.float32)
    return ink, np.full(ink.shape, _WHITE, np.float32)


def _icon(path: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The alpha and the luma of a picture."""
    try:
        with Image.open(Path(path), formats=("PNG", "WEBP")) as picture:
            shown = np.asarray(picture.convert("LA"), np.float32)
    except OSError as error:
        raise ValueError(f"marking.icon: {path} is no PNG or WebP that can be read") from error
    ink = np.asarray(shown[..., 1] / 255, np.float32)
    if not ink.any():
        raise ValueError(f"marking.icon: nothing is to be seen in {path}")
    light = _BLACK + shown[..., 0] * ((_WHITE - _BLACK) / 255)
    return ink, np.asarray(light, np.float32)
