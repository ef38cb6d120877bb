"""A picture in the encoder's memory: copied once from the ring's slot, never converted.

Runs in the egress process. A canvas owns its planes; they go with it.
"""

import av
import numpy as np
from av.video.plane import VideoPlane

from actors.egress.sink import Picture

MATRIX_BT601 = 6
"""SMPTE 170M: the matrix with which I420 is made from RGB (H.273, table 4)."""
PRIMARIES_SRGB = 1
"""BT.709 primaries, which sRGB pictures have (H.273, table 2)."""
TRANSFER_SRGB = 13
"""IEC 61966-2-1 (H.273, table 3)."""
RANGE_LIMITED = 1
"""FFmpeg's AVCOL_RANGE_MPEG: Y from 16 to 235."""


def _samples(plane: VideoPlane) -> Picture:
    """The plane's memory as a writable array [height, width], without the padding of its rows."""
    rows = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]  # av's stubs omit the buffer
    samples: Picture = rows.reshape(plane.height, plane.line_size)[:, : plane.width]
    return samples


class EncoderFrame:
    """One `av.VideoFrame` of a fixed size, and arrays over its planes."""

    def __init__(self, size: tuple[int, int]) -> None:
        """`size` is (width, height), both even. Raises ValueError when they are not."""
        width, height = size
        if width <= 0 or height <= 0 or width % 2 or height % 2:
            raise ValueError(f"picture size {width}x{height}: both must be even and above 0")
        self.shape = (height * 3 // 2, width)
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self.frame.colorspace = MATRIX_BT601
        self.frame.color_range = RANGE_LIMITED
        self._planes = [_samples(plane) for plane in self.frame.planes]

    def fill(self, picture: Picture) -> None:
        """Copy `picture` (uint8 [H * 3 // 2, W], I420). Raises ValueError for another shape."""
        if picture.shape != self.shape:
            raise ValueError(f"picture has shape {picture.shape}, this session's is {self.shape}")
        flat = picture.reshape(-1)
        start = 0
        for plane in self._planes:
            plane[:] = flat[start : start + plane.size].reshape(plane.shape)
            start += plane.size
