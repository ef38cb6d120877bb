"""How many pictures of a folder become avatars of the built-in engine, and why the others do not.

In: a folder of pictures. Out: a table, a row for each: an avatar, or what was said; and the share.
`--whole` draws each avatar's mouths too (half a minute each); without it only what may be refused
is done, the closing of open mouths included. Runs by hand; nothing is kept.
`python -m perf.faces.accept --help`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from data.landmarks.finder import FaceFinder
from data.making.errors import CannotMake
from data.making.photo_avatar import make_of_photo, ready_face
from data.making.source import is_photo, read_photo


def verdict(path: Path, finder: FaceFinder, *, whole: bool, face: int | None = None) -> str:
    """What the picture's refusal says; empty for one that becomes an avatar."""
    try:
        if whole:
            with TemporaryDirectory() as home:
                make_of_photo(path, "tried", Path(home) / "tried", _quiet, face)
        else:
            ready_face(read_photo(path), finder, face)
    except CannotMake as error:
        return str(error)
    return ""


def _quiet(what: str, done: int, total: int | None) -> None:
    pass


def main(
    folder: Annotated[Path, typer.Argument(help="of pictures; what is none is left out")],
    whole: Annotated[bool, typer.Option(help="make the avatars")] = False,
    face: Annotated[int | None, typer.Option(help="of several, from the left")] = None,
) -> None:
    """Try each picture."""
    finder = FaceFinder()
    pictures = [path for path in sorted(folder.iterdir()) if path.is_file() and is_photo(path)]
    refused = 0
    for path in pictures:
        said = verdict(path, finder, whole=whole, face=face)
        refused += bool(said)
        typer.echo(f"{path.name}: {said or 'an avatar'}")
    accepted = len(pictures) - refused
    share = accepted / max(1, len(pictures))
    typer.echo(f"{accepted} of {len(pictures)} pictures become avatars ({share:.0%})")


if __name__ == "__main__":
    typer.run(main)
