"""The head: ears, fur, nose and hair, and how the jaw moves them.

In: a canvas and the drop of the jaw; out: the head upon it, without eyes and mouth. Pure but
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

FUR: Final = "#ee7d36"
_FUR: Final = Slope("#f59048", "#e56d2c", (480, 240), (800, 620))
_FUR_DARK: Final = "#cc5a26"
CREAM: Final = "#fff0dc"
_CREAM: Final = Slope("#fff6e8", "#fbe3c8", (560, 500), (700, 690))
CREAM_DARK: Final = "#ecc9a4"
DARK: Final = "#4a241f"
_BLUSH: Final = "#f08f6e"

_HEAD: Final = (
    "M 640 230 C 724 226 796 262 832 326 C 854 366 866 408 872 446 "
    "C 880 470 894 486 916 498 C 904 508 894 514 884 516 "
    "C 888 532 894 544 906 556 C 890 562 876 564 866 562 "
    "C 866 576 870 588 878 600 C 852 606 832 606 820 602 "
    "C 790 634 748 652 716 664 C 692 676 668 682 640 682"
)
_MASK: Final = (
    "M 640 508 C 660 508 668 496 682 490 C 704 482 724 492 750 490 C 796 486 836 470 866 428 "
    "L 960 430 L 960 720 L 640 720"
)
_FAR_SIDE: Final = (
    "M 812 270 C 872 380 880 480 832 552 C 796 606 730 640 660 660 C 620 670 590 676 556 676 "
    "L 560 800 L 960 800 L 960 270 Z"
)
_TICKS: Final = (
    "M 858 486 C 868 500 878 506 890 506",
    "M 846 538 C 856 550 866 554 880 552",
)
"""Strands of the cheeks' fur."""
_EAR: Final = (
    "M 700 262 C 722 206 764 146 814 112 C 830 102 842 108 845 124 C 858 190 860 262 840 352 Z"
)
_EAR_INNER: Final = (
    "M 738 262 C 756 214 786 172 818 144 C 828 190 830 240 822 312 C 796 282 766 268 738 262 Z"
)
_EAR_TIP: Final = (
    "M 740 60 L 900 60 L 900 196 C 880 184 866 190 852 196 C 842 176 826 176 812 190 "
    "C 800 168 778 168 760 178 Z"
)
_EAR_TUFT: Final = (
    "M 726 268 C 748 250 762 232 770 214 C 776 232 776 244 774 252 C 786 240 794 230 798 218 "
    "C 802 238 800 254 796 264 C 806 256 812 250 816 242 C 818 270 818 300 812 330 Z"
)
_NOSE: Final = "M 640 482 C 660 482 678 488 678 500 C 678 514 658 532 640 534"
_QUIFF: Final = (
    "M 556 300 C 540 240 566 186 632 168 C 676 157 712 166 730 186 C 708 182 694 186 686 194 "
    "C 722 192 754 208 764 240 C 744 228 726 226 712 230 C 726 244 732 262 728 282 "
    "C 708 258 684 250 660 252 C 664 262 664 272 658 284 C 642 266 620 262 602 268 "
    "C 584 274 568 284 556 300 Z"
)
_QUIFF_LIGHT: Final = (
    "M 574 262 C 576 220 606 190 652 182 C 622 200 602 224 600 254 C 592 254 582 258 574 262 Z"
)
_QUIFF_LINES: Final = (
    "M 686 196 C 660 198 636 212 622 238",
    "M 712 231 C 690 226 668 230 650 246",
)


def with_jaw(points: Points, drop: float) -> Points:
    """The chin goes some way with the jaw, the cheeks do not."""
    side = np.clip(1 - ((points[:, 0] - MIDDLE) / 132) ** 2, 0, 1) ** 2
    low = smooth((points[:, 1] - 596) / 72)
    return np.column_stack([points[:, 0], points[:, 1] + 0.34 * drop * side * low])


def head_mask(
    canvas: Canvas, drop: float, shift: tuple[float, float] = (0.0, 0.0), soft: float = 0.0
) -> Mask:
    """Where the head without its ears is, or its shadow."""
    return canvas.mask(shifted(with_jaw(whole(_HEAD), drop), *shift), soft)


