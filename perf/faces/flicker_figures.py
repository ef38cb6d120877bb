"""How much a pasted face flickers, how near it is to its source, and whether its edge is seen.

In: luma pictures of a clip, the same with faces pasted on, and the masks as they lie in each. Out:
figures. Pure. Temporal high frequencies are what is left of a pixel after its two neighbours in
time: the second difference, scaled so that white noise gives its standard deviation.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

INSIDE: Final = 200
"""Mask levels from which a pixel is inside; below, down to `OUTSIDE`, it is border."""
OUTSIDE: Final = 8


@dataclass(frozen=True)
class Figures:
    """psnr: dB inside the mask, against the clip. flicker, of the clip (`base`), of the pasted
    pictures and of the difference between them: grey levels, inside and in the border. slope: how
    much steeper the pasted picture is across the mask's edge than the clip: 1 is no seam. step:
    levels by which the picture jumps across the edge, all around it: 0 is no seam."""

    psnr: float
    base_inside: float
    inside: float
    added_inside: float
    base_border: float
    border: float
    added_border: float
    slope: float
    step: float

    @property
    def row(self) -> dict[str, str | float]:
        """For a table."""
        return {
            "PSNR dB": self.psnr,
            "inside: clip": self.base_inside,
            "pasted": self.inside,
            "added": self.added_inside,
            "border: clip": self.base_border,
            "pasted ": self.border,
            "added ": self.added_border,
            "slope": self.slope,
            "step": self.step,
        }


def figures(
    base: NDArray[np.uint8], pasted: NDArray[np.uint8], masks: NDArray[np.uint8]
) -> Figures:
    """All uint8 [N, H, W], N at least 3 (ValueError otherwise): luma, luma, opacity."""
    if len(base) < 3:
        raise ValueError(f"flicker is seen over three pictures at least, not {len(base)}")
    inside = masks >= INSIDE
    border = (masks > OUTSIDE) & ~inside
    one, other = base.astype(np.float32), pasted.astype(np.float32)
    added = other - one
    squares = float(np.square(added[inside]).mean())
    slope, step = seam(one, other, masks)
    return Figures(
        psnr=float(10 * np.log10(255**2 / max(squares, 1e-4))),
        base_inside=flicker(one, inside),
        inside=flicker(other, inside),
        added_inside=flicker(added, inside),
        base_border=flicker(one, border),
        border=flicker(other, border),
        added_border=flicker(added, border),
        slope=slope,
        step=step,
    )


def flicker(pictures: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Grey levels; where: bool [N, H, W], taken at the middle one of each three pictures."""
    second = pictures[2:] - 2 * pictures[1:-1] + pictures[:-2]
    return float(np.sqrt(np.square(second[where[1:-1]]).mean() / 6))


def seam(
    base: NDArray[np.float32], pasted: NDArray[np.float32], masks: NDArray[np.uint8]
) -> tuple[float, float]:
    """Mean slope across the mask's edge, pasted to base; and the mean step over it, in levels: how
    much of the mask's own shape is in what was added (least squares over each picture)."""
    slopes, steps = np.zeros(2), []
    for one, other, mask in zip(base, pasted, masks, strict=True):
        edge_x, edge_y = _slopes(mask.astype(np.float32) / 255)
        steep = np.hypot(edge_x, edge_y)
        edge = steep > 0.25 * steep.max(initial=1e-3)
        across = []
        for place, picture in enumerate((one, other)):
            x, y = _slopes(picture)
            across.append((x * edge_x + y * edge_y)[edge] / steep[edge])
            slopes[place] += np.abs(across[-1]).sum()
        added = ((across[1] - across[0]) * steep[edge]).sum()
        steps.append(abs(added) / np.square(steep[edge]).sum())
    return float((slopes[1] + 1) / (slopes[0] + 1)), float(np.mean(steps))


def _slopes(picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Levels per pixel along x and y."""
    x = cv2.Scharr(picture, cv2.CV_32F, 1, 0, scale=1 / 32)
    y = cv2.Scharr(picture, cv2.CV_32F, 0, 1, scale=1 / 32)
    return np.asarray(x, np.float32), np.asarray(y, np.float32)
