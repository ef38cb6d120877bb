"""Whether a mouth moves, from pixels alone: how unlike it is to every idle mouth seen before.

In: the luma of decoded pictures. Out: a distance, and whether it is one that idling does not
explain. It knows neither the face nor the server: it first watches the face idle, blinks,
sways and coding noise included. Runs in the client's process; owns the idle pictures.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Blocks = NDArray[np.float32]

BLOCK: Final = 4
"""Side of a block in pixels: larger than the coder's noise, smaller than a lip."""
MARGIN: Final = 2.0
"""A mouth has moved when it is so many times as unlike as idling ever was."""
FLOOR: Final = 2.5
"""The least distance that counts as moved, in steps of luma: coders leave 1.5 of a mouth that
closed, and an opening one makes 4 in its first picture."""
IDLE_LEAST: Final = 20


class Region(NamedTuple):
    """Where the mouth is: parts of the picture's width and height, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float


BUILTIN: Final = Region(204 / 512, 288 / 512, 308 / 512, 340 / 512)
"""The lips of the built-in face."""


def region_of(text: str | None) -> Region:
    """ "LEFT,TOP,RIGHT,BOTTOM" in parts of the picture; None is the built-in face's.

    Raises ValueError for anything else."""
    if text is None:
        return BUILTIN
    try:
        region = Region(*(float(part) for part in text.split(",")))
    except (TypeError, ValueError):
        region = Region(0, 0, 0, 0)
    if not (0 <= region.left < region.right <= 1 and 0 <= region.top < region.bottom <= 1):
        raise ValueError(f"--mouth {text!r}: LEFT,TOP,RIGHT,BOTTOM are wanted, each 0 to 1")
    return region


def blocks(luma: Luma, region: Region) -> Blocks:
    """float32 [h, w]: mean luma of the region's blocks, of uint8 [H, W]."""
    height, width = luma.shape
    top, left = int(region.top * height), int(region.left * width)
    rows = (int(region.bottom * height) - top) // BLOCK
    columns = (int(region.right * width) - left) // BLOCK
    part = luma[top : top + rows * BLOCK, left : left + columns * BLOCK].astype(np.float32)
    means: Blocks = part.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
    return means


class Mouth:
    """Knows a face at rest."""

    def __init__(self, idle: Sequence[Blocks]) -> None:
        """`idle`: mouths of a second and more of idling. Raises ValueError for fewer than
        IDLE_LEAST of them."""
        if len(idle) < IDLE_LEAST:
            raise ValueError(f"{len(idle)} idle pictures are too few to know a face: {IDLE_LEAST}")
        known, unseen = idle[::2], idle[1::2]
        self._idle = np.stack(known)
        noise = max(self.distance(mouth) for mouth in unseen)
        self._idle = np.stack(idle)
        self.threshold = max(FLOOR, MARGIN * noise)

    def distance(self, mouth: Blocks) -> float:
        """How unlike the mouth is to the idle mouth that is most like it: mean steps of luma."""
        return float(np.abs(self._idle - mouth).mean(axis=(1, 2)).min())

    def moved(self, mouth: Blocks) -> bool:
        """Whether idling does not explain this mouth."""
        return self.distance(mouth) > self.threshold
