"""A mouth that is softer than the rest of its face is told from one that is as sharp."""

import cv2
import numpy as np

from data.landmarks.finder import FaceFinder
from data.making.lips import LipLines
from models.picture.paste_figures import sharpness
from tests.data.making.rendered import TEETH, few_mouths, photo_of


def test_a_soft_mouth_in_a_sharp_face_is_seen() -> None:
    picture = photo_of(few_mouths(), TEETH)
    (face,) = FaceFinder().find(picture)
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32)
    lips = LipLines.of(face.landmarks)
    (x0, y0), (x1, y1) = lips.upper_outer.min(axis=0) - 40, lips.lower_outer.max(axis=0) + 40
    where = slice(int(y0), int(y1)), slice(int(x0), int(x1))
    sticker = grey.copy()
    sticker[where] = cv2.GaussianBlur(grey, (0, 0), 2.5)[where]
    soft = np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.float32)
    own, worse, all_soft = (sharpness([each], [face]) for each in (grey, sticker, soft))
    assert worse < 0.6 * own
    assert abs(all_soft / own - 1) < 0.3
