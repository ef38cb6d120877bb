"""What an avatar looks like, as one JPEG.

In: a built-in avatar's name, or a clip. Out: JPEG, at most `LONGEST_SIDE` pixels wide or tall. Runs
in a thread of the supervisor; owns nothing.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.head import avatar_name, framings_of, people, portrait

LONGEST_SIDE: Final = 640
QUALITY: Final = 88


def builtin_poster(name: str) -> bytes | None:
    """None where no built-in avatar has this name. Nobody is prepared for it."""
    for person in people():
        for framing in framings_of(person):
            if avatar_name(person, framing) == name:
                return _jpeg(portrait(person, framing))
    return None


def clip_poster(clip: Clip) -> bytes:
    """The first picture of its loop."""
    first = np.ascontiguousarray(clip.frames[int(clip.loop[0])])
    return _jpeg(np.asarray(cv2.cvtColor(first, cv2.COLOR_YUV2BGR_I420), np.uint8))


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    height, width = picture.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    _, stored = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return stored.tobytes()
