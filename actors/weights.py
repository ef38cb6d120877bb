"""What the commands may know and do about the engines' weights.

In: the cache's folder, names of engines or of weight sets, files. Out: what is there, fetched
files, verdicts. Called in a command's process. What needs torch or huggingface_hub says so
when it is not installed, and only that imports it. Owns nothing.
"""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from actors.avatars import weights_in
from models.face.engine import EngineError
from models.face.hub import Pulled, pull
from models.face.hub_line import Remote, Tell
from models.face.lookahead import right_ms
from models.face.published import (
    NEEDS,
    SETS,
    WeightSet,
    engines_of,
    wanted,
)
from models.face.ultralight.precision import verdicts
from models.face.weight_inventory import (
    WeightInventory,
    by_hand,
    downloads,
    inventory,
    weights_name,
    weights_names,
)

if TYPE_CHECKING:
    from models.face.check import WeightsVerdict
    from models.face.convert import Converted

__all__ = [
    "EngineError",
    "EngineNeeds",
    "Pulled",
    "Tell",
    "WeightSet",
    "WeightsHeld",
    "WeightsVerdict",
]


class WeightsHeld(NamedTuple):
    """A weight set, the engines that need it, and what of it is in the cache."""

    wanted: WeightSet
    engines: tuple[str, ...]
    inventory: WeightInventory


class EngineNeeds(NamedTuple):
    """An engine: how far it looks ahead, in ms, and the sets it needs."""

    engine: str
    right_ms: int
    needs: tuple[WeightsHeld, ...]


def holding(cache: Path, each: WeightSet) -> WeightsHeld:
    """What of a set is in the cache."""
    return WeightsHeld(each, engines_of(each.name), inventory(weights_in(cache), each))


def holdings(cache: Path) -> list[WeightsHeld]:
    """All weight sets."""
    return [holding(cache, each) for each in SETS.values()]


def outlooks(cache: Path) -> list[EngineNeeds]:
    """All engines; imports no torch."""
    return [
        EngineNeeds(
            engine, right_ms(engine), tuple(holding(cache, SETS[name]) for name in NEEDS[engine])
        )
        for engine in NEEDS
    ]


def built(cache: Path) -> dict[str, str]:
    """Of each avatar whose own network was made ready for this processor: how it runs, in words."""
    return {person: str(verdict) for person, verdict in verdicts(weights_in(cache)).items()}


def named(names: Sequence[str]) -> list[WeightSet]:
    """The sets of these names, or of the engines of these names, each once.

    EngineError for a name that is neither's.
    """
    try:
        return list(dict.fromkeys(each for name in names for each in wanted(name)))
    except KeyError as error:
        allowed = ", ".join(sorted({*SETS, *NEEDS}))
        raise EngineError(f"there are no weights called {error}; allowed: {allowed}") from None


def pull_set(
    cache: Path, each: WeightSet, tell: Tell, *, revision: str | None = None, replace: bool = False
) -> Iterator[Pulled]:
    """Fetch the files of a set that is on the hub, one after another; HubError as in `pull`.

    revision: another than the set's own. What an engine takes instead of a file, such as one
    that was converted, is kept.
    """
    if each.hub is None:
        raise EngineError(f"{each.name} is not on the hub: {each.elsewhere}")
    for name, target, instead in downloads(weights_in(cache), each):
        if instead is not None and not target.exists() and not replace:
            yield Pulled(instead, instead.stat().st_size, "kept")
            continue
        remote = Remote(each.hub.repository, revision or each.hub.revision, name)
        yield pull(remote, target, tell, replace=replace)


def place_of(cache: Path, each: WeightSet) -> Path:
    """Where the file of a set belongs that is not on the hub."""
    return by_hand(weights_in(cache), each)


def require_weighted(engine: str) -> None:
    """EngineError unless this is the name of an engine that has weights."""
    weighted = [name for name, needs in NEEDS.items() if needs]
    if engine not in weighted:
        raise EngineError(
            f"no weights belong to an engine {engine!r}; allowed: {', '.join(weighted)}"
        )


def check_files(path: Path) -> list[Path]:
    """The weights files at a path; EngineError as in models.face.check."""
    _require_torch()
    from models.face.check import weights_files  # noqa: PLC0415 - torch comes with it

    return weights_files(path)


def called(verdict: "WeightsVerdict") -> list[str]:
    """Where the file belongs in the folder of weights, if it is not called so: one path for each
    set that it may be of, with NAME for an avatar's. Empty where it has such a name."""
    path = verdict.path
    sets = [SETS[name] for name in verdict.kind.sets]
    places = [
        Path(home, name) for each in sets for home in each.homes for name in weights_names(each)
    ]
    if any(path.match(str(place)) for place in places):
        return []
    return [str(Path(each.homes[0], weights_name(each, path.suffix))) for each in sets]


def check(path: Path, engine: str | None) -> "WeightsVerdict":
    """What the file is; EngineError as in models.face.check."""
    _require_torch()
    from models.face import check as checking  # noqa: PLC0415 - torch comes with it

    return checking.check(path, engine)


def convert(source: Path, target: Path | None, *, replace: bool) -> "Converted":
    """A file of `torch.save` to safetensors; EngineError as in models.face.convert."""
    _require_torch()
    from models.face import convert as converting  # noqa: PLC0415 - torch comes with it

    return converting.convert(source, target, replace=replace)


def _require_torch() -> None:
    for module in ("torch", "safetensors"):
        if find_spec(module) is None:
            raise EngineError(f"this needs {module}: pip install 'ringtalk[neural]'")
