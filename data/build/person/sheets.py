"""Sheets of pictures of one size, and files of them.

In: pictures, uint8 [h, w, channels]. Out: one picture, or a file. Owns nothing.
"""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

LOSSLESS: Final = 101
"""OpenCV's WebP quality above which nothing is lost."""


def grid(pictures: list[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Pictures of one size in rows of `columns`; what is over stays empty."""
    height, width, channels = pictures[0].shape
    rows = -(-len(pictures) // columns)
    sheet = np.zeros((rows * columns, height, width, channels), np.uint8)
    sheet[: len(pictures)] = pictures
    lines = sheet.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return lines.reshape(rows * height, columns * width, channels)


def write_picture(path: Path, picture: NDArray[np.uint8], quality: int = LOSSLESS) -> None:
    """Write a PNG, or a WebP of this quality; OSError if it cannot be written."""
    how = [cv2.IMWRITE_WEBP_QUALITY, quality] if path.suffix == ".webp" else []
    if not cv2.imwrite(str(path), picture, how):
        raise OSError(f"{path}: cannot be written")
