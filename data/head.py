"""The pictures of the built-in avatar: a rendered head, its eyelids, its mouth states.

In: the files of `data/builtin/`; out: BGR arrays. Read by the built-in engine in inference
and when its clip is prepared; the caller owns what it is given.
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from data.clip import AvatarError

SHEET_COLUMNS: Final = 8
"""`mouths.webp` holds the states row by row, this many in a row."""


def builtin_folder() -> Path:
    """Where the built-in avatar's files lie."""
    return Path(str(files("data"))) / "builtin"


class Box(msgspec.Struct, frozen=True):
    """A rectangle of the head picture, in pixels; (x, y) is its first one."""

    x: int
    y: int
    width: int
    height: int


class _States(msgspec.Struct, frozen=True):
    """`states.json`."""

    parameters: list[str]
    mouth_box: Box
    lid_box: Box
    lid_closure: list[float]
    glances: list[tuple[float, float]]
    states: list[list[float]]


@dataclass(frozen=True)
class Head:
    """A head and its moving parts, all uint8 BGR.

    picture: [512, 512, 3], mouth at rest, eyes open. opacity: [512, 512], 255 where all is
    person, 0 where only a background will show. lids: [L, h, w, 3] at `lid_box`, one for
    each of `lid_closure` (0 open, 1 shut). glances: [G, h, w, 3] there too, eyes that look
    elsewhere; gazes: where, degrees to the picture's right and down. mouths: [S, h, w, 3] at
    `mouth_box`. parameters: the names of the columns of states, float32 [S, P].
    """

    picture: NDArray[np.uint8]
    opacity: NDArray[np.uint8]
    lids: NDArray[np.uint8]
    lid_box: Box
    lid_closure: tuple[float, ...]
    glances: NDArray[np.uint8]
    gazes: tuple[tuple[float, float], ...]
    mouths: NDArray[np.uint8]
    mouth_box: Box
    parameters: tuple[str, ...]
    states: NDArray[np.float32]


def load_head(folder: Path | None = None) -> Head:
    """Read a head from `folder` (the built-in one by default); AvatarError says what is wrong."""
    folder = folder or builtin_folder()
    table = _read_states(folder / "states.json")
    lids = _cut(folder / "lids.webp", table.lid_box, len(table.lid_closure), 1)
    mouths = _cut(folder / "mouths.webp", table.mouth_box, len(table.states), SHEET_COLUMNS)
    seen = _read_picture(folder / "head.webp", channels=4)
    return Head(
        picture=seen[..., :3].copy(),
        opacity=seen[..., 3].copy(),
        lids=lids,
        lid_box=table.lid_box,
        lid_closure=tuple(table.lid_closure),
        glances=_cut(folder / "glances.webp", table.lid_box, len(table.glances), 1),
        gazes=tuple(table.glances),
        mouths=mouths,
        mouth_box=table.mouth_box,
        parameters=tuple(table.parameters),
        states=np.array(table.states, np.float32),
    )


def _read_states(path: Path) -> _States:
    try:
        table = msgspec.json.decode(path.read_bytes(), type=_States)
    except FileNotFoundError as error:
        raise AvatarError(f"{path}: missing") from error
    except msgspec.DecodeError as error:
        raise AvatarError(f"{path}: {error}") from error
    if any(len(state) != len(table.parameters) for state in table.states):
        raise AvatarError(f"{path}: a state has not {len(table.parameters)} parameters")
    return table


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
