"""Whether two pictures show the same person, as a face recognition network has it.

In: pictures and the faces in them. Out: vectors of 128 numbers, and how alike two sets of them are.
Runs in benchmarks, by hand; owns the network. Needs the extra `perf`: dlib's ResNet (King, 2017;
CC0), which says "the same" up to a distance of 0.6 and was right so 99.4 % of the time on LFW.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.lip_motion import similarity

SIDE: Final = 150
SAME: Final = 0.6
"""The distance up to which dlib calls two faces one person's."""
_MARKS: Final = (
    points.RIGHT_EYE[1],
    points.RIGHT_EYE[0],
    points.LEFT_EYE[0],
    points.LEFT_EYE[1],
    points.NOSE_BOTTOM,
)
_PADDING: Final = 0.25
_MEAN: Final = (
    (0.8595674595992, 0.2134981538014),
    (0.6460604764104, 0.2289674387677),
    (0.1205750620789, 0.2137274526848),
    (0.3340850613712, 0.2290642403242),
    (0.4901123135679, 0.6277975316475),
)
"""Where those landmarks lie in a face as the network knows it (dlib, `get_face_chip_details`)."""


@dataclass(frozen=True)
class Identity:
    """cosine: mean of the speaking pictures' to the photo's, in parts of the idle ones'. distance:
    median of the speaking pictures' to the photo's; `SAME` at most is the same person."""

    cosine: float
    distance: float


class FaceEmbedder:
    """Not for two threads at once. ImportError names the extra that is missing."""

    def __init__(self) -> None:
        try:
            import dlib  # noqa: PLC0415 - only who has the extra
            from face_recognition_models import (  # noqa: PLC0415 - only who has the extra
                face_recognition_model_location,
            )
        except ImportError as error:
            raise ImportError("identity needs the extra: pip install 'ringtalk[perf]'") from error
        self._net = dlib.face_recognition_model_v1(str(face_recognition_model_location()))

    def __call__(self, picture: NDArray[np.uint8], face: Face) -> NDArray[np.float64]:
        """float64 [128] of a face in a uint8 BGR picture."""
        chip = face_chip(picture, face)
        return np.asarray(self._net.compute_face_descriptor(chip), np.float64)


def face_chip(picture: NDArray[np.uint8], face: Face) -> NDArray[np.uint8]:
    """uint8 RGB [150, 150, 3]: the face as the network wants it, by eyes and nose."""
    wanted = (_PADDING + np.array(_MEAN)) / (2 * _PADDING + 1) * SIDE
    onto = similarity(face.landmarks[list(_MARKS), :2], wanted)
    if (scale := float(np.hypot(*onto[:, 0]))) < 1:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4 / scale), np.uint8)
    chip = cv2.warpAffine(picture, onto, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.asarray(chip, np.uint8)[..., ::-1])


def identity(
    photo: NDArray[np.float64], idle: NDArray[np.float64], speaking: NDArray[np.float64]
) -> Identity:
    """photo: the vector [128] of the source. idle, speaking: of the avatar's pictures, [N, 128]."""
    away = np.linalg.norm(speaking - photo, axis=1)
    alike = [float(_cosines(each, photo).mean()) for each in (speaking, idle)]
    return Identity(alike[0] / max(alike[1], 1e-6), float(np.median(away)))


def _cosines(some: NDArray[np.float64], one: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(one)
    return np.asarray(some @ one / np.maximum(lengths, 1e-9), np.float64)
