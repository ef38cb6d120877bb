"""A clip: the prepared avatar as the compositor plays it when nobody speaks, and under a face.

In: a folder that an engine prepared. Out: memory-mapped I420 frames, where the face sits
in each of them, and how it is blended. Loaded in the compositor (frames, placements, mask)
and, for its engine's arrays, in inference. The mapping is shared by every process that
loads the same folder and is freed with the last view.

A folder holds `clip.json`, `frames.npy`, `placements.npy`, `mask.npy`, `engine/NAME.npy`; where
frames are played more than once, or not in their order, `order.npy`; and where the background can
be replaced, `clear.npy` and `behind.npy`. Nothing in it is unpickled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.i420 import COLOURS, i420_shape
from data.staging import staged
from data.storage import reserve

FORMAT: Final = 2
_READ_FORMATS: Final = (1, FORMAT)
"""1 had no order: each frame was stored as often as it is played."""
MAX_SIDE: Final = 4096
CLIP_HEAD: Final = "clip.json"
"""The file that a clip is known by."""
CLEAR: Final = "clear"
BEHIND: Final = "behind"
ORDER: Final = "order"


class AvatarError(ValueError):
    """A prepared avatar is missing, incomplete or broken; the message names file and cause."""


class ClipHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clip.json`: what the arrays do not say themselves."""

    format: int
    name: str
    engine: str
    width: int
    height: int
    colours: str
    matched: bool = False


