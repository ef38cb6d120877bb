"""Make a person's pictures: `python -m data.build.person.render --person NAME --folder FOLDER`.

Out, in the folder: `parts/` with one RGBA picture for each mouth, lid, brow and the head, then
the files of an avatar's head (see `data/head.py`) and `sheet.png`, a contact sheet to look at.
A picture that is there already is not made again, so a run that was cut short goes on. Runs in
a Python environment with Blender; the running server imports nothing of this. The seed stands
in `people.py`, the tools' versions in this package's README.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from data.build.person.anatomy import load_anatomy
from data.build.person.mouth_table import MouthTable, mouth_table
from data.build.person.mouths import Shapes, shapes_of
from data.build.person.pack import BROW_BOX, LID_BOX, MOUTH_BOX, pack
from data.build.person.people import PEOPLE
from data.build.person.scene import Quality, Studio
from data.head import Box

LID_CLOSURE: Final = (0.35, 0.75, 1.0)
"""How shut the lids' pictures are."""
_BLINK_MOST: Final = 0.80
"""Of the shape that shuts an eye: enough here, where eyes smile a little at rest."""
GLANCES: Final = ((-7.0, 0.5), (6.0, -1.0), (1.5, 6.0), (-4.0, -3.5))
"""Where the eyes look besides at you: degrees to the picture's right, and down."""
_LID_FOLLOWS: Final = 1 / 25
"""Of the shape of lids that follow a gaze, for each degree."""
BROW_RISE: Final = (0.33, 0.67, 1.0)
"""How far up the brows' pictures are."""
_BROWS_UP: Final = {"browInnerUp": 1.2, "browOuterUp": 1.05, "eyeWide": 0.15}
"""The shapes of brows all the way up: a listener's interest, no surprise."""


def make(person: str, folder: Path, quality: Quality, head_samples: int, table: MouthTable) -> None:
    """Render what is missing of a person and write the head's files; KeyError for nobody."""
    parts = folder / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    missing = [part for part in _parts(table) if not (parts / f"{part[0]}.png").exists()]
    if missing:
        studio = Studio(PEOPLE[person], load_anatomy(), quality)
    for name, shapes, box, gaze in missing:
        studio.samples(quality.samples if box else head_samples)
        new = parts / f"new-{name}.png"  # has its name only when it is whole
        studio.render(new, shapes, box, gaze)
        new.rename(parts / f"{name}.png")
    pack(parts, folder, table.parameters, table.states, LID_CLOSURE, GLANCES, BROW_RISE)


_Part = tuple[str, Shapes, Box | None, tuple[float, float]]


def _parts(table: MouthTable) -> list[_Part]:
    """All pictures of a person: name, shapes, box (all of the master if None), gaze."""
    ahead = (0.0, 0.0)
    wanted: list[_Part] = [("head", {}, None, ahead)]
    for number, closure in enumerate(LID_CLOSURE):
        wanted.append((f"lid{number}", {"eyeBlink": closure * _BLINK_MOST}, LID_BOX, ahead))
    for number, rise in enumerate(BROW_RISE):
        shapes = {name: rise * most for name, most in _BROWS_UP.items()}
        wanted.append((f"brow{number}", shapes, BROW_BOX, ahead))
    for number, gaze in enumerate(GLANCES):
        wanted.append((f"glance{number}", _following(gaze), LID_BOX, gaze))
    for number, state in enumerate(table.states):
        if any(state):
            shapes = shapes_of(dict(zip(table.parameters, state, strict=True)))
            wanted.append((f"mouth{number:03}", shapes, MOUTH_BOX, ahead))
    return wanted


def _following(gaze: tuple[float, float]) -> Shapes:
    """The lids of eyes that look there."""
    aside, down = (_LID_FOLLOWS * angle for angle in gaze)
    sides = (
        ("eyeLookOutLeft", "eyeLookInRight") if aside > 0 else ("eyeLookInLeft", "eyeLookOutRight")
    )
    shapes = dict.fromkeys(sides, abs(aside))
    return shapes | {"eyeLookDown" if down > 0 else "eyeLookUp": abs(down)}


def main(
    person: Annotated[str, typer.Option(help=f"One of {', '.join(PEOPLE)}.")],
    folder: Annotated[Path, typer.Option(help="Where the pictures go.")],
    states: Annotated[
        Path | None, typer.Option(help="A table of mouths; by default that of the built-in people.")
    ] = None,
    most: Annotated[int | None, typer.Option(help="Only the first mouths of the table.")] = None,
    samples: Annotated[int, typer.Option(help="Rays a pixel, for mouths, eyes and brows.")] = 4,
    head_samples: Annotated[int, typer.Option(help="Rays a pixel, for the head.")] = 16,
) -> None:
    """Make a person's pictures."""
    if person not in PEOPLE:
        raise typer.BadParameter(f"{person!r} is none of {', '.join(PEOPLE)}")
    make(person, folder, Quality(samples=samples), head_samples, mouth_table(states, most))


if __name__ == "__main__":
    typer.run(main)
