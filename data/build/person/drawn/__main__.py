"""Draw a character: `python -m data.build.person.drawn --person NAME --folder FOLDER`.

Out, in the folder: the files of a built-in person (see `data/head.py`) and `sheet.png`, a
contact sheet to look at. Needs numpy and OpenCV; the running server imports nothing of this.
"""

from pathlib import Path
from typing import Annotated

import typer

from data.build.person.drawn.characters import CHARACTERS
from data.build.person.drawn.files import write_person
from data.build.person.mouth_table import mouth_table


def main(
    person: Annotated[str, typer.Option(help=f"One of {', '.join(CHARACTERS)}.")],
    folder: Annotated[Path, typer.Option(help="Where the pictures go.")],
    table: Annotated[
        Path | None, typer.Option(help="JSON with `parameters` and `states`: the mouths to draw.")
    ] = None,
) -> None:
    """Draw a character. Without a table, with the mouths of the built-in people."""
    if person not in CHARACTERS:
        raise typer.BadParameter(f"{person!r} is none of {', '.join(CHARACTERS)}")
    write_person(folder, CHARACTERS[person], mouth_table(table))


if __name__ == "__main__":
    typer.run(main)
