"""How an action meets the idle loop: where the loop goes on behind it, and how far that jumps.

In: frames of both. Out: places of the loop, and steps in grey levels, measured as a loop's seam is
(`data.making.loop`). Pure.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.making.loop import THUMB

FADE_TICKS: Final = 5
"""Steps of the four cross-faded frames between two clips."""


@dataclass(frozen=True)
class ActionFigures:
    """Steps in grey levels, mean absolute difference. into: from any place of the loop to the
    action's first frame, at worst; out: from its last frame to where the loop goes on. usual: the
    loop's own step from frame to frame. faded: the greater of both, spread over the fade."""

    frames: int
    into: float
    out: float
    usual: float

    @property
    def faded(self) -> float:
        return max(self.into, self.out) / FADE_TICKS

    def __str__(self) -> str:
        return (
            f"{self.frames} frames, into it {self.into:.2f} at worst, out of it {self.out:.2f}, "
            f"faded {self.faded:.2f} a tick (usual step {self.usual:.2f}) grey levels"
        )


def thumbs_of(clip: Clip) -> NDArray[np.float32]:
    """float32 [L, THUMB * THUMB]: the luma of each place of a clip, small."""
    height = clip.height
    small = [
        cv2.resize(np.asarray(frame[:height]), (THUMB, THUMB), interpolation=cv2.INTER_AREA)
        for frame in clip.frames
    ]
    flat = np.stack(small).reshape(len(small), -1).astype(np.float32)
    thumbs: NDArray[np.float32] = flat[clip.loop]
    return thumbs


def returns_of(
    action: NDArray[np.float32], idle: NDArray[np.float32]
) -> tuple[NDArray[np.int32], ActionFigures]:
    """For each place of the action the place of the loop that looks most like it, int32 [L]; and
    how far the two are from each other. Both as `thumbs_of` gives them."""
    away = np.stack([np.abs(idle - thumb).mean(axis=1) for thumb in action])
    returns = away.argmin(axis=1).astype(np.int32)
    following = (int(returns[-1]) + 1) % len(idle)
    steps = np.abs(idle - np.roll(idle, 1, axis=0)).mean(axis=1)
    figures = ActionFigures(
        frames=len(action),
        into=float(away[0].max()),
        out=float(away[-1, following]),
        usual=float(np.median(steps)),
    )
    return returns, figures
