"""A real face: NASA's portrait of Eileen Collins (public domain), from scikit-image."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from data.landmarks.finder import FaceFinder


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """uint8 BGR [512, 512, 3], one face at (180..270, 72..177)."""
    photo = Path(data.__file__).parent / "astronaut.png"
    return np.asarray(cv2.imread(str(photo)), np.uint8)


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    return FaceFinder()
