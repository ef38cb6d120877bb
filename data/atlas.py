"""A face as pictures: at rest, its mouth in every state, its brows at every level.

In: I420 pictures, made where an avatar is prepared, and a clip that carries them. Out: the
same, checked. Read in inference; the caller owns the arrays, which are copies of the clip's
files, so that drawing never waits for a disc. A tall or wide avatar and a small one share one
canvas, of which each uses the top left part that it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.clip import AvatarError, Clip
from data.i420 import i420_shape

CANVAS: Final = (324, 456)
"""Width and height of every face that the engine `builtin` gives."""
STATE_SIZE: Final = 8
"""Parameters of one mouth state."""


def _no_brows() -> NDArray[np.uint8]:
    return np.empty((0, 3, 2), np.uint8)


@dataclass(frozen=True)
class FaceAtlas:
    """Everything that a face is drawn from; AvatarError when the parts do not fit together.

    rest: uint8 [h * 3 // 2, w], I420, the face at rest from the brows to below the chin; w and
    h even and no larger than `CANVAS`. mouths: uint8 [S, mh * 3 // 2, mw], I420, one for each
    row of states, float32 [S, 8] of 0..1; mouth_at: the first pixel (x, y) of all of them in
    the face, even. brows: uint8 [R, bh * 3 // 2, bw], I420, R = 0 if they do not move: picture
    k shows them raised by (k + 1) / R; brow_at as mouth_at. Where brows and mouths overlap,
    the mouths are drawn last.
    """

    rest: NDArray[np.uint8]
    mouths: NDArray[np.uint8]
    mouth_at: tuple[int, int]
    states: NDArray[np.float32]
    brows: NDArray[np.uint8] = field(default_factory=_no_brows)
    brow_at: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        size = _size(self.rest, "rest", 2)
        if size[0] > CANVAS[0] or size[1] > CANVAS[1]:
            raise AvatarError(
                f"rest: a face of {size[0]} x {size[1]}, allowed are {CANVAS[0]} x {CANVAS[1]}"
            )
        _inside(self.mouths, "mouths", self.mouth_at, size)
        _inside(self.brows, "brows", self.brow_at, size)
        wanted = (len(self.mouths), STATE_SIZE)
        if self.states.dtype != np.float32 or self.states.shape != wanted or not wanted[0]:
            raise AvatarError(
                f"states: {self.states.dtype} {list(self.states.shape)}, wanted float32 "
                f"{list(wanted)} and one mouth at least"
            )
        if not ((self.states >= 0) & (self.states <= 1)).all():
            raise AvatarError("states: not every number lies between 0 and 1")

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For `Clip.engine_arrays`; brows only where there are some."""
        arrays: dict[str, NDArray[Any]] = {
            "rest": self.rest,
            "mouths": self.mouths,
            "mouth_at": np.array(self.mouth_at, np.int32),
            "states": self.states,
        }
        if len(self.brows):
            arrays |= {"brows": self.brows, "brow_at": np.array(self.brow_at, np.int32)}
        return arrays

    @classmethod
    def of(cls, clip: Clip) -> "FaceAtlas":
        """The atlas that a clip carries, in memory; AvatarError names the avatar and the part."""
        arrays = clip.engine_arrays
        try:
            atlas = cls(
                rest=_copy(arrays, "rest"),
                mouths=_copy(arrays, "mouths"),
                mouth_at=_place(arrays, "mouth_at"),
                states=_copy(arrays, "states"),
            )
            if "brows" not in arrays and "brow_at" not in arrays:
                return atlas
            return cls(
                atlas.rest,
                atlas.mouths,
                atlas.mouth_at,
                atlas.states,
                _copy(arrays, "brows"),
                _place(arrays, "brow_at"),
            )
        except AvatarError as error:
            raise AvatarError(f"the avatar {clip.name!r}: {error}") from error


def _copy(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays:
        raise AvatarError(f"{name}: missing; prepare the avatar again")
    return np.array(arrays[name])


def _place(arrays: Mapping[str, NDArray[Any]], name: str) -> tuple[int, int]:
    array = _copy(arrays, name)
    if array.shape != (2,) or array.dtype != np.int32:
        raise AvatarError(f"{name}: {array.dtype} {list(array.shape)}, wanted int32 [2]")
    return int(array[0]), int(array[1])


def _size(pictures: NDArray[np.uint8], name: str, axes: int) -> tuple[int, int]:
    """Width and height of I420 pictures."""
    if pictures.dtype != np.uint8 or pictures.ndim != axes:
        raise AvatarError(
            f"{name}: {pictures.dtype} with {pictures.ndim} axes, wanted uint8 with {axes}"
        )
    rows, width = pictures.shape[-2:]
    height = rows * 2 // 3
    try:
        fits = i420_shape(width, height) == (rows, width)
    except ValueError as error:
        raise AvatarError(f"{name}: {error}") from error
    if not fits:
        raise AvatarError(f"{name}: {rows} rows are no I420 picture (height * 3 / 2)")
    return width, height


def _inside(
    pictures: NDArray[np.uint8], name: str, at: tuple[int, int], face: tuple[int, int]
) -> None:
    """AvatarError unless the pictures, put at `at`, lie in the face, and chroma needs no shift."""
    width, height = _size(pictures, name, 3)
    fits = at[0] + width <= face[0] and at[1] + height <= face[1]
    if min(at) < 0 or not fits or at[0] % 2 or at[1] % 2:
        raise AvatarError(
            f"{name}: {width} x {height} at {at} is not inside the face of {face[0]} x "
            f"{face[1]}, at an even place"
        )
