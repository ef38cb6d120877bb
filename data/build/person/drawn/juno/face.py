"""Juno's face: skin, ears, nose, blush, and how the jaw moves them.

In: a canvas and the drop of the jaw; out: the head upon it, without eyes, mouth and hair. Pure but
for the canvas. Light comes from the picture's upper left.
"""

from typing import Final

import numpy as np

from data.build.person.drawn.canvas import Canvas, Mask, Slope
from data.build.person.drawn.paths import (
    MIDDLE,
    Points,
    brush,
    mirrored,
    oval,
    path,
    shifted,
    smooth,
    whole,
)

SKIN: Final = Slope("#fbcfa6", "#f0b088", (500, 260), (780, 700))
SKIN_DARK: Final = "#dd8f6c"
SKIN_LINE: Final = "#b9664b"
_LIGHT: Final = "#ffe3c4"
_BLUSH: Final = "#ec7a62"
_FRECKLE: Final = "#cf8258"
_BRASS: Final = Slope("#f6cf73", "#d99a35", (808, 548), (824, 578))

_HEAD: Final = (
    "M 640 212 C 738 212 804 276 806 384 C 808 426 808 460 804 496 C 799 548 782 598 746 640 "
    "C 714 676 682 700 640 700"
)
_FAR_SIDE: Final = (
    "M 780 300 C 800 400 794 510 760 578 C 728 634 690 672 614 694 L 640 770 L 900 770 L 900 300 Z"
)
_EAR: Final = (
    "M 790 452 C 816 434 842 446 842 478 C 841 506 832 518 826 532 C 820 550 806 552 790 540 Z"
)
_EAR_INNER: Final = (
    "M 808 478 C 818 462 831 464 831 482 C 830 500 819 506 816 520 "
    "C 812 530 804 528 803 518 C 812 508 816 496 808 478 Z"
)
_NOSE_SIDE: Final = (
    "M 652 466 C 654 500 660 524 670 540 C 678 552 674 564 662 566 C 652 568 646 570 640 572 "
    "C 650 556 652 540 646 520 C 642 500 646 480 652 466 Z"
)
_NOSE_UNDER: Final = (
    "M 616 560 C 626 572 634 575 641 575 C 650 575 658 571 666 560 C 656 564 628 564 616 560 Z"
)
_FRECKLES: Final = ((78, 534), (98, 526), (92, 545), (114, 540), (128, 530), (70, 546))
"""Right of the middle, and down."""


def with_jaw(points: Points, drop: float) -> Points:
    """The chin goes some way with the jaw, the cheeks do not."""
    side = np.clip(1 - ((points[:, 0] - MIDDLE) / 150) ** 2, 0, 1) ** 1.5
    low = smooth((points[:, 1] - 590) / 100)
    return np.column_stack([points[:, 0], points[:, 1] + 0.5 * drop * side * low])


def head_mask(
    canvas: Canvas, drop: float, shift: tuple[float, float] = (0.0, 0.0), soft: float = 0.0
) -> Mask:
    """Where the head is, or its shadow."""
    return canvas.mask(shifted(with_jaw(whole(_HEAD), drop), *shift), soft)


def draw_ear(canvas: Canvas, head: Mask) -> None:
    """The far ear and its ring, beside the head; the near one is under the hair."""
    beside = 1 - head * canvas.mask(shifted(whole(_HEAD), -2, 0))
    ear = canvas.mask(path(_EAR)) * beside
    below = canvas.mask(shifted(path(_EAR), 6, 6), soft=4) * (1 - head)
    canvas.shade(below, "#1a1020", 0.4)
    canvas.fill(ear, SKIN)
    canvas.shade(ear, SKIN_DARK, 0.38)
    canvas.shade(canvas.mask(path(_EAR_INNER), soft=1) * ear, SKIN_LINE, 0.45)
    ring = oval(816, 562, 11, 15)
    hole = canvas.mask(oval(816, 562, 6.5, 10.5))
    canvas.fill(canvas.mask(ring) * (1 - hole), _BRASS)


def draw_head(canvas: Canvas, drop: float) -> None:
    """The head before its eyes, mouth and hair."""
    head = head_mask(canvas, drop)
    canvas.fill(head, SKIN)
    canvas.shade(canvas.mask(oval(600, 330, 120, 70), soft=24) * head, _LIGHT, 0.45)
    far = canvas.mask(with_jaw(path(_FAR_SIDE), drop), soft=1.2)
    canvas.shade(far * head, SKIN_DARK, 0.42)
    for side in (-1, 1):
        blush = canvas.mask(oval(MIDDLE + side * 104, 552, 40, 25), soft=15)
        canvas.shade(blush * head, _BLUSH, 0.42)
    for x, y in _FRECKLES:
        for side in (-1, 1):
            spot = canvas.mask(oval(MIDDLE + side * x, y + side, 2.4, 2.2))
            canvas.shade(spot * head, _FRECKLE, 0.75)


def draw_nose(canvas: Canvas) -> None:
    """Its side in the shadow, its tip in the light, and the nostrils."""
    canvas.shade(canvas.mask(path(_NOSE_SIDE), soft=2.2), SKIN_DARK, 0.5)
    canvas.shade(canvas.mask(path(_NOSE_UNDER), soft=1.5), "#c4694a", 0.75)
    for x, way in ((625, -1), (658, 1)):
        hole = canvas.mask(oval(x, 561.5, 5.5, 2.6, -12 * way), soft=0.6)
        canvas.shade(hole, "#8e3f31", 0.85)
    wing = path("M 676 544 C 681 552 679 560 671 563")
    canvas.shade(canvas.mask(brush(wing, 3.2, (0.1, 0.2))), SKIN_LINE, 0.7)
    canvas.shade(canvas.mask(brush(mirrored(wing), 3.2, (0.2, 0.1))), SKIN_LINE, 0.45)
    canvas.shade(canvas.mask(oval(632, 541, 9, 6.5, 10), soft=2.5), "#fff0dc", 0.8)
    canvas.shade(canvas.mask(oval(634, 486, 6, 34), soft=5), _LIGHT, 0.55)
