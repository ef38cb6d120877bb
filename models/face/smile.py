"""A smile, of a mouth that was rendered for speech.

In: a head's mouths. Out: pictures of its mouth from rest to a smile. Pure; runs where a clip is
prepared. The mouth that is spread most over closed teeth is taken, and its corners are drawn up and
out; pictures between are `models.face.tween`'s.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.head import Head
from models.face.tween import tweened

STEPS: Final = 16
_UP: Final = 0.085
_OUT: Final = 0.035
_REACH: Final = 0.22
"""Of the mouth's width: how far its corners go up and out, and how far around they are felt."""
_CHANGED: Final = 24
"""Grey levels from which a pixel belongs to the mouth that moves."""
_WEIGHTS: Final = {"spread": 1.0, "jaw": -0.9, "round": -1.0, "close": -0.5, "fv": -1.0}


def smiles(head: Head) -> NDArray[np.uint8]:
    """uint8 BGR [STEPS, h, w, 3] at the head's mouth box, the last of them the whole smile."""
    rest = head.mouth_box.of(head.picture)
    spread = head.mouths[_most_spread(head)]
    wide = np.abs(spread.astype(np.int16) - rest.astype(np.int16)).max(axis=2)
    x, y, width, height = cv2.boundingRect((wide > _CHANGED).astype(np.uint8))
    if not width:
        return np.repeat(rest[None], STEPS, axis=0)
    corners = ((x, y + 0.3 * height), (x + width, y + 0.3 * height))
    smile = _drawn_up(spread, corners)
    return tweened(np.stack([rest, smile]), STEPS)


def from_edge(height: int, width: int) -> NDArray[np.float32]:
    """float32 [height, width]: how many pixels away the nearest edge is."""
    across = np.arange(width, dtype=np.float32)
    down = np.arange(height, dtype=np.float32)[:, None]
    near: NDArray[np.float32] = np.minimum(
        np.minimum(across, across[::-1]), np.minimum(down, down[::-1])
    )
    return near


def _most_spread(head: Head) -> int:
    weights = np.array([_WEIGHTS.get(name, 0.0) for name in head.parameters], np.float32)
    return int((head.states @ weights).argmax())


def _drawn_up(
    mouth: NDArray[np.uint8], corners: tuple[tuple[float, float], tuple[float, float]]
) -> NDArray[np.uint8]:
    """The mouth with its corners, (x, y) left and right, up and out; its edge stays."""
    width = corners[1][0] - corners[0][0]
    height, columns = mouth.shape[:2]
    x = np.arange(columns, dtype=np.float32)[None].repeat(height, 0)
    y = np.arange(height, dtype=np.float32)[:, None].repeat(columns, 1)
    calm = np.clip(from_edge(height, columns) / np.float32(0.15 * columns), 0, 1)
    from_x, from_y = x.copy(), y.copy()
    for (corner_x, corner_y), way in zip(corners, (-1, 1), strict=True):
        away = (x - corner_x) ** 2 + (y - corner_y) ** 2
        share = calm * np.exp(-away / np.float32(2 * (_REACH * width) ** 2))
        from_x -= share * np.float32(way * _OUT * width)
        from_y += share * np.float32(_UP * width)
    moved = cv2.remap(mouth, from_x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)
