"""What the built-in mouth network makes of a clip's own sound.

In: sound, tick by tick. Out: mouth parameters, and how alike two of them look. Called where an
avatar is made; the network is loaded by the first call and freed with the function.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.making.heard_mouths import Hearing
from models.face.atlas import lip_space
from models.face.mel import MelStream

_BATCH: Final = 256


def mouth_hearing() -> Hearing:
    """What is asked where a clip may hold its person's speech."""
    return Hearing(heard, lip_space)


def heard(ticks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mouth parameters float32 [T, 8] of sound float32 [T, 640] at 16 kHz, silent after its end."""
    from models.face.builtin_renderer import BuiltinRenderer  # noqa: PLC0415 - onnxruntime comes with it

    stream, renderer = MelStream(), BuiltinRenderer()
    shapes: list[NDArray[np.float32]] = []
    for part in np.split(ticks, range(_BATCH, len(ticks), _BATCH)):
        features = stream.push(part.reshape(-1))
        if features:
            shapes.append(renderer.hear(np.stack(features))[0])
    shapes.append(renderer.hear(np.stack(stream.finish()))[0])
    return np.concatenate(shapes)
