"""LiveTalking's list of custom clips: which pictures and which sound belong to a number.

In: its JSON, a list of {audiotype, imgpath, audiopath}. Out: the same with paths that are there.
Runs in the command that imports. Errors are `ImportRefused`.
"""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Final

import msgspec

from data.action import MOST
from data.imports.errors import ImportRefused

_LONGEST: Final = 32
_MOST_BYTES: Final = 1_000_000


class _ClipItem(msgspec.Struct):
    audiotype: int
    imgpath: str
    audiopath: str = ""


@dataclass(frozen=True)
class ListedAction:
    """name: made of the folder's. number: its `audiotype`. source: the folder as the list names
    it. sound: None if it has none."""

    name: str
    number: int
    source: str
    pictures: Path
    sound: Path | None


def listed_actions(path: Path, root: Path | None = None) -> list[ListedAction]:
    """What the list at `path` names.

    root: the folder that its relative paths begin at; by default the list's own, the one above
    that (LiveTalking's list lies in its `data`), or the current one, where they are there."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ImportRefused(f"{path}: is larger than {_MOST_BYTES} bytes")
        items = msgspec.json.decode(path.read_bytes(), type=list[_ClipItem])
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror or error})") from error
    except msgspec.DecodeError as error:
        raise ImportRefused(
            f"{path}: is no list of {{audiotype, imgpath, audiopath}} ({error})"
        ) from error
    if not 0 < len(items) <= MOST:
        raise ImportRefused(f"{path}: names {len(items)} clips; 1 to {MOST} are allowed")
    roots = [root] if root is not None else [path.parent, path.resolve().parent.parent, Path()]
    return _named(path, items, roots)


def action_name(text: str, taken: Container[str] = frozenset()) -> str:
    """A name for an action, of whatever a folder is called; one that is not `taken`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-_")[:_LONGEST].rstrip("-_") or "action"
    numbered = (f"{base[: _LONGEST - 4]}-{number}" for number in count(2))
    return next(name for name in chain([base], numbered) if name not in taken)


def _named(path: Path, items: list[_ClipItem], roots: list[Path]) -> list[ListedAction]:
    found: list[ListedAction] = []
    for item in items:
        pictures = _there(path, item.imgpath, roots, folder=True)
        sound = _there(path, item.audiopath, roots, folder=False) if item.audiopath else None
        name = action_name(pictures.name, {one.name for one in found})
        if item.audiotype in {one.number for one in found}:
            raise ImportRefused(f"{path}: audiotype {item.audiotype} is there twice")
        found.append(ListedAction(name, item.audiotype, item.imgpath, pictures, sound))
    return found


def _there(path: Path, named: str, roots: list[Path], *, folder: bool) -> Path:
    tried = [root / named for root in roots]
    for one in tried:
        if one.is_dir() if folder else one.is_file():
            return one
    looked = ", ".join(str(one) for one in tried)
    what = "folder" if folder else "file"
    raise ImportRefused(
        f"{path}: there is no {what} {named!r} (looked at {looked}); --root names the folder that "
        "the list's paths begin at"
    )
