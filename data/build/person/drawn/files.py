"""A character's pictures as the files of a built-in person, and a contact sheet.

In: a character, mouth states, a folder, a scale. Out: in the folder, `head.webp`, `lids.webp`,
`glances.webp`, `brows.webp`, `mouths.webp` and `states.json` as `data/head.py` reads them, all
lossless, and `sheet.png`. Owns nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.build.person.drawn.character import Character
from data.build.person.drawn.look import Look
from data.build.person.drawn.mouth import DrawnMouth
from data.build.person.mouth_table import MouthTable
from data.build.person.sheets import grid, write_picture
from data.head import SHEET_COLUMNS, TABLE, Box, Framing

MASTER: Final = Box(0, 0, 1280, 1280)
LID_CLOSURE: Final = (0.35, 0.75, 1.0)
"""How shut the lids' pictures are."""
GLANCES: Final = ((-7.0, 0.5), (6.0, -1.0), (1.5, 6.0), (-4.0, -3.5))
"""Where the eyes look besides at you: degrees to the picture's right, and down."""
BROW_RISE: Final = tuple(level / 10 for level in range(1, 11))
"""So many that a mixture of two shows no brow twice."""
MOUTH_PARAMETERS: Final = tuple(field.name for field in fields(DrawnMouth))
_SHEET_GREY: Final = (178, 168, 156)


class _DrawnStates(MouthTable, frozen=True):
    """`states.json`."""

    mouth_box: Box
    lid_box: Box
    brow_box: Box
    lid_closure: tuple[float, ...]
    glances: tuple[tuple[float, float], ...]
    brow_rise: tuple[float, ...]
    pivot: tuple[float, float]
    shoulders: tuple[float, float]
    framings: dict[str, Framing]


@dataclass(frozen=True)
class _Easel:
    """Draws a character at one scale, and sets boxes to it."""

    character: Character
    scale: float

    def draw(self, look: Look, box: Box) -> NDArray[np.uint8]:
        return self.character.draw(look, box, self.scale)

    def box(self, box: Box) -> Box:
        return Box(*(_scaled(side, self.scale) for side in (box.x, box.y, box.width, box.height)))

    def framing(self, framing: Framing) -> Framing:
        sides = msgspec.structs.astuple(framing)
        return Framing(*(_scaled(side, self.scale) for side in sides))


def _scaled(side: int, scale: float) -> int:
    if abs(side * scale - round(side * scale)) > 1e-6:
        raise ValueError(f"scale {scale}: {side} pixels would not be a whole number")
    return round(side * scale)


def write_person(folder: Path, character: Character, table: MouthTable, scale: float = 1.0) -> None:
    """Draw the character and write the files to `folder`.

    scale: 1 for the pictures that are shipped. ValueError for one that would set a box between
    pixels, and for parameters that the mouth has not.
    """
    if set(table.parameters) != set(MOUTH_PARAMETERS):
        raise ValueError(f"parameters are {', '.join(MOUTH_PARAMETERS)}, not {table.parameters}")
    easel = _Easel(character, scale)
    told = _told(easel, table)
    folder.mkdir(parents=True, exist_ok=True)
    states = (dict(zip(table.parameters, state, strict=True)) for state in table.states)
    head = easel.draw(Look(), MASTER)
    mouths = [easel.draw(Look(mouth=DrawnMouth(**state)), character.mouth_box) for state in states]
    lids = [easel.draw(Look(shut=shut), character.lid_box) for shut in LID_CLOSURE]
    glances = [easel.draw(Look(gaze=gaze), character.lid_box) for gaze in GLANCES]
    brows = [easel.draw(Look(rise=rise), character.brow_box) for rise in BROW_RISE]
    write_picture(folder / "head.webp", head)
    write_picture(folder / "mouths.webp", grid(mouths, SHEET_COLUMNS)[..., :3])
    write_picture(folder / "lids.webp", grid(lids, 1)[..., :3])
    write_picture(folder / "glances.webp", grid(glances, 1)[..., :3])
    write_picture(folder / "brows.webp", grid(brows, 1)[..., :3])
    text = msgspec.json.format(msgspec.json.encode(told), indent=1)
    (folder / TABLE).write_bytes(text + b"\n")
    write_picture(folder / "sheet.png", _contact_sheet(head, [[*lids, *glances], brows, mouths]))


def _told(easel: _Easel, table: MouthTable) -> _DrawnStates:
    """What `states.json` says at the easel's scale."""
    shown, scale = easel.character, easel.scale
    return _DrawnStates(
        parameters=table.parameters,
        states=table.states,
        mouth_box=easel.box(shown.mouth_box),
        lid_box=easel.box(shown.lid_box),
        brow_box=easel.box(shown.brow_box),
        lid_closure=LID_CLOSURE,
        glances=GLANCES,
        brow_rise=BROW_RISE,
        pivot=(shown.pivot[0] * scale, shown.pivot[1] * scale),
        shoulders=(shown.shoulders[0] * scale, shown.shoulders[1] * scale),
        framings={name: easel.framing(framing) for name, framing in shown.framings.items()},
    )


def _contact_sheet(
    head: NDArray[np.uint8], parts: Sequence[list[NDArray[np.uint8]]]
) -> NDArray[np.uint8]:
    """Everything on one picture, uint8 [H, W, 3], before grey."""
    rows = [_before_grey(head), *(_before_grey(grid(part, SHEET_COLUMNS)) for part in parts)]
    sheet = np.empty((sum(map(len, rows)), max(row.shape[1] for row in rows), 3), np.uint8)
    sheet[:] = _SHEET_GREY
    top = 0
    for row in rows:
        sheet[top : top + len(row), : row.shape[1]] = row
        top += len(row)
    return sheet


def _before_grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    share = picture[..., 3:] / 255.0
    seen = picture[..., :3] * share + np.array(_SHEET_GREY) * (1 - share)
    rounded: NDArray[np.uint8] = np.rint(seen).astype(np.uint8)
    return rounded
