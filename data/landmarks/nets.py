"""Small networks of TensorFlow Lite, each a function from a picture to arrays.

In: a net's bytes, such as one of `face_landmarker.task` (a zip; see its licence beside it), and an
input array. Out: its outputs. Runs where avatars are made; owns one interpreter for each net,
on one thread, freed with it. Needs ai-edge-litert, which the extra `avatar` installs.
"""

import zipfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

BUNDLE: Final = "face_landmarker.task"


class LandmarksMissing(RuntimeError):
    """The library that runs the landmark nets is not installed."""


def bundle() -> Path:
    """The file that holds the nets."""
    return Path(str(files("data.landmarks"))) / BUNDLE


def landmark_net(name: str) -> bytes:
    """The net of that name in the bundle."""
    with zipfile.ZipFile(bundle()) as nets:
        return nets.read(name)


class Net:
    """One net. Not for two threads at once."""

    def __init__(self, content: bytes) -> None:
        """LandmarksMissing without ai-edge-litert."""
        self._interpreter = _interpreter(content)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [part["index"] for part in self._interpreter.get_output_details()]

    def __call__(self, array: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run the net on its one input, [1, ...]; the outputs are copies."""
        self._interpreter.set_tensor(self._input, array)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


def _interpreter(content: bytes) -> "Interpreter":
    try:
        from ai_edge_litert.interpreter import (  # noqa: PLC0415 - only who makes avatars has it
            Interpreter,
        )
    except ImportError as error:
        raise LandmarksMissing(
            "finding faces needs ai-edge-litert: pip install 'ringtalk[avatar]'"
        ) from error
    return Interpreter(model_content=content, num_threads=1)
