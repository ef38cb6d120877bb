"""What of the published weights is in the folder of weights, and where the rest belongs.

In: the folder of weights and a weight set. Out: files that are there, places for those that
are not. Looks at names in a file system, and where a set has marks at the names of a file's
tensors: LiveTalking has people call Wav2Lip's 256 px network as its 96 px one is called. Runs
anywhere, without torch; owns nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from models.face.engine import EngineError
from models.face.formats import PREFIX, SUFFIXES
from models.face.published import WeightSet
from models.face.tensor_names import tensor_names


class Download(NamedTuple):
    """A file on the hub, where a pull puts it, and a file that the engines take instead."""

    remote: str
    target: Path
    instead: Path | None


@dataclass(frozen=True)
class WeightInventory:
    """What lies in the folder of weights of one set, in the home that has most of it."""

    home: Path
    found: tuple[Path, ...]
    missing: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.missing

    @property
    def size(self) -> int:
        """Bytes of the files that are there."""
        return sum(path.stat().st_size for path in self.found)


def inventory(weights: Path, each: WeightSet) -> WeightInventory:
    """What of a set lies under the folder of weights."""
    stocks = [_inventory(weights / home, each) for home in each.homes]
    return min(stocks, key=lambda found: len(found.missing))


def weights_of(weights: Path, each: WeightSet) -> Path:
    """The weights file of a set of one file, whatever it is called; EngineError if there is none.

    A file that has the right name and does not say what it is is taken by its name.
    """
    found = inventory(weights, each).found
    if found:
        return found[0]
    [part] = each.parts
    named = [path.name for name in part.names for path in _visible(weights / each.homes[0], name)]
    other = f" ({named[0]} is another network's)" if named else ""
    raise EngineError(
        f"{weights}: no weights {part.names[0]} or {by_hand(weights, each).name}{other}"
    )


def downloads(weights: Path, each: WeightSet) -> Iterator[Download]:
    """The files of a set that is on the hub."""
    home = inventory(weights, each).home
    for part in each.parts:
        target = home / Path(part.remote).name
        there = [path for name in part.names for path in _visible(home, name) if path != target]
        yield Download(part.remote, target, there[0] if there else None)


def by_hand(weights: Path, each: WeightSet) -> Path:
    """Where the file of a set belongs that is not on the hub; NAME stands for the avatar's."""
    return weights / each.homes[0] / weights_name(each, ".pth")


def weights_names(each: WeightSet) -> tuple[str, ...]:
    """What the file with a set's weights may be called, globs; its configs have other endings."""
    return tuple(
        name for part in each.parts for name in part.names if Path(name).suffix in SUFFIXES
    )


def weights_name(each: WeightSet, suffix: str) -> str:
    """What a set's weights with this ending are to be called, or as they are published where no
    name has it; NAME stands for the avatar's."""
    names = weights_names(each)
    name = next((name for name in names if Path(name).suffix == suffix), names[0])
    return name.replace("*", "NAME")


def _inventory(home: Path, each: WeightSet) -> WeightInventory:
    found: list[Path] = []
    missing = []
    for part in each.parts:
        files = [path for name in part.names for path in _visible(home, name)]
        if any(each.marks):
            files = _by_content(home, files, each.marks)
        found += files
        if not files:
            missing.append(" or ".join(part.names[:2]))
    return WeightInventory(home, tuple(found), tuple(missing))


def _by_content(home: Path, named: list[Path], marks: tuple[str, str]) -> list[Path]:
    """The files that are of the network with these marks, or may be: first those `named` as they
    should be, then those of another name whose content says so."""
    if kept := [path for path in named if _fits(path, marks) is not False]:
        return kept
    others = [path for suffix in SUFFIXES for path in _visible(home, f"*{suffix}")]
    return [path for path in others if path not in named and _fits(path, marks)]


def _fits(path: Path, marks: tuple[str, str]) -> bool | None:
    """Whether the tensors' names are those of the network; None where they do not say."""
    names = [name.removeprefix(PREFIX) for name in tensor_names(path)]
    if not any(name.startswith(_family(marks)) for name in names):
        return None
    has, lacks = (any(name.startswith(mark) for name in names) for mark in marks)
    return has and not lacks


def _family(marks: tuple[str, str]) -> str:
    """What the names of all networks begin with that these marks tell apart."""
    return marks[0].split(".", maxsplit=1)[0]


def _visible(home: Path, name: str) -> list[Path]:
    """The files of a name or glob; one that is being written is hidden."""
    return sorted(p for p in home.glob(name) if p.is_file() and not p.name.startswith("."))
