"""Render what `data.build.person.compare` compares: `python -m data.build.person.compare_renders`.

In: `chosen.json` and `held.json` in a folder. Out: the lips of each state there, 144 x 96, in
`chosen/` and `held/`. A picture that is there already is not made again. Runs in a Python
environment with Blender.
"""

from pathlib import Path
from typing import Annotated, Final

import cv2
import msgspec
import typer

from data.build.person.anatomy import load_anatomy
from data.build.person.mouth_table import MouthTable
from data.build.person.mouths import shapes_of
from data.build.person.people import PEOPLE
from data.build.person.scene import Quality, Studio
from data.head import Box

_LIPS: Final = Box(532, 531, 216, 144)
"""In the master picture, half as large again as in the 512 view."""
_SIZE: Final = (144, 96)
_SAMPLES: Final = 4


def main(folder: Annotated[Path, typer.Option(help="Where the tables are.")]) -> None:
    """Render the lips of every state of both tables."""
    studio = Studio(PEOPLE["mira"], load_anatomy(), Quality(samples=_SAMPLES))
    for name in ("chosen", "held"):
        table = msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=MouthTable)
        (folder / name).mkdir(exist_ok=True)
        for number, state in enumerate(table.states):
            path = folder / name / f"{number:03}.png"
            if not path.exists():
                shapes = shapes_of(dict(zip(table.parameters, state, strict=True)))
                _render(studio, shapes, path)


def _render(studio: Studio, shapes: dict[str, float], path: Path) -> None:
    """Write a picture of the lips, whole or not at all."""
    whole = path.with_name("new.png")
    studio.render(whole, shapes, _LIPS)
    picture = cv2.imread(str(whole))
    if picture is None:
        raise OSError(f"{whole}: not rendered")
    cv2.imwrite(str(whole), cv2.resize(picture, _SIZE, interpolation=cv2.INTER_AREA))
    whole.rename(path)


if __name__ == "__main__":
    typer.run(main)
