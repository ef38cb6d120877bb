"""Faces and their 478 landmarks in a picture, or followed from picture to picture.

In: BGR pictures. Out: `Face`s. Runs where avatars are made; owns two nets. The mesh net sees
the face turned upright, as MediaPipe's Face Landmarker shows it: a square 1.5 times as
large as the detection (later: as the last landmarks), eyes level. Source: Kartynnik et al.,
"Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019).
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.detector import Detector, Found, overlap
from data.landmarks.nets import Net, landmark_net

SIDE: Final = 256
_ROOM: Final = 1.5
_SURE: Final = 0.5
_SAME: Final = 0.5
_LYING: Final = 60.0
"""Degrees askew from which on what is seen beside a face that stands is a pattern, not another."""


@dataclass(frozen=True)
class Face:
    """landmarks: float64 [478, 3], x and y in pixels of the picture, pixel centres at whole
    numbers, z in the same unit, smaller is nearer. score: that it is a face, 0..1."""

    landmarks: NDArray[np.float64]
    score: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 around the outline."""
        outline = self.landmarks[list(points.OVAL), :2]
        (x0, y0), (x1, y1) = outline.min(axis=0), outline.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)

    @property
    def width(self) -> float:
        """Pixels from cheek to cheek, as far as it is seen."""
        x0, _, x1, _ = self.box
        return x1 - x0

    @property
    def turn(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll in degrees; all 0 looks straight at the viewer."""
        marks = self.landmarks
        across = marks[points.RIGHT_CHEEK] - marks[points.LEFT_CHEEK]
        down = marks[points.CHIN] - marks[points.FOREHEAD]
        yaw = np.degrees(np.arctan2(across[2], np.hypot(across[0], across[1])))
        pitch = np.degrees(np.arctan2(down[2], np.hypot(down[0], down[1])))
        roll = np.degrees(np.arctan2(across[1], across[0]))
        return float(yaw), float(pitch), float(roll)


class FaceFinder:
    """Finds faces. Not for two threads at once. LandmarksMissing without ai-edge-litert."""

    def __init__(self) -> None:
        self._detector = Detector()
        self._mesh = Net(landmark_net("face_landmarks_detector.tflite"))

    def find(self, picture: NDArray[np.uint8]) -> list[Face]:
        """The faces of a uint8 BGR picture [H, W, 3], largest first."""
        faces: list[Face] = []
        for found in self._detector.find(picture):
            face = self._read(picture, _square_of_detection(found))
            # Read again where its landmarks have it: a third of the error that the box brought.
            face = face and self.follow(picture, face)
            if face is not None and all(overlap(face.box, f.box) < _SAME for f in faces):
                faces.append(face)
        upright = [face for face in faces if abs(face.turn[2]) < _LYING]
        return sorted(upright or faces, key=lambda face: -face.width)

    def follow(self, picture: NDArray[np.uint8], last: Face) -> Face | None:
        """The face that `last` was in the picture before; None if it is not there now."""
        return self._read(picture, _square_of_face(last))

    def _read(self, picture: NDArray[np.uint8], onto: NDArray[np.float64]) -> Face | None:
        """onto: affine [2, 3] from the mesh net's pixels to the picture's."""
        seen = cv2.warpAffine(
            picture, onto, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        view = (seen[None, :, :, ::-1].astype(np.float32)) / np.float32(255)
        marks, logit, *_ = self._mesh(view)
        score = float(1 / (1 + np.exp(-np.float64(logit.reshape(-1)[0]))))
        if score < _SURE:
            return None
        local = marks.reshape(points.COUNT, 3).astype(np.float64)
        landmarks = np.empty_like(local)
        landmarks[:, :2] = local[:, :2] @ onto[:, :2].T + onto[:, 2]
        landmarks[:, 2] = local[:, 2] * np.hypot(onto[0, 0], onto[1, 0])
        return Face(landmarks, score)


def _square_of_detection(found: Found) -> NDArray[np.float64]:
    x0, y0, x1, y1 = found.box
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    return _square(centre, max(x1 - x0, y1 - y0), found.eyes[1] - found.eyes[0])


def _square_of_face(face: Face) -> NDArray[np.float64]:
    marks = face.landmarks[:, :2]
    level = marks[points.RIGHT_EYE[1]] - marks[points.LEFT_EYE[0]]
    cos, sin = level / np.hypot(*level)
    upright = marks @ np.array([[cos, -sin], [sin, cos]])
    low, high = upright.min(axis=0), upright.max(axis=0)
    centre = np.array([[cos, -sin], [sin, cos]]) @ ((low + high) / 2)
    return _square(centre, float((high - low).max()), level)


def _square(
    centre: NDArray[np.float64], side: float, level: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The affine from the net's pixels to a square about `centre` whose top lies along `level`."""
    cos, sin = level / np.hypot(*level) * (side * _ROOM / SIDE)
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, centre - linear @ np.full(2, (SIDE - 1) / 2)])
