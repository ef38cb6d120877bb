"""The rendering half of Wav2Lip: the generator from its file to where it runs.

In: a weights file; out: what paints faces. Runs in inference, in the engine's thread; owns
nothing: the painter is the engine's.
"""

from pathlib import Path
from types import MappingProxyType
from typing import Final

import torch

from models.face.avatar_arrays import AvatarArrays
from models.face.cuda import Cuda
from models.face.exported import exported_runner
from models.face.network import Target, placed
from models.face.network_renderer import NetworkRenderer
from models.face.published import SETS
from models.face.runner import BucketRunner, Runner
from models.face.wav2lip.network import (
    SIZE_96,
    SIZE_256,
    Wav2Lip,
    Wav2LipFaces,
    folded,
    fuse,
    row_of,
)
from models.face.weight_inventory import weights_of
from models.face.weights import load_weights

VARIANTS: Final = MappingProxyType({96: SIZE_96, 256: SIZE_256})
EXPORTED: Final = "exported"
"""Folder, beside the weights, of the networks as onnxruntime reads them."""


def make_renderer(name: str, size: int, weights: Path, *, narrow: int = 1) -> NetworkRenderer:
    """The generator of one size with the weights of the set `name` in the folder `weights`.

    narrow: by how much every width is divided, 1 but in tests. EngineError when the file
    is missing, WeightsError when it is for another network.
    """
    file = weights_of(weights, SETS[name])
    target = Target.best()

    def load() -> Wav2LipFaces:
        with torch.device("meta"):
            network = Wav2Lip(VARIANTS[size].narrowed(narrow))
        load_weights(network, file)
        return folded(network, size)

    row = row_of(size)
    runner: Runner
    if target.on_cuda:
        network = placed(load(), target)
        fuse(network)
        runner = BucketRunner(network, row, Cuda(target.device))
    else:
        runner = exported_runner(load, row, file, weights / EXPORTED)
    return NetworkRenderer(runner, AvatarArrays(target.device, row.dtype))
