"""The face engines by name, each loaded when it is first asked for.

In: a name; out: a new engine. Imports only the module of the engine that is asked for.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from models.face.engine import FaceEngine


def _builtin() -> FaceEngine:
    from models.face.builtin import BuiltinEngine  # noqa: PLC0415 - loaded when asked for

    return BuiltinEngine()


ENGINES: Final[Mapping[str, Callable[[], FaceEngine]]] = MappingProxyType({"builtin": _builtin})


def load_engine(name: str) -> FaceEngine:
    """A new engine, its network not loaded yet; ValueError names the allowed names."""
    try:
        make = ENGINES[name]
    except KeyError:
        raise ValueError(
            f"there is no face engine {name!r}; allowed: {', '.join(sorted(ENGINES))}"
        ) from None
    return make()
