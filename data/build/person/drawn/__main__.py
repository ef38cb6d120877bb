"""Draw the character: `python -m data.build.person.drawn --folder FOLDER [--table TABLE]`.

Out, in the folder: the files of a built-in person (see `data/head.py`) and `sheet.png`, a
contact sheet to look at. Needs numpy and OpenCV; the running server imports nothing of this.
"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from data.build.person.drawn.files import write_person
from data.build.person.mouth_table import MouthTable
from data.head import FIRST_PERSON, TABLE, builtin_folder


def main(
    folder: Annotated[Path, typer.Option(help="Where the pictures go.")],
    table: Annotated[
        Path | None, typer.Option(help="JSON with `parameters` and `states`: the mouths to draw.")
    ] = None,
) -> None:
    """Draw Pip. Without a table, with the mouths of the first built-in person."""
    path = table or builtin_folder() / FIRST_PERSON / TABLE
    write_person(folder, msgspec.json.decode(path.read_bytes(), type=MouthTable))


if __name__ == "__main__":
    typer.run(main)
