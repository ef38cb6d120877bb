"""How far each face engine looks ahead: what it costs, in ms, to show live speech.

In: an engine's name. Out: ms of sound after a tick's end that must have been heard before the
tick's face can be made; the least that the engine can live with, which is its default. The
same number as `engine.feature.right_ms`, told without weights and without torch. Owns nothing.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from models.face.builtin import BuiltinEngine
from models.face.encoders.whisper import CENTRED, WhisperEncoder
from models.face.engine import EngineError
from models.face.ultralight.engine import UltralightEngine
from models.face.wav2lip.engine import wav2lip_96, wav2lip_256

_NOWHERE: Final = Path()
"""These engines look for their weights when they load them, not when they are made."""


def _musetalk() -> int:
    return CENTRED.smallest(WhisperEncoder.tail).right_ms


_RIGHT_MS: Final[Mapping[str, Callable[[], int]]] = MappingProxyType(
    {
        "builtin": lambda: BuiltinEngine.feature.right_ms,
        "wav2lip": lambda: wav2lip_96(_NOWHERE).feature.right_ms,
        "wav2lip256": lambda: wav2lip_256(_NOWHERE).feature.right_ms,
        "ultralight": lambda: UltralightEngine(_NOWHERE).feature.right_ms,
        "musetalk": _musetalk,
        "musetalk1": _musetalk,
    }
)


def right_ms(engine: str) -> int:
    """The right context of an engine in ms; EngineError for a name that is none's."""
    try:
        return _RIGHT_MS[engine]()
    except KeyError:
        raise EngineError(
            f"there is no face engine {engine!r}; allowed: {', '.join(sorted(_RIGHT_MS))}"
        ) from None
