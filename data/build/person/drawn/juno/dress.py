"""What is below Juno's head: neck, shirt, jacket, a ring on a chain.

In: a canvas and the drop of the jaw; out: the body upon it. Pure but for the canvas. It goes on
below the picture's edge, so no framing shows an end.
"""

from typing import Final

import numpy as np

from data.build.person.drawn.canvas import Canvas, Mask, Slope
from data.build.person.drawn.juno.face import SKIN, SKIN_DARK, SKIN_LINE, head_mask
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

_CLOTH: Final = Slope("#3f7f95", "#265a76", (440, 780), (860, 1240))
_FRONT: Final = Slope("#4b8da2", "#2f6a86", (440, 760), (800, 930))
_CLOTH_DARK: Final = "#183f57"
_CLOTH_LIGHT: Final = "#85bfca"
_THREAD: Final = "#9fc9cf"
_SHIRT: Final = Slope("#fbd06a", "#e8a53c", (560, 780), (720, 1060))
_SHIRT_DARK: Final = "#c27c22"
_SHIRT_LIGHT: Final = "#ffe3a0"
_BRASS: Final = "#e9b44c"
_SHADOW: Final = "#10283a"

_NECK: Final = (
    "M 640 600 L 694 600 C 690 690 690 716 702 742 C 712 762 748 778 790 790 L 790 900 L 640 940"
)
_TORSO: Final = (
    "M 640 790 C 690 786 712 770 736 766 C 800 784 864 800 892 850 C 916 902 930 1080 934 1440 "
    "L 640 1440"
)
_SHIRT_SHAPE: Final = "M 640 834 C 684 832 712 806 726 762 L 812 800 L 812 1440 L 640 1440"
_NECKLINE: Final = "M 554 762 C 568 806 596 832 640 834 C 684 832 712 806 726 762"
_OPEN: Final = "M 728 756 C 752 860 752 960 738 1060 C 726 1160 722 1300 720 1440"
_PANEL: Final = (
    "M 728 756 C 752 860 752 960 738 1060 C 726 1160 722 1300 720 1440 L 960 1440 L 960 700 Z"
)
_COLLAR: Final = (
    "M 716 742 C 744 752 786 766 812 784 C 826 820 820 868 800 906 C 786 888 772 880 752 880 "
    "C 748 836 738 788 716 742 Z"
)
_COLLAR_BACK: Final = "M 640 738 C 680 738 704 730 724 724 L 752 756 L 740 820 L 640 830"
_COLLAR_SEAM: Final = "M 802 788 C 813 820 808 860 795 890 C 782 876 770 870 758 869"
_ARM: Final = "M 826 900 C 838 1000 842 1150 838 1440"
_ARM_SHADE: Final = (
    "M 826 900 C 838 1000 842 1150 838 1440 L 796 1440 C 808 1150 816 1010 826 900 Z"
)
_FAR_SIDE: Final = "M 896 790 C 920 890 916 1090 910 1440 L 1010 1440 L 1010 790 Z"
_NEAR_LIGHT: Final = (
    "M 352 900 C 364 838 390 812 450 790 C 408 826 386 860 378 920 C 366 1010 358 1150 358 1440 "
    "L 320 1440 Z"
)
_YOKE: Final = "M 752 930 C 776 940 800 944 824 938"
_POCKET: Final = (
    "M 752 1010 L 822 1004 L 822 1036 C 806 1050 800 1054 788 1060 C 776 1056 764 1050 752 1040 Z"
)
_POCKET_BAG: Final = "M 753 1040 L 755 1136 L 824 1130 L 823 1036"
_BONE: Final = "M 662 818 C 680 806 698 800 718 802"
_CHAIN: Final = "M 562 774 C 582 838 604 882 640 906 C 676 882 698 838 718 774"
_FOLDS: Final = (
    "M 596 1010 C 610 1100 606 1200 590 1300",
    "M 676 930 C 668 1000 676 1090 690 1180",
)


def _sides(text: str) -> tuple[Points, Points]:
    points = path(text)
    return points, mirrored(points)


def draw_collar_back(canvas: Canvas) -> None:
    """The collar that stands behind the neck."""
    canvas.draw(whole(_COLLAR_BACK), Slope("#2b6480", "#1b475f", (0, 720), (0, 800)))


def draw_body(canvas: Canvas, drop: float) -> None:
    """Neck, torso and arms, and the shadow that the head throws on them."""
    neck = canvas.mask(whole(_NECK))
    canvas.fill(neck, SKIN)
    shadow = head_mask(canvas, drop, (8, 36), 1.5)
    canvas.shade(shadow * neck, SKIN_DARK, 0.75)
    for bone in _sides(_BONE):
        canvas.shade(canvas.mask(brush(bone, 4, (0.2, 0.2)), soft=1) * neck, SKIN_LINE, 0.35)
    torso = canvas.mask(whole(_TORSO))
    _shirt(canvas)
    panels = np.minimum(sum(canvas.mask(side) for side in _sides(_PANEL)), 1) * torso
    _jacket(canvas, np.asarray(panels, np.float32))