def draw_ears(canvas: Canvas) -> None:
    """Both ears, behind the head."""
    for side in (1, -1):

        def here(text: str, side: int = side) -> Points:
            points = path(text)
            return points if side > 0 else mirrored(points)

        ear = canvas.mask(here(_EAR))
        canvas.fill(ear, _FUR)
        canvas.shade(canvas.mask(here(_EAR_TIP)) * ear, DARK)
        canvas.shade(
            canvas.mask(here(_EAR_INNER)) * ear, Slope("#a8432f", "#e9997c", (0, 150), (0, 300))
        )
        canvas.shade(canvas.mask(here(_EAR_TUFT)) * ear, CREAM)
        if side > 0:
            edge = canvas.mask(brush(path("M 845 124 C 858 190 860 262 840 352"), 16, (0.4, 1)))
            canvas.shade(edge * ear, "#2a1010", 0.14)


def draw_head(canvas: Canvas, drop: float) -> None:
    """The head before its eyes, mouth and hair."""
    head = head_mask(canvas, drop)
    canvas.fill(head, _FUR)
    mask = canvas.mask(with_jaw(whole(_MASK), drop)) * head
    canvas.shade(mask, _CREAM)
    for x in (-1, 1):
        canvas.shade(canvas.mask(oval(MIDDLE + 158 * x, 528, 40, 24), soft=14) * head, _BLUSH, 0.55)
    right = canvas.mask(with_jaw(path(_FAR_SIDE), drop), soft=1.2)
    canvas.shade(right * mask, CREAM_DARK, 0.6)
    canvas.shade(right * head * (1 - mask), _FUR_DARK, 0.55)
    lit = head * (1 - canvas.mask(shifted(with_jaw(whole(_HEAD), drop), 7, 6), soft=1))
    lit *= 1 - mask
    canvas.shade(
        lit * canvas.mask(path("M 0 0 L 640 0 L 640 520 L 0 520 Z"), soft=24), "#ffd0a0", 0.6
    )
    for tick in map(path, _TICKS):
        for points in (tick, mirrored(tick)):
            canvas.shade(canvas.mask(brush(points, 4.5, (0.1, 0.1))), CREAM_DARK, 0.9)
    bridge = path(
        "M 612 484 C 606 440 606 400 616 350 C 624 330 656 330 664 350 C 674 400 674 440 668 484 Z"
    )
    canvas.shade(canvas.mask(bridge, soft=14) * head * (1 - mask), "#ffb878", 0.6)


def draw_nose(canvas: Canvas) -> None:
    """The nose, its light, and the fold to the upper lip."""
    canvas.shade(canvas.mask(oval(MIDDLE, 536, 34, 9), soft=5), CREAM_DARK, 0.7)
    canvas.shade(
        canvas.mask(brush(path("M 640 530 C 640 538 640 546 640 553"), 5, (0.9, 0.3))), DARK, 0.85
    )
    nose = canvas.mask(whole(_NOSE))
    canvas.shade(nose, Slope("#5a302b", "#35181a", (0, 484), (0, 532)))
    canvas.shade(canvas.mask(oval(628, 494, 14, 5, 6), soft=1) * nose, "#c99a90", 0.9)
    for x, y in ((96, 540), (116, 552), (112, 530)):
        for side in (-1, 1):
            canvas.shade(canvas.mask(oval(MIDDLE + side * x, y, 3, 3)), "#d9a37c")


def draw_hair(canvas: Canvas) -> None:
    """The quiff."""
    quiff = canvas.mask(path(_QUIFF))
    below = canvas.mask(shifted(path(_QUIFF), 4, 12), soft=3)
    canvas.shade(below * head_mask(canvas, 0), "#b9481d", 0.45)
    canvas.fill(quiff, Slope("#6d3326", "#46211d", (0, 170), (0, 290)))
    canvas.shade(canvas.mask(path(_QUIFF_LIGHT)) * quiff, "#9a5238", 0.8)
    for line in _QUIFF_LINES:
        canvas.shade(canvas.mask(brush(path(line), 4, (0.2, 0.2))) * quiff, "#2e1413", 0.7)
