"""A clip's picture as it was meant to be seen: turned and mirrored.

In: pixels, and the display matrix beside them (ISO/IEC 14496-12, 8.3.2; FFmpeg's
AV_FRAME_DATA_DISPLAYMATRIX). Out: pixels. Pure. Phones turn; selfie cameras and editors mirror.
"""

from typing import Final

import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_NUMBERS: Final = 9


def upright(frame: VideoFrame, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frame's pixels [H, W, C] by its matrix, which turns by quarters, mirrors, or both.

    The matrix takes x, y to a x + c y, b x + d y; what is not a quarter goes to the next one."""
    found = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(found, SideData):
        return pixels
    matrix = np.frombuffer(bytes(found), np.int32)
    if len(matrix) < _NUMBERS:
        return pixels
    a, b, c, d = (int(matrix[place]) for place in (0, 1, 3, 4))
    if abs(b) + abs(c) > abs(a) + abs(d):
        pixels, right, down = pixels.swapaxes(0, 1), c, b
    else:
        right, down = a, d
    return np.ascontiguousarray(pixels[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1])
