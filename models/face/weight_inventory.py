"""What of the published weights is in the folder of weights, and where the rest belongs.

In: the folder of weights and a weight set. Out: files that are there, places for those that
are not. Looks at names in a file system only. Runs anywhere; owns nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from models.face.published import WeightSet


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


def downloads(weights: Path, each: WeightSet) -> Iterator[Download]:
    """The files of a set that is on the hub."""
    home = inventory(weights, each).home
    for part in each.parts:
        target = home / Path(part.remote).name
        there = [path for name in part.names for path in _visible(home, name) if path != target]
        yield Download(part.remote, target, there[0] if there else None)


def by_hand(weights: Path, each: WeightSet) -> Path:
    """Where the file of a set belongs that is not on the hub; NAME stands for the avatar's."""
    [part] = each.parts
    name = next(name for name in part.names if name.endswith(".pth"))
    return weights / each.homes[0] / name.replace("*", "NAME")


def _inventory(home: Path, each: WeightSet) -> WeightInventory:
    found: list[Path] = []
    missing = []
    for part in each.parts:
        files = [path for name in part.names for path in _visible(home, name)]
        found += files
        if not files:
            missing.append(" or ".join(part.names[:2]))
    return WeightInventory(home, tuple(found), tuple(missing))


def _visible(home: Path, name: str) -> list[Path]:
    """The files of a name or glob; one that is being written is hidden."""
    return sorted(p for p in home.glob(name) if p.is_file() and not p.name.startswith("."))
