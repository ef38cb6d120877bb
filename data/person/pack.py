"""From single renders to the files of an avatar's head, and a contact sheet.

In: a folder of RGBA pictures, as `render.py` makes them. Out: `head.webp`, `lids.webp`,
`glances.webp`, `mouths.webp`, `states.json` (see `data/head.py`) and `sheet.png`. Owns nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from data.head import SHEET_COLUMNS, Box

MOUTH_BOX: Final = Box(168, 266, 176, 154)
LID_BOX: Final = Box(164, 164, 184, 80)
"""Where mouths and eyelids lie in the head picture, with room for their feathered edges."""
_LOSSLESS: Final = [cv2.IMWRITE_WEBP_QUALITY, 101]
_SHEET_GREY: Final = (196, 188, 176)


class _Table(msgspec.Struct, frozen=True):
    """`states.json`, as `data/head.py` reads it."""

    parameters: list[str]
    mouth_box: Box
    lid_box: Box
    lid_closure: list[float]
    glances: list[tuple[float, float]]
    states: list[list[float]]


def pack(
    parts: Path,
    folder: Path,
    parameters: Sequence[str],
    states: Sequence[Sequence[float]],
    lid_closure: Sequence[float],
    glances: Sequence[tuple[float, float]],
) -> None:
    """Write the head's files to `folder`; FileNotFoundError for a part that is not there.

    The mouth at rest, all zero, is the head's own, so that speech begins and ends without a jump.
    """
    head = _read(parts / "head.png")
    rest = head[MOUTH_BOX.y :, MOUTH_BOX.x :][: MOUTH_BOX.height, : MOUTH_BOX.width]
    mouths = [
        _read(parts / f"mouth{number:03}.png") if any(state) else rest
        for number, state in enumerate(states)
    ]
    lids = [_read(parts / f"lid{number}.png") for number in range(len(lid_closure))]
    looks = [_read(parts / f"glance{number}.png") for number in range(len(glances))]
    _write(folder / "head.webp", head)
    _write(folder / "mouths.webp", _grid([mouth[..., :3] for mouth in mouths], SHEET_COLUMNS))
    _write(folder / "lids.webp", _grid([lid[..., :3] for lid in lids], 1))
    _write(folder / "glances.webp", _grid([look[..., :3] for look in looks], 1))
    table = _Table(
        parameters=list(parameters),
        mouth_box=MOUTH_BOX,
        lid_box=LID_BOX,
        lid_closure=list(lid_closure),
        glances=list(glances),
        states=[list(state) for state in states],
    )
    text = msgspec.json.format(msgspec.json.encode(table), indent=1)
    (folder / "states.json").write_bytes(text + b"\n")
    _write(folder / "sheet.png", contact_sheet(head, mouths, [*lids, *looks]))


def contact_sheet(
    head: NDArray[np.uint8], mouths: list[NDArray[np.uint8]], eyes: list[NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """Everything on one picture, uint8 [H, W, 3], the head's background grey."""
    share = head[..., 3:] / 255.0
    seen = np.rint(head[..., :3] * share + np.array(_SHEET_GREY) * (1 - share)).astype(np.uint8)
    rows = [seen, _grid([eye[..., :3] for eye in eyes], len(eyes))]
    rows.append(_grid([mouth[..., :3] for mouth in mouths], SHEET_COLUMNS))
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
    return np.concatenate(padded)


def _grid(pictures: list[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Pictures of one size in rows of `columns`; what is over stays black."""
    height, width, channels = pictures[0].shape
    rows = -(-len(pictures) // columns)
    sheet = np.zeros((rows * columns, height, width, channels), np.uint8)
    sheet[: len(pictures)] = pictures
    lines = sheet.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return lines.reshape(rows * height, columns * width, channels)


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.shape[-1] != 4:
        raise FileNotFoundError(f"{path}: no picture with an alpha channel")
    return np.asarray(picture, np.uint8)


def _write(path: Path, picture: NDArray[np.uint8]) -> None:
    quality = _LOSSLESS if path.suffix == ".webp" else []
    if not cv2.imwrite(str(path), picture, quality):
        raise OSError(f"{path}: cannot be written")
