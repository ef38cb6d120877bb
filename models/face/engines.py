"""The face engines by name, each loaded when it is first asked for.

In: a name and the folder of weights; out: a new engine. Imports only the module of the
engine that is asked for; those that need torch are refused, with advice, where it is missing.
"""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from data.clip import Clip
from models.face.engine import EngineError, FaceEngine


def _builtin(weights: Path) -> FaceEngine:
    from models.face.builtin import BuiltinEngine  # noqa: PLC0415 - loaded when asked for

    return BuiltinEngine()


def _wav2lip(weights: Path) -> FaceEngine:
    _require_torch("wav2lip")
    from models.face.wav2lip.engine import wav2lip_96  # noqa: PLC0415 - as above

    return wav2lip_96(weights)


def _wav2lip256(weights: Path) -> FaceEngine:
    _require_torch("wav2lip256")
    from models.face.wav2lip.engine import wav2lip_256  # noqa: PLC0415 - as above

    return wav2lip_256(weights)


def _ultralight(weights: Path) -> FaceEngine:
    _require_torch("ultralight")
    from models.face.ultralight.engine import UltralightEngine  # noqa: PLC0415 - as above

    return UltralightEngine(weights)


def _musetalk(weights: Path) -> FaceEngine:
    _require_torch("musetalk")
    from models.face.musetalk.engine import MuseTalkEngine  # noqa: PLC0415 - as above

    return MuseTalkEngine(weights)


def _musetalk1(weights: Path) -> FaceEngine:
    _require_torch("musetalk1")
    from models.face.musetalk.engine import MuseTalkEngine  # noqa: PLC0415 - as above
    from models.face.musetalk.layout import V10  # noqa: PLC0415 - as above

    return MuseTalkEngine(weights, V10)


ENGINES: Final[Mapping[str, Callable[[Path], FaceEngine]]] = MappingProxyType(
    {
        "builtin": _builtin,
        "wav2lip": _wav2lip,
        "wav2lip256": _wav2lip256,
        "ultralight": _ultralight,
        "musetalk": _musetalk,
        "musetalk1": _musetalk1,
    }
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


def _require_torch(name: str) -> None:
    for module in ("torch", "onnx"):
        if find_spec(module) is None:
            raise EngineError(
                f"the face engine {name} needs {module}: pip install 'ringtalk[neural]'"
            )
