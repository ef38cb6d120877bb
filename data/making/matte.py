"""How much of each pixel of a photo is the person, hair and all.

In: a photo, or a frame of a clip, and the face in it. Out: a matte, or none where the person cannot
be told from what is behind. Runs where avatars are made. A network says roughly where a person is,
once in the whole picture and once about the head; near the outline the colours say the rest
(`guided_filter`).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.guided_filter import guided
from data.matting.person_segmenter import PersonSegmenter

_ABOUT: Final = (1.7, 1.6, 1.9)
"""The part about the head that is looked at again: face widths to each side, up and down from the
middle of the face."""
_FEATHER: Final = 0.3
"""Face widths over which what was seen of that part gives way to the whole."""
_FACE: Final = 160.0
"""Pixels of a face's width at which edges are followed."""
_REACH: Final = 6
_BAND: Final = 0.055
"""Face widths to both sides of the rough outline in which hair may be."""
_SPAN: Final = (0.08, 0.92)
"""What the colours say that counts as none and all of the person."""
_HOLES: Final = 0.03
"""Squared face widths up to which a hole in the person is none."""
_WHOLE: Final = 0.97
_SHARES: Final = (0.03, 0.97)
"""How much of the face must be the person's, and how much of the picture may be."""


def matte_of(
    photo: NDArray[np.uint8], face: Face, segmenter: PersonSegmenter
) -> NDArray[np.uint8] | None:
    """uint8 [H, W], 255 the person's, of a uint8 BGR photo [H, W, 3]; None where it is not clear
    who is in front."""
    rough = rough_matte(photo, face, segmenter)
    return None if rough is None else fine_matte(photo, rough, face.width)


def rough_matte(
    photo: NDArray[np.uint8], face: Face, segmenter: PersonSegmenter
) -> NDArray[np.float32] | None:
    """float32 [H, W], 1 the person's, its edge only about where it is; None as `matte_of`."""
    rough = _person(_rough(photo, face, segmenter), face)
    return rough if _clear(rough, face) else None


def fine_matte(
    photo: NDArray[np.uint8], rough: NDArray[np.float32], wide: float
) -> NDArray[np.uint8]:
    """The rough matte on the picture's own edges; wide: the face's width, in pixels."""
    return np.rint(255 * _refined(photo, rough, wide)).astype(np.uint8)


def _rough(photo: NDArray[np.uint8], face: Face, segmenter: PersonSegmenter) -> NDArray[np.float32]:
    """What the net sees, the head looked at closely."""
    height, width = photo.shape[:2]
    whole = segmenter(photo)
    x, y = face.landmarks[:, :2].mean(axis=0)
    beside, above, below = (part * face.width for part in _ABOUT)
    x0, x1 = int(max(0, x - beside)), int(min(width, x + beside))
    y0, y1 = int(max(0, y - above)), int(min(height, y + below))
    if (x1 - x0) * (y1 - y0) > 0.7 * width * height:
        return whole
    near = segmenter(np.ascontiguousarray(photo[y0:y1, x0:x1]))
    share = np.pad(np.ones((y1 - y0, x1 - x0), np.uint8), 1)
    inside = cv2.distanceTransform(share, cv2.DIST_L2, 3)[1:-1, 1:-1]
    # The picture's own edges are no edges of what was seen.
    for edge, at in ((y0 == 0, np.s_[:1]), (y1 == height, np.s_[-1:])):
        if edge:
            inside = np.maximum(
                inside, np.arange(y1 - y0)[:: -1 if at == np.s_[:1] else 1][:, None]
            )
    part = np.clip(inside / (_FEATHER * face.width), 0, 1).astype(np.float32)
    area = whole[y0:y1, x0:x1]
    area += part * (near - area)
    return whole


def _person(rough: NDArray[np.float32], face: Face) -> NDArray[np.float32]:
    """Only the one who has the face, without holes."""
    solid = (rough > 0.5).astype(np.uint8)
    _, labels = cv2.connectedComponents(solid)
    outline = np.rint(face.landmarks[list(points.OVAL), :2]).astype(np.int32)
    oval = np.zeros(rough.shape, np.uint8)
    cv2.fillPoly(oval, [outline], 1)
    names = np.bincount(labels[(oval > 0) & (solid > 0)], minlength=2)
    own = labels == (1 + int(names[1:].argmax()))
    near = cv2.dilate(own.astype(np.uint8), np.ones((5, 5), np.uint8), iterations=2) > 0
    kept = np.where(near, rough, 0).astype(np.float32)
    count, holes, sizes, _ = cv2.connectedComponentsWithStats((~own).astype(np.uint8))
    for number in range(1, count):
        if sizes[number, cv2.CC_STAT_AREA] < _HOLES * face.width**2:
            kept[holes == number] = 1
    return kept


def _clear(rough: NDArray[np.float32], face: Face) -> bool:
    oval = np.zeros(rough.shape, np.uint8)
    outline = np.rint(face.landmarks[list(points.OVAL), :2]).astype(np.int32)
    cv2.fillPoly(oval, [outline], 1)
    inside = rough[oval > 0]
    least, most = _SHARES
    return bool(inside.size and inside.mean() > _WHOLE and least < rough.mean() < most)


def _refined(
    photo: NDArray[np.uint8], rough: NDArray[np.float32], wide: float
) -> NDArray[np.float32]:
    """The rough outline on the picture's own edges, float32 [H, W]."""
    fine = guided(photo, rough, _REACH, min(1.0, _FACE / wide))
    low, high = _SPAN
    fine = np.clip((fine - low) / (high - low), 0, 1)
    solid = (rough > 0.5).astype(np.uint8)
    inward = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    outward = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    band = max(2.0, _BAND * wide)
    sure = np.clip(inward / band - 0.5, 0, 0.5) * 2
    none = np.clip(outward / band - 0.5, 0, 0.5) * 2
    return np.asarray((fine + sure * (1 - fine)) * (1 - none), np.float32)
