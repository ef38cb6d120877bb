"""How much a pasted face flickers, how near it is to its source, and whether its edge is seen.

In: luma pictures of a clip, the same with faces pasted on, and the masks as they lie in each. Out:
figures. Pure.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.picture.paste_figures import INSIDE, flicker, seam

OUTSIDE: Final = 8
"""Mask levels from which a pixel is border, up to `INSIDE`."""


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
