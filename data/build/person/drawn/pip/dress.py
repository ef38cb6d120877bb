"""What is below the head: tail, neck, hood, jacket, shirt, badge.

In: a canvas and the drop of the jaw; out: the body upon it. Pure but for the canvas. It goes on
below the picture's edge, so no framing shows an end.
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
    whole,
)
from data.build.person.drawn.pip.head import CREAM, CREAM_DARK, FUR, head_mask

_CLOTH: Final = Slope("#2f9390", "#1d6672", (420, 740), (860, 1240))
_FRONT: Final = Slope("#38a09a", "#237780", (440, 690), (800, 930))
_HOOD_CLOTH: Final = Slope("#1f7078", "#164f5b", (500, 580), (780, 760))
_CLOTH_DARK: Final = "#124a57"
_CLOTH_LIGHT: Final = "#62bdb2"
_SHIRT: Final = Slope("#f7c95c", "#e3a133", (580, 780), (720, 960))
_BRASS: Final = "#e9b44c"
_SHADOW: Final = "#0b2430"

_TAIL: Final = (
    "M 750 1484 C 810 1404 880 1324 898 1234 C 912 1154 880 1084 912 996 C 922 970 934 954 954 936 "
    "C 960 966 970 984 990 1002 C 1056 1062 1090 1144 1080 1240 C 1070 1334 1000 1434 910 1484 Z"
)
_TAIL_TIP: Final = (
    "M 850 894 L 1150 894 L 1150 1114 C 1070 1084 1058 1104 1042 1136 "
    "C 1026 1100 1004 1094 986 1120 "
    "C 970 1084 950 1080 934 1110 C 922 1084 906 1074 880 1084 Z"
)
_TAIL_FAR: Final = (
    "M 962 954 C 1010 1034 1042 1134 1020 1234 C 1000 1334 940 1414 850 1484 L 1150 1484 "
    "L 1150 954 Z"
)
_HOOD: Final = "M 640 568 C 760 568 836 606 846 668 C 852 718 830 758 800 778 L 640 838"
_NECK: Final = (
    "M 640 568 L 716 568 C 712 668 716 698 726 736 C 714 734 706 730 698 722 "
    "C 696 746 688 764 676 778 "
    "C 668 772 662 766 658 758 C 654 774 648 784 640 792"
)
_TORSO: Final = (
    "M 640 748 C 700 750 748 740 790 738 C 850 754 892 784 910 862 C 930 968 938 1108 940 1440 "
    "L 640 1440"
)
_ARM: Final = "M 812 888 C 824 988 828 1138 824 1440"
_ARM_SHADE: Final = "M 812 888 C 824 988 828 1138 824 1440 L 776 1440 C 792 1138 802 988 812 888 Z"
_FAR_SIDE: Final = "M 880 778 C 904 878 904 1078 896 1440 L 1000 1440 L 1000 778 Z"
_NEAR_LIGHT: Final = (
    "M 366 878 C 380 816 414 778 470 756 C 424 790 398 830 390 898 C 378 988 372 1138 372 1440 "
    "L 330 1440 Z"
)
_OPEN: Final = "M 640 668 L 730 678 C 742 738 716 828 640 908"
_FOLD: Final = (
    "M 710 630 C 752 640 816 632 844 668 C 862 708 846 758 806 796 C 762 836 700 870 646 928 "
    "C 648 868 720 790 710 630 Z"
)
_FOLD_EDGE: Final = "M 710 630 C 720 790 648 868 646 928"
_FOLD_SEAM: Final = "M 740 690 C 742 788 692 850 660 904"
_ZIP: Final = "M 640 916 L 640 1038 L 640 1178 L 640 1440"
_POCKET: Final = (
    "M 640 1128 L 736 1128 C 744 1158 756 1198 780 1228 C 786 1258 786 1288 784 1440 L 640 1440"
)


def _sides(text: str) -> tuple[Points, Points]:
    points = path(text)
    return points, mirrored(points)


def draw_tail(canvas: Canvas) -> None:
    """The tail, behind everything."""
    tail = canvas.mask(path(_TAIL))
    canvas.fill(tail, Slope("#f28640", "#cf5c22", (1000, 990), (920, 1330)))
    tip = canvas.mask(path(_TAIL_TIP)) * tail
    canvas.shade(tip, CREAM)
    far = canvas.mask(path(_TAIL_FAR), soft=1.2) * tail
    canvas.shade(far * (1 - tip), "#b94d1c", 0.5)
    canvas.shade(far * tip, CREAM_DARK, 0.6)


def draw_hood(canvas: Canvas) -> None:
    """The hood that lies behind the neck."""
    canvas.draw(whole(_HOOD), _HOOD_CLOTH)


def draw_body(canvas: Canvas, drop: float) -> None:
    """Neck, torso and arms, and the shadow that the head throws on them."""
    torso = canvas.mask(whole(_TORSO))
    canvas.fill(torso, _CLOTH)
    _sleeves(canvas, torso)
    _front(canvas, torso)
    canvas.draw(whole(_OPEN), _SHIRT)
    neck = canvas.mask(whole(_NECK))
    canvas.shade(
        canvas.mask(shifted(whole(_NECK), 3, 9), soft=4) * canvas.mask(whole(_OPEN)), "#a8641c", 0.5
    )
    canvas.fill(neck, CREAM)
    neck = neck * (1 - _folds(canvas))
    _cords(canvas)
    _badge(canvas)
    shadow = head_mask(canvas, drop, (6, 26), 1.2)
    canvas.shade(shadow * neck, "#c08a62", 0.75)
    canvas.shade(shadow * (1 - neck), _SHADOW, 0.35)


def _sleeves(canvas: Canvas, torso: Mask) -> None:
    canvas.shade(canvas.mask(path(_NEAR_LIGHT), soft=1) * torso, _CLOTH_LIGHT, 0.45)
    canvas.shade(canvas.mask(path(_FAR_SIDE), soft=1) * torso, _CLOTH_DARK, 0.45)
    for arm, shade in zip(_sides(_ARM), _sides(_ARM_SHADE), strict=True):
        canvas.shade(canvas.mask(shade, soft=1) * torso, _CLOTH_DARK, 0.3)
        canvas.shade(canvas.mask(brush(arm, 6, (0.1, 1))) * torso, _CLOTH_DARK, 0.9)


def _front(canvas: Canvas, torso: Mask) -> None:
    """Zip and pockets."""
    pocket = whole(_POCKET)
    canvas.shade(canvas.mask(shifted(pocket, 0, -5), soft=4) * torso, _CLOTH_DARK, 0.35)
    canvas.shade(canvas.mask(pocket) * torso, _CLOTH)
    canvas.shade(canvas.mask(brush(pocket[1:45], 3, (1, 1))) * torso, _CLOTH_DARK, 0.8)
    canvas.shade(canvas.mask(brush(path(_ZIP), 11, (1, 1))) * torso, _CLOTH_DARK)
    canvas.shade(canvas.mask(brush(path(_ZIP), 3, (1, 1))) * torso, _BRASS)
    canvas.draw(oval(MIDDLE, 954, 8, 8), _BRASS)
    canvas.draw(path("M 636 958 L 644 958 L 646 986 L 634 986 Z"), _BRASS)


def _folds(canvas: Canvas) -> Mask:
    """The hood's front, folded out on both sides of the opening; what it covers."""
    both = canvas.mask(path(_FOLD)) + canvas.mask(mirrored(path(_FOLD)))
    parts = zip(_sides(_FOLD), _sides(_FOLD_EDGE), _sides(_FOLD_SEAM), strict=True)
    for side, (fold, edge, seam) in enumerate(parts):
        cover = canvas.mask(fold)
        canvas.shade(canvas.mask(shifted(fold, 4, 16), soft=4), _SHADOW, 0.40)
        canvas.fill(cover, _FRONT)
        if side == 0:
            far = canvas.mask(
                path("M 800 618 C 826 698 800 758 640 908 L 900 938 L 900 618 Z"), soft=1
            )
            canvas.shade(far * cover, _CLOTH_DARK, 0.35)
        canvas.shade(canvas.mask(brush(edge, 12, (1, 1))) * cover, _CLOTH_LIGHT, 0.75)
        canvas.shade(canvas.mask(brush(seam, 3, (0.1, 0.1))) * cover, _CLOTH_DARK, 0.6)
    return np.asarray(np.minimum(both, 1), np.float32)


def _cords(canvas: Canvas) -> None:
    for side, low in ((-1, 1008), (1, 978)):
        x = MIDDLE + side * 64
        cord = path(f"M {x} 828 C {x + 6 * side} 878 {x - 6 * side} {low - 60} {x} {low}")
        canvas.shade(canvas.mask(brush(shifted(cord, 5, 6), 9, (1, 1)), soft=2), _SHADOW, 0.35)
        canvas.draw(oval(x, 828, 10, 10), _BRASS)
        canvas.draw(brush(cord, 8, (0.95, 0.95)), CREAM)
        canvas.draw(oval(x, low + 6, 6.5, 14), _BRASS)


def _badge(canvas: Canvas) -> None:
    """A ring that speaks."""
    canvas.shade(canvas.mask(oval(774, 978, 30, 30), soft=4), _SHADOW, 0.35)
    canvas.draw(path("M 748 984 L 740 1014 L 778 994 Z"), CREAM)
    canvas.draw(oval(770, 970, 30, 30), CREAM)
    canvas.draw(oval(770, 970, 18, 18), FUR)
    canvas.draw(oval(770, 970, 9, 9), CREAM)
