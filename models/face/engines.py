"""The face engines by name, each loaded when it is first asked for.

In: a name and the folder of weights; out: a new engine. Imports only the module of the
engine that is asked for; those that need torch are refused, with advice, where it is missing.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Final

from data.clip import Clip
from models.face.engine import EngineError, FaceEngine


def _builtin(weights: Path) -> FaceEngine:
    from models.face.builtin import BuiltinEngine  # noqa: PLC0415 - loaded when asked for

    return BuiltinEngine()


def _neural(name: str, where: str, weights: Path) -> FaceEngine:
    """The engine that `where` (module:callable) makes of a folder of weights."""
    for module in ("torch", "onnx"):
        if find_spec(module) is None:
            raise EngineError(
                f"the face engine {name} needs {module}: pip install 'ringtalk[neural]'"
            )
    make: Callable[[Path], FaceEngine] = resolve_name(where)
    return make(weights)


_NEURAL: Final = {
    "wav2lip": "models.face.wav2lip.engine:wav2lip_96",
    "wav2lip256": "models.face.wav2lip.engine:wav2lip_256",
    "ultralight": "models.face.ultralight.engine:UltralightEngine",
    "musetalk": "models.face.musetalk.engine:musetalk_15",
    "musetalk1": "models.face.musetalk.engine:musetalk_10",
}

ENGINES: Final[Mapping[str, Callable[[Path], FaceEngine]]] = MappingProxyType(
    {"builtin": _builtin} | {name: partial(_neural, name, where) for name, where in _NEURAL.items()}
)


def load_engine(name: str, weights: Path) -> FaceEngine:
    """A new engine whose weights lie in the folder `weights`, its network not loaded yet.

    EngineError names the allowed names, or what has to be installed.
    """
    try:
        make = ENGINES[name]
    except KeyError:
        raise EngineError(
            f"there is no face engine {name!r}; allowed: {', '.join(sorted(ENGINES))}"
        ) from None
    return make(weights)


def engine_for(clip: Clip) -> str:
    """The name of the engine that renders for `clip`; one of its face's size, if there is one."""
    sized = f"{clip.engine}{clip.face_size[0]}"
    return sized if sized in ENGINES else clip.engine
