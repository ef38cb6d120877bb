"""Which pixels of a picture show a person, roughly: MediaPipe's Selfie Segmentation.

In: a BGR picture. Out: how sure the net is of a person at each pixel. Runs where avatars are made;
owns one net on one thread, freed with it. The net sees 256 x 256 pixels, so its edges are as
coarse as that; `data.making.matte` makes a matte of them.
"""

from importlib.resources import files
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks.nets import Net

SIDE: Final = 256
MODEL: Final = "selfie_segmentation.tflite"


class PersonSegmenter:
    """Not for two threads at once. LandmarksMissing without ai-edge-litert."""

    def __init__(self) -> None:
        self._net = Net((Path(str(files("data.matting"))) / MODEL).read_bytes())

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 [H, W], 0 to 1, of a uint8 BGR picture [H, W, 3] of any shape."""
        height, width = picture.shape[:2]
        small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        seen = small[None, :, :, ::-1].astype(np.float32) / np.float32(255)
        person = self._net(seen)[0].reshape(SIDE, SIDE)
        large = cv2.resize(person, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.clip(large, 0, 1), np.float32)
