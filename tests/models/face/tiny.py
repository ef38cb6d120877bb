"""Random small networks, saved as their weights are published, and clips for them."""

from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.clip import Clip
from data.i420 import i420_shape
from models.face.engine import FaceEngine, FaceSpec
from models.face.ultralight.engine import UltralightEngine
from models.face.ultralight.network import Ultralight
from models.face.wav2lip.engine import Wav2LipEngine
from models.face.wav2lip.network import Variant, Wav2Lip

Network = TypeVar("Network", bound=nn.Module)

NARROW = 8
WIDTHS = (4, 8, 16, 32, 64)
PERSON = "anna"
FRAMES = 5


def trained(network: Network, last: str, *inputs: torch.Tensor) -> Network:
    """The network with normalisation as after training, and outputs that are not all grey.

    last: the name of the weight before the sigmoid. The seed is the caller's.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.momentum = 1.0
            norm.bias.normal_(0, 0.3)
        network.state_dict()[last].normal_(0, 0.7)
        network.train()(*inputs)
    return network.eval()


def save_wav2lip(folder: Path, name: str, variant: Variant) -> Wav2Lip:
    """`NAME.pth` as a training script leaves it; the network that it holds."""
    torch.manual_seed(1)
    faces = torch.rand(3, 6, variant.size, variant.size)
    mel = torch.rand(3, 1, 80, 16) * 8 - 4
    network = trained(Wav2Lip(variant), "output_block.1.weight", mel, faces)
    state = {f"module.{key}": value for key, value in network.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": state, "optimizer": None, "global_step": 7}, folder / f"{name}.pth")
    return network


def save_ultralight(
    folder: Path, person: str = PERSON, seed: int = 1, widths: tuple[int, ...] = WIDTHS
) -> Ultralight:
    """`ultralight/PERSON.pth`: the state dict alone; the network that it holds."""
    torch.manual_seed(seed)
    faces, sound = torch.rand(3, 6, 160, 160), torch.randn(3, 16, 32, 32)
    network = trained(Ultralight(widths), "outc.conv.weight", faces, sound)
    (folder / "ultralight").mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), folder / "ultralight" / f"{person}.pth")
    return network


def wav2lip(folder: Path, name: str, size: int) -> Wav2LipEngine:
    """A narrow engine of the size, with the weights in `folder`."""
    return Wav2LipEngine(name, size, folder, narrow=NARROW)


def ultralight(folder: Path) -> UltralightEngine:
    return UltralightEngine(folder, widths=WIDTHS, builds=False)


def face_crops(side: int, seed: int = 5) -> NDArray[np.uint8]:
    """uint8 [FRAMES, side, side, 3]: smooth colours, each frame another."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(20, 235, (FRAMES, side // 8, side // 8, 3), np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


def clip_for(
    engine: str, face: FaceSpec, name: str = PERSON, crops: NDArray[np.uint8] | None = None
) -> Clip:
    """A grey clip for an engine's faces, with the crops as its array `faces`."""
    frames = np.full((FRAMES, *i420_shape(face.width + 8, face.height + 8)), 128, np.uint8)
    placement = np.array([[1, 0, 4], [0, 1, 4]], np.float32)
    mask = np.full((face.height, face.width), 255, np.uint8)
    faces = face_crops(face.width) if crops is None else crops
    return Clip(name, engine, frames, np.tile(placement, (FRAMES, 1, 1)), mask, {"faces": faces})


def render(
    engine: FaceEngine,
    features: NDArray[np.float32],
    avatars: list[int],
    poses: list[int],
) -> NDArray[np.uint8]:
    """The faces of one batch."""
    out = np.empty((len(features), *engine.face.shape), np.uint8)
    engine.render(features, np.array(avatars, np.int32), np.array(poses, np.int32), out)
    return out
