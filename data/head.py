"""The pictures of a built-in person: a head, its eyelids, its brows, its mouth states.

In: a folder of `data/builtin/`; out: BGR arrays. Read where the person's clip is prepared; the
caller owns what it is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, TypeVar

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from data.backdrop import backdrop
from data.clip import AvatarError

SHEET_COLUMNS: Final = 8
"""`mouths.webp` holds the states row by row, this many in a row."""
TABLE: Final = "states.json"
FIRST_PERSON: Final = "juno"
"""Who is shown when nobody is asked for."""
MOUTHS_OF: Final = "mira"
"""Whose mouths everybody has: her table of them is the one that people are made by."""
SQUARE: Final = "square"
"""The framing that everybody has, 512 x 512."""
_EVENLY: Final = 0.02
"""By which a level of the brows may be off."""

_Pixel = TypeVar("_Pixel", bound=np.generic)


def builtin_folder() -> Path:
    """Where the built-in people's folders lie, and the mouth's network."""
    return Path(str(files("data"))) / "builtin"


def people() -> tuple[str, ...]:
    """The names of the built-in people, the first one first."""
    there = {table.parent.name for table in builtin_folder().glob(f"*/{TABLE}")}
    return tuple(sorted(there, key=lambda name: (name != FIRST_PERSON, name)))


def framings_of(person: str) -> "dict[str, Framing]":
    """How a built-in person can be framed, without reading a picture; see `load_head`."""
    return dict(_read_table(builtin_folder() / person / TABLE).framings)


def avatar_name(person: str, framing: str) -> str:
    """What an avatar is asked for by: the person's name, and the framing's if not `SQUARE`."""
    return person if framing == SQUARE else f"{person}-{framing}"


class Box(msgspec.Struct, frozen=True):
    """A rectangle of the head picture, in pixels; (x, y) is its first one."""

    x: int
    y: int
    width: int
    height: int

    def of(self, picture: NDArray[_Pixel]) -> NDArray[_Pixel]:
        """The part of a picture [H, W, ...] that it holds, a view."""
        return picture[self.y : self.y + self.height, self.x : self.x + self.width]


class Framing(Box, frozen=True):
    """A part of the head picture and the size at which it is shown."""

    out_width: int
    out_height: int


class _StatesFile(msgspec.Struct, frozen=True):
    """`states.json`."""

    parameters: list[str]
    mouth_box: Box
    lid_box: Box
    lid_closure: list[float]
    glances: list[tuple[float, float]]
    states: list[list[float]]
    pivot: tuple[float, float]
    shoulders: tuple[float, float]
    framings: dict[str, Framing]
    brow_box: Box | None = None
    brow_rise: list[float] = []


@dataclass(frozen=True)
class Head:
    """A head and its moving parts, all uint8 BGR; places and boxes are in the picture's pixels.

    picture: [H, W, 3], mouth at rest, eyes open, brows down. opacity: [H, W], 255 where all is
    person, 0 where only a background will show. lids: [L, h, w, 3] at `lid_box`, one for
    each of `lid_closure` (0 open, 1 shut). glances: [G, h, w, 3] there too, eyes that look
    elsewhere; gazes: where, degrees to the picture's right and down. brows: [R, h, w, 3] at
    `brow_box`, raised by `brow_rise` of all they can, evenly up to 1; R may be 0. mouths:
    [S, h, w, 3] at `mouth_box`; one of which all is zero is the picture's own. parameters: the
    names of the columns of states, float32 [S, P]. pivot: (x, y) where the neck meets the body.
    shoulders: the rows between which the head's motion turns into the body's. scale: pixels of
    the picture to one of the person's 512 x 512 view. framings: what can be shown of it.
    """

    picture: NDArray[np.uint8]
    opacity: NDArray[np.uint8]
    lids: NDArray[np.uint8]
    lid_box: Box
    lid_closure: tuple[float, ...]
    glances: NDArray[np.uint8]
    gazes: tuple[tuple[float, float], ...]
    brows: NDArray[np.uint8]
    brow_box: Box
    brow_rise: tuple[float, ...]
    mouths: NDArray[np.uint8]
    mouth_box: Box
    parameters: tuple[str, ...]
    states: NDArray[np.float32]
    pivot: tuple[float, float]
    shoulders: tuple[float, float]
    scale: float
    framings: Mapping[str, Framing]


def lending_head() -> Head:
    """The head whose lips' motion and teeth are what a photo or a clip is given; it is nobody who
    is shown, and does not smile."""
    return load_head(Path(str(files("data"))) / "lender")


def load_head(folder: Path | None = None) -> Head:
    """Read a head from `folder` (by default `MOUTHS_OF`'s); AvatarError says what is wrong."""
    folder = folder or builtin_folder() / MOUTHS_OF
    table = _read_table(folder / TABLE)
    seen = _read_picture(folder / "head.webp", channels=4)
    _require_inside(table, seen.shape, folder / TABLE)
    states = np.array(table.states, np.float32)
    picture = seen[..., :3].copy()
    mouths = _cut(folder / "mouths.webp", table.mouth_box, len(table.states), SHEET_COLUMNS)
    mouths[~states.any(axis=1)] = table.mouth_box.of(picture)
    square = table.framings[SQUARE]
    return Head(
        picture=picture,
        opacity=seen[..., 3].copy(),
        lids=_cut(folder / "lids.webp", table.lid_box, len(table.lid_closure), 1),
        lid_box=table.lid_box,
        lid_closure=tuple(table.lid_closure),
        glances=_cut(folder / "glances.webp", table.lid_box, len(table.glances), 1),
        gazes=tuple(table.glances),
        brows=_brows(folder, table),
        brow_box=table.brow_box or Box(0, 0, 0, 0),
        brow_rise=tuple(table.brow_rise),
        mouths=mouths,
        mouth_box=table.mouth_box,
        parameters=tuple(table.parameters),
        states=states,
        pivot=table.pivot,
        shoulders=table.shoulders,
        scale=square.width / square.out_width,
        framings=table.framings,
    )


def portrait(person: str, framing: str) -> NDArray[np.uint8]:
    """A built-in person in a framing, at rest before the usual background, uint8 BGR. Reads one
    picture, and prepares nothing; KeyError for a framing that the person has not."""
    folder = builtin_folder() / person
    box = _read_table(folder / TABLE).framings[framing]
    seen = box.of(_read_picture(folder / "head.webp", channels=4))
    share = seen[..., 3:] / 255.0
    shown = seen[..., :3] * share + backdrop(seen.shape) * (1 - share)
    size = (box.out_width, box.out_height)
    small = cv2.resize(np.rint(shown).astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _brows(folder: Path, table: _StatesFile) -> NDArray[np.uint8]:
    if table.brow_box is None:
        return np.empty((0, 0, 0, 3), np.uint8)
    return _cut(folder / "brows.webp", table.brow_box, len(table.brow_rise), 1)


def _read_table(path: Path) -> _StatesFile:
    try:
        table = msgspec.json.decode(path.read_bytes(), type=_StatesFile)
    except FileNotFoundError as error:
        raise AvatarError(f"{path}: missing") from error
    except msgspec.DecodeError as error:
        raise AvatarError(f"{path}: {error}") from error
    if any(len(state) != len(table.parameters) for state in table.states):
        raise AvatarError(f"{path}: a state has not {len(table.parameters)} parameters")
    if SQUARE not in table.framings:
        raise AvatarError(f"{path}: framings lack {SQUARE!r}")
    if bool(table.brow_rise) != (table.brow_box is not None):
        raise AvatarError(f"{path}: brow_box and brow_rise come together")
    if not _is_even(table.brow_rise):
        raise AvatarError(f"{path}: brow_rise {table.brow_rise} does not rise evenly to 1")
    return table


def _is_even(levels: Sequence[float]) -> bool:
    evenly = np.arange(1, len(levels) + 1) / max(len(levels), 1)
    return bool(np.all(np.abs(np.array(levels) - evenly) <= _EVENLY))


def _require_inside(table: _StatesFile, shape: tuple[int, ...], path: Path) -> None:
    boxes = {"mouth_box": table.mouth_box, "lid_box": table.lid_box, **table.framings}
    if table.brow_box is not None:
        boxes["brow_box"] = table.brow_box
    for name, box in boxes.items():
        inside = box.x + box.width <= shape[1] and box.y + box.height <= shape[0]
        if min(box.x, box.y) < 0 or not inside:
            raise AvatarError(f"{path}: {name} is not inside head.webp, {shape[1]} x {shape[0]}")


def _read_picture(path: Path, channels: int = 3) -> NDArray[np.uint8]:
    """uint8 [H, W, channels]: BGR and, as a fourth, opacity."""
    if not path.is_file():
        raise AvatarError(f"{path}: missing")
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise AvatarError(f"{path}: not a picture that OpenCV reads")
    if picture.ndim != 3 or picture.shape[2] != channels:
        raise AvatarError(f"{path}: {list(picture.shape)}, wanted {channels} channels")
    return np.asarray(picture, np.uint8)


def _cut(path: Path, box: Box, count: int, columns: int) -> NDArray[np.uint8]:
    """A sheet of `count` pictures of a box's size, [count, height, width, 3]."""
    sheet = _read_picture(path)
    rows = -(-count // columns)
    if sheet.shape[:2] != (rows * box.height, columns * box.width):
        raise AvatarError(
            f"{path}: {sheet.shape[1]} x {sheet.shape[0]}, wanted "
            f"{columns * box.width} x {rows * box.height} for {count} pictures"
        )
    grid = sheet.reshape(rows, box.height, columns, box.width, 3)
    return grid.swapaxes(1, 2).reshape(rows * columns, box.height, box.width, 3)[:count]
