"""From single renders to the files of an avatar's head, and a contact sheet.

In: a folder of RGBA pictures, as `render.py` makes them. Out: `head.webp`, `lids.webp`,
`glances.webp`, `brows.webp`, `mouths.webp`, `states.json` (see `data/head.py`) and `sheet.png`.
Owns nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from data.build.person.sheets import grid, write_picture
from data.head import SHEET_COLUMNS, SQUARE, Box, Framing

MOUTH_BOX: Final = Box(508, 516, 264, 234)
LID_BOX: Final = Box(502, 366, 276, 120)
BROW_BOX: Final = Box(484, 294, 312, 114)
"""Where mouths, eyelids and brows lie in the master picture, with room for their feathered edges.
Sides and distances to the square's corner are multiples of 6: reduced by 3 : 2 they are even."""
PIVOT: Final = (640.0, 824.0)
"""Where the neck meets the body."""
SHOULDERS: Final = (728.0, 870.0)
"""Rows between which the head's motion turns into the body's."""
FRAMINGS: Final = {
    SQUARE: Framing(256, 120, 768, 768, 512, 512),
    "landscape": Framing(0, 102, 1280, 720, 1280, 720),
    "portrait": Framing(280, 0, 720, 1280, 720, 1280),
}
_MOUTHS: Final = 98
"""Quality of WebP, 100 the best. A person has a hundred mouths, which a video codec sees next."""
_SHEET_GREY: Final = (196, 188, 176)


class _PackedStates(msgspec.Struct, frozen=True):
    """`states.json`, as `data/head.py` reads it."""

    parameters: list[str]
    mouth_box: Box
    lid_box: Box
    brow_box: Box
    lid_closure: list[float]
    glances: list[tuple[float, float]]
    brow_rise: list[float]
    pivot: tuple[float, float]
    shoulders: tuple[float, float]
    framings: dict[str, Framing]
    states: list[list[float]]


def pack(
    parts: Path,
    folder: Path,
    parameters: Sequence[str],
    states: Sequence[Sequence[float]],
    lid_closure: Sequence[float],
    glances: Sequence[tuple[float, float]],
    brow_rise: Sequence[float],
) -> None:
    """Write the head's files to `folder`; FileNotFoundError for a part that is not there.

    The mouth at rest, all zero, is the head's own, so that speech begins and ends without a jump.
    """
    head = _read(parts / "head.png")
    mouths = [
        _read(parts / f"mouth{number:03}.png") if any(state) else MOUTH_BOX.of(head)
        for number, state in enumerate(states)
    ]
    write_picture(folder / "head.webp", head)
    sheet = grid([mouth[..., :3] for mouth in mouths], SHEET_COLUMNS)
    write_picture(folder / "mouths.webp", sheet, _MOUTHS)
    eyes = []
    for name, count in (("lid", len(lid_closure)), ("glance", len(glances))):
        eyes.append([_read(parts / f"{name}{number}.png") for number in range(count)])
        write_picture(folder / f"{name}s.webp", grid([eye[..., :3] for eye in eyes[-1]], 1))
    brows = [_read(parts / f"brow{number}.png") for number in range(len(brow_rise))]
    write_picture(folder / "brows.webp", grid([brow[..., :3] for brow in brows], 1))
    table = _PackedStates(
        parameters=list(parameters),
        mouth_box=MOUTH_BOX,
        lid_box=LID_BOX,
        brow_box=BROW_BOX,
        lid_closure=list(lid_closure),
        glances=list(glances),
        brow_rise=list(brow_rise),
        pivot=PIVOT,
        shoulders=SHOULDERS,
        framings=FRAMINGS,
        states=[list(state) for state in states],
    )
    text = msgspec.json.format(msgspec.json.encode(table), indent=1)
    (folder / "states.json").write_bytes(text + b"\n")
    write_picture(folder / "sheet.png", contact_sheet(head, [mouths, eyes[0] + eyes[1], brows]))


def contact_sheet(
    head: NDArray[np.uint8], strips: list[list[NDArray[np.uint8]]]
) -> NDArray[np.uint8]:
    """Everything on one picture, uint8 [H, W, 3], the head's background grey."""
    share = head[..., 3:] / 255.0
    seen = np.rint(head[..., :3] * share + np.array(_SHEET_GREY) * (1 - share)).astype(np.uint8)
    rows = [seen]
    for strip in strips:
        rows.append(grid([part[..., :3] for part in strip], min(len(strip), SHEET_COLUMNS)))
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
    return np.concatenate(padded)


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.shape[-1] != 4:
        raise FileNotFoundError(f"{path}: no picture with an alpha channel")
    return np.asarray(picture, np.uint8)