@dataclass(frozen=True)
class Clip:
    """An idle loop of L places at one per tick, each showing one of N frames; the last is
    followed by the first.

    name: the avatar's. engine: the name of the face engine whose faces fit it.
    frames: uint8 [N, H * 3 // 2, W], I420, BT.601 limited range.
    placements: float32 [N, 2, 3]; picture = A @ (x, y, 1) takes the face's luma pixel
    (x, y) to the picture's, pixel centres at whole numbers.
    mask: uint8 [h, w], the face's opacity per luma pixel, 255 opaque, feathered to 0; or
    [N, h, w] where each frame has its own. It stays a mapped file, so it costs no memory.
    engine_arrays: what only the engine reads, by name.
    matched: whether a face's colours are fitted to the frame's around it when it is pasted:
    for networks that shift them, not for faces that are the clip's own pixels.
    clear: uint8 [N, H, W], how much of the background is seen at each pixel of each frame, 255
    where nothing else is; a mapped file as the frames. behind: uint8 [H * 3 // 2, W], I420, the
    background that `frames` holds. Both or neither: without them it cannot be replaced.
    order: integers [L], the frame at each place of the loop; None if they are played as they
    stand, L = N. All that is numbered by frames here is stored once for each, not for each place.
    AvatarError when the parts do not fit together.
    """

    name: str
    engine: str
    frames: NDArray[np.uint8]
    placements: NDArray[np.float32]
    mask: NDArray[np.uint8]
    engine_arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    matched: bool = False
    clear: NDArray[np.uint8] | None = None
    behind: NDArray[np.uint8] | None = None
    order: NDArray[np.integer[Any]] | None = None

    def __post_init__(self) -> None:
        _require(self.frames, "frames", np.uint8, (None, None, None))
        count, rows, width = self.frames.shape
        _check_size(width, rows * 2 // 3)
        if rows % 3:
            raise AvatarError(f"frames: {rows} rows are no I420 picture (height * 3 / 2)")
        if count == 0:
            raise AvatarError("frames: the idle clip has no frame")
        _require(self.placements, "placements", np.float32, (count, 2, 3))
        if not np.isfinite(self.placements).all():
            raise AvatarError("placements: not every number is finite")
        each = (count,) if self.mask.ndim == 3 else ()
        _require(self.mask, "mask", np.uint8, (*each, None, None))
        _check_size(*self.face_size, "mask")
        if self.clear is not None and self.behind is not None:
            _require(self.clear, CLEAR, np.uint8, (count, self.height, width))
            _require(self.behind, BEHIND, np.uint8, (rows, width))
        elif self.clear is not None or self.behind is not None:
            raise AvatarError(f"{CLEAR} and {BEHIND} come together: one of them is missing")

        if self.order is not None:
            _check_order(self.order, count)

    @property
    def loop(self) -> NDArray[np.integer[Any]]:
        """The frame at each place of the loop, [L]."""
        return np.arange(len(self.frames)) if self.order is None else self.order

    @property
    def replaceable(self) -> bool:
        """Whether a session may have a background of its own."""
        return self.clear is not None

    @property
    def width(self) -> int:
        return int(self.frames.shape[2])

    @property
    def height(self) -> int:
        return int(self.frames.shape[1]) * 2 // 3

    @property
    def face_size(self) -> tuple[int, int]:
        """Width and height of the faces that fit."""
        return int(self.mask.shape[-1]), int(self.mask.shape[-2])

    def mask_of(self, number: int) -> NDArray[np.uint8]:
        """The mask of frame `number`, uint8 [h, w]; IndexError for a frame that is none."""
        mask: NDArray[np.uint8] = self.mask[number] if self.mask.ndim == 3 else self.mask
        return mask

    def save(self, folder: Path) -> None:
        """Write the clip to `folder`, whole or not at all; an older one there is replaced."""
        with staged(folder) as new:
            self.write(new)

    def write(self, folder: Path) -> None:
        """Write the clip's files into `folder`, empty but for arrays that are mapped from there."""
        head = ClipHead(
            FORMAT, self.name, self.engine, self.width, self.height, COLOURS, self.matched
        )
        (folder / CLIP_HEAD).write_bytes(msgspec.json.format(msgspec.json.encode(head)))
        _save(folder / "frames.npy", self.frames)
        _save(folder / "placements.npy", self.placements)
        _save(folder / "mask.npy", self.mask)
        if self.clear is not None and self.behind is not None:
            _save(folder / f"{CLEAR}.npy", self.clear)
            _save(folder / f"{BEHIND}.npy", self.behind)
        if self.order is not None:
            _save(folder / f"{ORDER}.npy", self.order)
        (folder / "engine").mkdir(exist_ok=True)
        for name, array in self.engine_arrays.items():
            _save(folder / "engine" / f"{name}.npy", array)

    @classmethod
    def load(cls, folder: Path) -> "Clip":
        """Map the clip in `folder`, read-only; AvatarError says what is wrong with it.

        `frames`, `mask`, `clear` and `engine_arrays` stay on disk until they are looked at.
        """
        if not folder.is_dir():
            raise AvatarError(f"{folder}: no such avatar folder")
        head = _read_head(folder / CLIP_HEAD)
        try:
            clip = cls(
                name=head.name,
                engine=head.engine,
                frames=_map(folder / "frames.npy"),
                placements=np.array(_map(folder / "placements.npy")),
                mask=_map(folder / "mask.npy"),
                engine_arrays={
                    path.stem: _map(path) for path in sorted((folder / "engine").glob("*.npy"))
                },
                matched=head.matched,
                clear=_map_if_there(folder / f"{CLEAR}.npy"),
                behind=_map_if_there(folder / f"{BEHIND}.npy"),
                order=_map_if_there(folder / f"{ORDER}.npy"),
            )
        except AvatarError as error:
            raise AvatarError(f"{folder}: {error}") from error
        if (clip.width, clip.height) != (head.width, head.height):
            raise AvatarError(
                f"{folder}: clip.json says {head.width} x {head.height}, "
                f"frames.npy is {clip.width} x {clip.height}"
            )
        return clip


def _read_head(path: Path) -> ClipHead:
    try:
        head = msgspec.json.decode(path.read_bytes(), type=ClipHead)
    except FileNotFoundError as error:
        raise AvatarError(f"{path}: missing; prepare the avatar again") from error
    except msgspec.DecodeError as error:
        raise AvatarError(f"{path}: {error}") from error
    if head.format not in _READ_FORMATS:
        raise AvatarError(f"{path}: format {head.format}, this version reads 1 to {FORMAT}")
    if head.colours != COLOURS:
        raise AvatarError(f"{path}: colours {head.colours!r}, allowed is {COLOURS!r}")
    return head


def _save(path: Path, array: NDArray[Any]) -> None:
    mapped = array.filename if isinstance(array, np.memmap) else None
    if mapped is None or Path(mapped) != path.resolve():
        with path.open("wb") as file:
            reserve(file, array.nbytes)
            np.save(file, array, allow_pickle=False)


def _map(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise AvatarError(f"{path.name}: missing; prepare the avatar again") from error
    except (ValueError, EOFError) as error:
        raise AvatarError(f"{path.name}: not a whole array file ({error})") from error
    return array


def _map_if_there(path: Path) -> NDArray[Any] | None:
    return _map(path) if path.exists() else None


def _require(
    array: NDArray[Any], name: str, dtype: type[np.generic], shape: tuple[int | None, ...]
) -> None:
    fits = len(array.shape) == len(shape) and all(
        want in (None, got) for want, got in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        wanted = ", ".join("any" if side is None else str(side) for side in shape)
        raise AvatarError(
            f"{name}: {array.dtype} {list(array.shape)}, wanted {np.dtype(dtype).name} [{wanted}]"
        )


def _check_order(order: NDArray[np.integer[Any]], count: int) -> None:
    if order.ndim != 1 or not len(order) or order.dtype.kind not in "iu":
        raise AvatarError(f"{ORDER}: {order.dtype} {list(order.shape)}, wanted integers [any]")
    if order.min() < 0 or order.max() >= count:
        raise AvatarError(f"{ORDER}: names a frame that is none of the {count}")


def _check_size(width: int, height: int, what: str = "frames") -> None:
    try:
        i420_shape(width, height)
    except ValueError as error:
        raise AvatarError(f"{what}: {error}") from error
    if max(width, height) > MAX_SIDE:
        raise AvatarError(f"{what}: {width} x {height}, a side may be {MAX_SIDE} at most")
