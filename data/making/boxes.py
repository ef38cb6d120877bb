"""The crop box that each engine was trained on, from landmarks, and steady over time.

In: landmarks of every frame. Out: boxes, and the placements that put a face back. Pure.
Sources: Wav2Lip's inference.py (a detector's face box, 10 pixels more below);
MuseTalk's preprocessing.py (as far above the nose's bridge as the chin is below it, plus
a margin below in v1.5); Ultralight-Digital-Human's process.py (a square from the nose's bridge
down, as wide as the face; 4 of its 168 pixels on each side are not drawn).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points

STEADY_FRAMES: Final = 2.5
"""Standard deviation, in frames, of the Gaussian over time."""

_MARGIN: Final = 0.06
"""Parts of the box's height that MuseTalk 1.5 adds below: 10 pixels of a usual face."""

Box = NDArray[np.float64]
"""x0, y0, x1, y1 in pixels of the picture; edges, so that pixel 0 spans -0.5 to 0.5."""


@dataclass(frozen=True)
class Crop:
    """How an engine sees the face.

    family: what a clip for it says in `engine`: both sizes of Wav2Lip are one. box: the crop from
    landmarks [478, 3]. top: the landmark at whose height the drawn part
    begins, as the mask has it. size: the face's side in pixels, as the engine draws it.
    inner: the parts of the crop's side that are left out around. usual: where the face is
    widest, where the drawn part begins and where the chin is in a crop of a usual face, in parts of
    its height: for crops that come without landmarks. matched: whether what it draws needs the
    picture's colours, see `Clip`.
    """

    family: str
    box: Callable[[NDArray[np.float64]], Box]
    top: int
    size: int
    usual: tuple[float, float, float]
    inner: float = 0.0
    matched: bool = True


def _span(marks: NDArray[np.float64]) -> tuple[float, float, float, float]:
    outline = marks[list(points.OVAL), :2]
    (x0, y0), (x1, y1) = outline.min(axis=0), outline.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _wav2lip(marks: NDArray[np.float64]) -> Box:
    x0, y0, x1, y1 = _span(marks)
    return np.array([x0, y0, x1, y1 + 0.08 * (y1 - y0)])


def _musetalk_1(marks: NDArray[np.float64]) -> Box:
    x0, _, x1, y1 = _span(marks)
    return np.array([x0, 2 * marks[points.NOSE_MIDDLE, 1] - y1, x1, y1])


def _musetalk(marks: NDArray[np.float64]) -> Box:
    x0, y0, x1, y1 = _musetalk_1(marks)
    return np.array([x0, y0, x1, y1 + _MARGIN * (y1 - y0)])


def _ultralight(marks: NDArray[np.float64]) -> Box:
    x0, _, x1, _ = _span(marks)
    y0 = marks[points.NOSE_BRIDGE, 1]
    return np.array([x0, y0, x1, y0 + x1 - x0])


CROPS: Final[Mapping[str, Crop]] = MappingProxyType(
    {
        "wav2lip": Crop("wav2lip", _wav2lip, points.NOSE_MIDDLE, 96, (0.42, 0.42, 0.93)),
        "wav2lip256": Crop("wav2lip", _wav2lip, points.NOSE_MIDDLE, 256, (0.42, 0.42, 0.93)),
        "musetalk": Crop("musetalk", _musetalk, points.NOSE_BOTTOM, 256, (0.47, 0.62, 0.94)),
        "musetalk1": Crop("musetalk1", _musetalk_1, points.NOSE_MIDDLE, 256, (0.5, 0.5, 1.0)),
        "ultralight": Crop(
            "ultralight", _ultralight, points.NOSE_MIDDLE, 160, (0.05, 0.05, 0.70), inner=4 / 168
        ),
    }
)


def boxes_of(
    crop: Crop, landmarks: NDArray[np.float64], spread: float = STEADY_FRAMES
) -> NDArray[np.float64]:
    """float64 [N, 4] from landmarks [N, 478, 3]: steady over time, all of one size's shape.

    The size changes slowly if the face comes nearer. Both ends are mirrored, so that a loop
    that runs there and back stays steady where it turns. spread: of the Gaussian over time, in
    frames, four times as much for the size; 0 leaves the boxes as they were found.
    """
    boxes = np.stack([crop.box(marks) for marks in landmarks])
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = boxes[:, 2:] - boxes[:, :2]
    centre, size = steady(centre, spread), steady(size, 4 * spread)
    size = size * (1 - 2 * crop.inner)
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1)


def steady(track: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """A track [N, C] without its jitter: a Gaussian over time, which lags behind nothing."""
    if len(track) < 2 or spread == 0:
        return track.copy()
    reach = min(int(np.ceil(3 * spread)), len(track) - 1)
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    padded = np.pad(track, ((reach, reach), (0, 0)), mode="reflect")
    smooth = [np.convolve(column, window / window.sum(), mode="valid") for column in padded.T]
    return np.stack(smooth, axis=1)


def jitter(track: NDArray[np.float64]) -> float:
    """How much a track [N, C] trembles: root mean square of its second difference."""
    if len(track) < 3:
        return 0.0
    return float(np.sqrt((np.diff(track, 2, axis=0) ** 2).sum(axis=1).mean()))


def placement(box: Box, width: int, height: int) -> NDArray[np.float32]:
    """float32 [2, 3]: a face's pixels to the picture's, both with centres at whole numbers."""
    wide, high = (box[2] - box[0]) / width, (box[3] - box[1]) / height
    x, y = box[0] + wide / 2, box[1] + high / 2
    return np.array([[wide, 0, x], [0, high, y]], np.float32)


def cut(picture: NDArray[np.uint8], box: Box, width: int, height: int) -> NDArray[np.uint8]:
    """The face [height, width, 3] in the box; beyond the picture's edge its border repeats."""
    onto = placement(box, width, height).astype(np.float64)
    shrink = max(onto[0, 0], onto[1, 1])
    source = picture
    if shrink > 1:  # an affine sampler skips pixels: smooth first
        source = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.5 * shrink), np.uint8)
    sample = cv2.INTER_LINEAR if shrink > 1 else cv2.INTER_CUBIC
    crop = cv2.warpAffine(
        source,
        onto,
        (width, height),
        flags=sample | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)