def _shirt(canvas: Canvas) -> None:
    """The shirt, its neckband and its folds, and the ring on its chain."""
    shirt = canvas.mask(whole(_SHIRT_SHAPE))
    canvas.fill(shirt, _SHIRT)
    line = path(_NECKLINE)
    below = canvas.mask(brush(shifted(line, 0, 18), 7, (0.8, 0.8)), soft=2)
    canvas.shade(below * shirt, _SHIRT_DARK, 0.5)
    canvas.draw(brush(shifted(line, 0, 4), 18, (0.9, 0.9)), _SHIRT)
    canvas.shade(canvas.mask(brush(shifted(line, 0, 13), 2.4, (0.9, 0.9))), _SHIRT_DARK, 0.6)
    canvas.shade(canvas.mask(brush(shifted(line, 0, -3), 3, (0.6, 0.6))), _SHIRT_LIGHT, 0.8)
    for fold in map(path, _FOLDS):
        soft = canvas.mask(brush(fold, 12, (0.1, 0.1)), soft=3)
        canvas.shade(soft * shirt, _SHIRT_DARK, 0.4)
    chain = path(_CHAIN)
    canvas.shade(canvas.mask(brush(shifted(chain, 3, 4), 3, (1, 1)), soft=1.2), _SHIRT_DARK, 0.5)
    canvas.draw(brush(chain, 2.8, (1, 1)), "#fff3d6")
    canvas.shade(canvas.mask(oval(MIDDLE + 3, 925, 18, 18), soft=2) * shirt, _SHIRT_DARK, 0.5)
    ring = canvas.mask(oval(MIDDLE, 921, 17, 17)) * (1 - canvas.mask(oval(MIDDLE, 921, 10, 10)))
    canvas.fill(ring, Slope("#fffdf2", "#efd9b0", (626, 906), (654, 938)))


def _jacket(canvas: Canvas, panels: Mask) -> None:
    """Both of its sides, open over the shirt."""
    for edge in _sides(_PANEL):
        shadow = canvas.mask(shifted(edge, 5, 8), soft=4) * (1 - panels)
        canvas.shade(shadow, _SHADOW, 0.32)
    canvas.fill(panels, _CLOTH)
    canvas.shade(canvas.mask(path(_NEAR_LIGHT), soft=1) * panels, _CLOTH_LIGHT, 0.4)
    canvas.shade(canvas.mask(path(_FAR_SIDE), soft=1) * panels, _CLOTH_DARK, 0.45)
    for arm, shade in zip(_sides(_ARM), _sides(_ARM_SHADE), strict=True):
        canvas.shade(canvas.mask(shade, soft=1) * panels, _CLOTH_DARK, 0.3)
        canvas.shade(canvas.mask(brush(arm, 6, (0.1, 1))) * panels, _CLOTH_DARK, 0.9)
    _front(canvas, panels)
    _collar(canvas, panels)


def _front(canvas: Canvas, panels: Mask) -> None:
    """Edges, seams, pockets, buttons on one side and their holes on the other."""
    for side, edge in enumerate(_sides(_OPEN)):
        canvas.shade(canvas.mask(brush(edge, 10, (1, 1))) * panels, _CLOTH_LIGHT, 0.55)
        seam = shifted(edge, -26 if side else 26, 0)
        canvas.shade(canvas.mask(brush(seam, 2.4, (1, 1))) * panels, _CLOTH_DARK, 0.7)
    for pocket, bag, yoke in zip(_sides(_POCKET), _sides(_POCKET_BAG), _sides(_YOKE), strict=True):
        canvas.shade(canvas.mask(brush(yoke, 2.6, (0.4, 0.4))) * panels, _CLOTH_DARK, 0.7)
        canvas.shade(canvas.mask(brush(bag, 2.6, (1, 1))) * panels, _CLOTH_DARK, 0.7)
        below = canvas.mask(shifted(pocket, 2, 6), soft=3)
        canvas.shade(below * panels, _SHADOW, 0.35)
        canvas.shade(canvas.mask(pocket), _FRONT)
        canvas.draw(oval(float(pocket[:, 0].mean()), 1044, 5.5, 5.5), _BRASS)
    for number in range(4):
        x, y = 114 - 5 * number, 968.0 + 118 * number
        canvas.draw(oval(MIDDLE + x, y, 7, 7), _BRASS)
        hole = np.array([[MIDDLE - x - reach, y] for reach in (-8, 0, 8)])
        canvas.shade(canvas.mask(brush(hole, 4, (1, 1))), _CLOTH_DARK, 0.8)


def _collar(canvas: Canvas, panels: Mask) -> None:
    for side, (collar, seam) in enumerate(zip(_sides(_COLLAR), _sides(_COLLAR_SEAM), strict=True)):
        below = canvas.mask(shifted(collar, 4, 12), soft=4)
        canvas.shade(below * panels, _SHADOW, 0.40)
        cover = canvas.mask(collar)
        canvas.fill(cover, _FRONT)
        canvas.shade(cover, _CLOTH_DARK, 0.0 if side else 0.18)
        canvas.shade(canvas.mask(brush(seam, 2.4, (0.6, 0.6))) * cover, _THREAD, 0.7)
