"""What is pasted lies within the face, below its nose."""

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import FaceFinder
from data.making.face_view import mouth_view
from data.making.mouth_mask import mouth_mask
from data.making.photo_face import placed


def test_the_mask_covers_the_lips_and_ends_within_the_face(
    astronaut: NDArray[np.uint8], finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    place = placed(mouth_view(astronaut, face, (456, 324)))
    mask = mouth_mask(place)
    height, width = place.picture.shape[:2]
    assert mask.shape == (height, width)
    assert mask.max() == 1
    for x, y in place.lips.lower_outer[2:-2]:
        assert mask[int(y), int(x)] > 0.95
    x, y = place.marks[points.NOSE_BOTTOM].astype(int)
    assert mask[: y + 1].max() < 0.05, "nostrils are the frame's own"
    row = int(place.lips.middle[:, 1].mean())
    outline = place.marks[list(points.OVAL)]
    assert mask[row, : max(0, int(outline[:, 0].min()))].sum() == 0
    assert max(mask[[0, -1]].max(), mask[:, [0, -1]].max()) < 0.02
