"""Juno's hair: what falls behind her neck, the sweeps from the parting, and loose locks.

In: a canvas; out: the hair upon it. Pure but for the canvas. On the picture's left it falls over
the shoulder in waves, on the right it is tucked behind the ear.
"""

from typing import Final

from data.build.person.drawn.canvas import Canvas, Mask, Slope
from data.build.person.drawn.paths import brush, path, shifted

_HAIR: Final = Slope("#7b3d37", "#421c28", (500, 170), (720, 640))
_LOCK: Final = Slope("#743833", "#4a2029", (430, 420), (500, 800))
_FAR_LOCK: Final = Slope("#4f262b", "#3a1823", (820, 420), (860, 800))
_BACK: Final = Slope("#6a3432", "#2d121d", (0, 160), (0, 560))
_LIGHT: Final = "#a9604a"
_DARK: Final = "#2c111b"
_SHADOW: Final = "#a8482f"
_FLYAWAY: Final = "#5a2a2e"

_BEHIND: Final = (
    "M 650 140 C 540 128 448 198 434 330 C 428 420 416 470 420 560 C 424 640 450 800 540 810 "
    "L 740 810 C 830 800 852 660 862 566 C 868 480 856 430 850 340 "
    "C 838 206 756 140 650 140 Z"
)
_FAR_FALL: Final = (
    "M 838 300 C 858 360 850 420 862 476 C 874 530 906 576 898 640 C 892 690 862 720 868 762 "
    "C 872 780 884 790 898 794 C 866 806 832 796 820 770 C 814 786 806 796 792 804 "
    "C 796 776 782 756 782 716 C 782 660 812 620 808 560 C 806 500 800 400 838 300 Z"
)
_LEFT_BACK: Final = (
    "M 440 330 C 428 400 430 450 414 510 C 400 566 376 600 384 660 C 390 706 418 728 412 770 "
    "C 410 786 400 796 388 802 C 424 812 456 800 466 770 C 476 792 470 806 460 820 "
    "C 496 808 512 776 506 736 C 500 690 478 660 486 604 C 492 560 500 500 492 420 Z"
)
_LEFT: Final = (
    "M 722 168 C 690 138 600 124 530 164 C 462 202 434 270 434 350 C 434 420 440 462 424 520 "
    "C 410 572 400 606 414 656 C 424 692 444 716 438 756 C 436 772 428 784 418 792 "
    "C 456 790 480 762 480 722 C 480 676 458 640 466 592 C 472 548 496 520 496 470 "
    "C 496 416 514 384 552 360 C 622 320 694 270 722 168 Z"
)
_RIGHT: Final = (
    "M 694 160 C 764 152 836 220 850 322 C 854 364 850 420 858 470 L 850 520 L 822 508 L 810 462 "
    "C 808 424 802 388 784 352 C 756 304 702 268 694 160 Z"
)
_LEFT_LIGHTS: Final = (
    "M 690 184 C 620 172 540 204 500 276 C 476 322 468 364 470 412 C 486 340 524 288 584 250 "
    "C 632 222 668 208 690 184 Z",
    "M 436 524 C 420 574 416 608 430 650 C 440 684 456 708 456 744 C 466 706 446 660 446 620 "
    "C 446 580 464 540 470 496 C 460 504 444 510 436 524 Z",
)
_RIGHT_LIGHTS: Final = (
    "M 732 190 C 780 226 816 290 828 362 C 832 390 832 416 828 440 C 842 390 838 330 812 276 "
    "C 792 232 762 202 732 190 Z",
)
_FAR_LIGHTS: Final = (
    "M 852 470 C 862 530 880 580 872 640 C 866 690 840 716 846 760 C 832 720 852 680 856 630 "
    "C 860 580 846 530 852 470 Z",
)
_LEFT_STRANDS: Final = (
    ("M 708 190 C 654 268 566 306 512 358 C 482 392 478 440 478 486", 3.2),
    ("M 700 178 C 606 150 516 206 470 300 C 448 362 456 430 452 480", 3.0),
    ("M 478 486 C 470 540 438 590 448 650 C 456 690 470 716 462 752", 3.0),
)
_RIGHT_STRANDS: Final = (
    ("M 718 190 C 756 256 800 320 812 390 C 818 420 822 440 824 460", 3.2),
    ("M 742 182 C 800 230 836 306 842 390", 2.8),
)
_FAR_STRANDS: Final = (("M 838 480 C 846 540 858 590 846 650 C 838 700 820 720 826 764", 3.0),)
_FLYAWAYS: Final = (
    ("M 540 160 C 590 132 640 126 690 138 C 704 142 714 148 722 156", 3.4),
    ("M 742 164 C 784 172 818 206 836 250 C 842 264 846 280 848 296", 3.4),
    ("M 474 214 C 452 240 438 272 432 310", 3.4),
    ("M 418 510 C 402 556 390 590 394 640 C 396 664 402 684 412 700", 3.4),
    ("M 856 440 C 872 500 908 556 906 626", 3.4),
)
"""Hairs that go their own way."""


def draw_back_hair(canvas: Canvas) -> None:
    """What is behind the neck."""
    canvas.draw(path(_BEHIND), _BACK)


def draw_fall(canvas: Canvas) -> None:
    """What lies on the far shoulder, behind the ear."""
    _shadow(canvas, _FAR_FALL, (4, 10))
    fall = _lock(canvas, _FAR_FALL, _FAR_LOCK, _FAR_LIGHTS, 0.3)
    _strands(canvas, fall, _FAR_STRANDS)


def draw_hair(canvas: Canvas, skin: Mask) -> None:
    """The sweeps before the face, their shadow on `skin`, and the waves on the near shoulder."""
    for text in (_LEFT, _RIGHT):
        shadow = canvas.mask(shifted(path(text), 5, 13), soft=4)
        canvas.shade(shadow * skin, _SHADOW, 0.40)
    _shadow(canvas, _LEFT_BACK, (6, 12))
    canvas.draw(path(_LEFT_BACK), _FAR_LOCK)
    right = _lock(canvas, _RIGHT, _HAIR, _RIGHT_LIGHTS, 0.45)
    _strands(canvas, right, _RIGHT_STRANDS)
    left = canvas.mask(path(_LEFT))
    under = canvas.mask(shifted(path(_LEFT), 6, 8), soft=3) * canvas.mask(path(_LEFT_BACK))
    canvas.shade(under, _DARK, 0.45)
    left = _lock(canvas, _LEFT, _HAIR, _LEFT_LIGHTS, 0.6)
    _strands(canvas, left, _LEFT_STRANDS)
    for line, width in _FLYAWAYS:
        canvas.draw(brush(path(line), width, (0.1, 0.05)), _FLYAWAY)


def _lock(canvas: Canvas, text: str, colour: Slope, lights: tuple[str, ...], share: float) -> Mask:
    lock = canvas.mask(path(text))
    canvas.fill(lock, colour)
    for light in lights:
        canvas.shade(canvas.mask(path(light), soft=1) * lock, _LIGHT, share)
    return lock


def _strands(canvas: Canvas, lock: Mask, strands: tuple[tuple[str, float], ...]) -> None:
    for line, width in strands:
        canvas.shade(canvas.mask(brush(path(line), width, (0.1, 0.1))) * lock, _DARK, 0.6)


def _shadow(canvas: Canvas, text: str, shift: tuple[float, float]) -> None:
    canvas.shade(canvas.mask(shifted(path(text), *shift), soft=4), "#1a1020", 0.30)
