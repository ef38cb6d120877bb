"""Pictures that claim to be larger than they are."""

import struct

import cv2
import numpy as np


def png_claiming(width: int, height: int | None = None) -> bytes:
    """A PNG of a few bytes whose header says it is so large."""
    whole = cv2.imencode(".png", np.zeros((30, 40, 3), np.uint8))[1].tobytes()
    return whole[:16] + struct.pack(">II", width, height or width) + whole[24:]
