"""Make a person's pictures: `python -m data.person.render --person NAME --folder FOLDER`.

Out, in the folder: `parts/` with one RGBA picture for each mouth, each lid and the head, then
the files of an avatar's head (see `data/head.py`) and `sheet.png`, a contact sheet to look at.
A picture that is there already is not made again, so a run that was cut short goes on. Runs in
a Python environment with Blender; the running house imports nothing of this. The seed stands
in `people.py`, the tools' versions in this package's README.
"""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from data.head import Box, builtin_folder
from data.person.anatomy import load_anatomy
from data.person.mouths import Shapes, shapes_of
from data.person.pack import LID_BOX, MOUTH_BOX, pack
from data.person.people import PEOPLE
from data.person.scene import Quality, Studio

LID_CLOSURE: Final = (0.35, 0.75, 1.0)
"""How shut the lids' pictures are."""
_BLINK_MOST: Final = 0.88
"""Of the shape that shuts an eye: enough here, where eyes are a little wide at rest."""
GLANCES: Final = ((-7.0, 0.5), (6.0, -1.0), (1.5, 6.0), (-4.0, -3.5))
"""Where the eyes look besides at you: degrees to the picture's right, and down."""
_LID_FOLLOWS: Final = 1 / 25
"""Of the shape of lids that follow a gaze, for each degree."""


class MouthTable(msgspec.Struct, frozen=True):
    """The part of `states.json` that says which mouths there are."""

    parameters: list[str]
    states: list[list[float]]


def builtin_mouths() -> MouthTable:
    """The mouth states that everyone has."""
    table = (builtin_folder() / "states.json").read_bytes()
    return msgspec.json.decode(table, type=MouthTable)


def make(person: str, folder: Path, quality: Quality, head_samples: int, table: MouthTable) -> None:
    """Render what is missing of a person and write the head's files; KeyError for nobody."""
    parts = folder / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    wanted: list[tuple[str, Shapes, Box | None]] = [
        (f"mouth{number:03}", shapes_of(dict(zip(table.parameters, state, strict=True))), MOUTH_BOX)
        for number, state in enumerate(table.states)
        if any(state)
    ]
    wanted += [
        (f"lid{number}", {"eyeBlink": closure * _BLINK_MOST}, LID_BOX)
        for number, closure in enumerate(LID_CLOSURE)
    ]
    missing = [part for part in wanted if not (parts / f"{part[0]}.png").exists()]
    glances = [parts / f"glance{number}.png" for number in range(len(GLANCES))]
    studio = Studio(PEOPLE[person], load_anatomy(), quality)
    if not (parts / "head.png").exists():
        studio.samples(head_samples)
        _whole(studio, parts / "head.png", {}, None)
        studio.samples(quality.samples)
    for name, shapes, box in missing:
        _whole(studio, parts / f"{name}.png", shapes, box)
    for path, gaze in zip(glances, GLANCES, strict=True):
        if not path.exists():
            _whole(studio, path, _following(gaze), LID_BOX, gaze)
    pack(parts, folder, table.parameters, table.states, LID_CLOSURE, GLANCES)


def _following(gaze: tuple[float, float]) -> Shapes:
    """The lids of eyes that look there."""
    aside, down = (_LID_FOLLOWS * angle for angle in gaze)
    sides = (
        ("eyeLookOutLeft", "eyeLookInRight") if aside > 0 else ("eyeLookInLeft", "eyeLookOutRight")
    )
    shapes = dict.fromkeys(sides, abs(aside))
    return shapes | {"eyeLookDown" if down > 0 else "eyeLookUp": abs(down)}


def _whole(
    studio: Studio,
    path: Path,
    shapes: Shapes,
    box: Box | None,
    gaze: tuple[float, float] = (0.0, 0.0),
) -> None:
    """Render to a file that has its name only when it is whole."""
    new = path.with_name(f"new-{path.name}")
    studio.render(new, shapes, box, gaze)
    new.rename(path)


def main(
    person: Annotated[str, typer.Option(help=f"One of {', '.join(PEOPLE)}.")],
    folder: Annotated[Path, typer.Option(help="Where the pictures go.")],
    samples: Annotated[int, typer.Option(help="Rays a pixel, for mouths and lids.")] = 8,
    head_samples: Annotated[int, typer.Option(help="Rays a pixel, for the head.")] = 24,
) -> None:
    """Make a person's pictures."""
    if person not in PEOPLE:
        raise typer.BadParameter(f"{person!r} is none of {', '.join(PEOPLE)}")
    make(person, folder, Quality(samples=samples), head_samples, builtin_mouths())


if __name__ == "__main__":
    typer.run(main)
