"""A real face (NASA's portrait of Eileen Collins, public domain, from scikit-image), and
clips made of it."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from data.landmarks.finder import FaceFinder
from perf.faces.flicker_clips import write_video

Picture = NDArray[np.uint8]
WriteClip = Callable[[Path, Iterable[Picture], int], Path]


@pytest.fixture(scope="session")
def astronaut() -> Picture:
    """uint8 BGR [512, 512, 3], one face at (180..270, 72..177)."""
    photo = Path(data.__file__).parent / "astronaut.png"
    return np.asarray(cv2.imread(str(photo)), np.uint8)


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    return FaceFinder()


@pytest.fixture(scope="session")
def write_clip() -> WriteClip:
    """Writes pictures as an H264 video of so many frames a second."""
    return write_video


@pytest.fixture(scope="session")
def pan(astronaut: Picture) -> Callable[[int], list[Picture]]:
    """So many pictures of 256 x 240 that move over the face and turn a little."""

    def pictures(count: int) -> list[Picture]:
        found = []
        for number in range(count):
            turn = number / 25
            onto = cv2.getRotationMatrix2D((225, 125), 4 * np.sin(turn), 1.0)
            onto[0, 2] += 128 - 225 + 8 * np.sin(2 * turn)
            onto[1, 2] += 120 - 125 + 5 * turn
            found.append(np.asarray(cv2.warpAffine(astronaut, onto, (256, 240)), np.uint8))
        return found

    return pictures
