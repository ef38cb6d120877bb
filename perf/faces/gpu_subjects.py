"""What perf/faces/gpu.py and perf/faces/networks.py measure: each engine's network with random
numbers.

In: an engine's name, and whether it shall be small. Out: its network from faces to faces, its
inputs, and the way in which LiveTalking runs the same network. Needs torch and numpy; MuseTalk
needs diffusers too, which is imported for it alone. Owns nothing.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.i420 import i420_from_bgr
from models.face.network import Target
from models.face.ultralight.network import ROW as ULTRALIGHT
from models.face.ultralight.network import Ultralight, UltralightFaces
from models.face.ultralight.sizes import WIDTHS
from models.face.wav2lip.network import SIZE_96, SIZE_256, Variant, Wav2Lip, Wav2LipFaces, row_of
from perf.faces.gpu_subject import Case, Faces, Subject, Way

NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "musetalk": ("diffusers", "transformers", "safetensors", "msgspec"),
        "wav2lip": (),
        "wav2lip256": (),
        "ultralight": (),
    }
)
"""Packages beside torch and numpy that each engine's network needs."""
_NARROW: Final = 8
_TINY_WIDTHS: Final = tuple(width // _NARROW for width in WIDTHS)
_SEED: Final = 5


def make_subject(name: str, tiny: bool) -> Subject:
    """The engine's network with random numbers, the same each time."""
    torch.manual_seed(_SEED)
    if name == "musetalk":
        from perf.faces.gpu_musetalk import musetalk  # noqa: PLC0415 - diffusers comes with it

        return musetalk(tiny)
    return _SMALL[name](tiny)


def lively(network: nn.Module, last: nn.Conv2d, seen: torch.Tensor, heard: torch.Tensor) -> None:
    """Normalisation as after training, and outputs that are not all grey."""
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = 1.0
                part.bias.normal_(0, 0.3)
        last.weight.normal_(0, 0.3)
        network.train()(seen, heard)
    network.eval().requires_grad_(False)


def _wav2lip(name: str, variant: Variant, tiny: bool) -> Subject:
    generator = Wav2Lip(variant.narrowed(_NARROW) if tiny else variant)
    network, row = Wav2LipFaces(generator, variant.size), row_of(variant.size)
    last = generator.output_block[1]
    assert isinstance(last, nn.Conv2d)
    faces = torch.randint(0, 256, (2, *row.seen), dtype=torch.uint8)
    lively(network, last, faces, torch.randn(2, *row.heard))
    return Subject(name, row, network, _published_wav2lip, _cut)


def _published_wav2lip(network: nn.Module, target: Target) -> Way:
    """LiveTalking's `LipReal.inference_batch`; BGR float32 [B, s, s, 3] of 0..255."""
    generator = network.network
    assert isinstance(generator, Wav2Lip)

    @torch.no_grad()
    def run(case: Case) -> NDArray[Any]:
        masked = case.shown.copy()
        masked[:, masked.shape[1] // 2 :] = 0
        both = (np.concatenate((masked, case.shown), axis=3) / 255.0).transpose(0, 3, 1, 2)
        seen = torch.tensor(both, dtype=torch.float32).to(target.device, target.dtype)
        heard = torch.tensor(case.heard[:, None]).to(target.device, target.dtype)
        faces: NDArray[Any] = generator(heard, seen).float().cpu().numpy()
        return faces.transpose(0, 2, 3, 1) * 255.0

    return run


def _ultralight(tiny: bool) -> Subject:
    unet = Ultralight(_TINY_WIDTHS if tiny else WIDTHS)
    network = UltralightFaces(unet)
    faces = torch.randint(0, 256, (2, *ULTRALIGHT.seen), dtype=torch.uint8)
    lively(network, unet.outc.conv, faces, torch.randn(2, *ULTRALIGHT.heard))
    return Subject("ultralight", ULTRALIGHT, network, _published_ultralight, _cut)


def _published_ultralight(network: nn.Module, target: Target) -> Way:
    """LiveTalking's `LightReal.inference_batch`; BGR float32 [B, 160, 160, 3] of 0..255."""
    unet = network.network
    assert isinstance(unet, Ultralight)

    @torch.no_grad()
    def run(case: Case) -> NDArray[Any]:
        pairs = []
        for face in case.shown:
            masked = face.copy()
            masked[5:150, 5:155] = 0
            parts = [part.transpose(2, 0, 1).astype(np.float32) / 255.0 for part in (face, masked)]
            pairs.append(torch.cat([torch.from_numpy(part) for part in parts])[None])
        seen = torch.stack(pairs).squeeze(1).to(target.device, target.dtype)
        heard = torch.from_numpy(case.heard).to(target.device, target.dtype)
        faces: NDArray[Any] = unet(seen, heard).float().cpu().numpy()
        return faces.transpose(0, 2, 3, 1) * 255.0

    return run


def _cut(face: NDArray[Any]) -> Faces:
    """Float BGR of 0..255 as LiveTalking pastes it: cut off, not rounded."""
    return i420_from_bgr(face.astype(np.uint8))


_SMALL: Final[Mapping[str, Callable[[bool], Subject]]] = MappingProxyType(
    {
        "wav2lip": lambda tiny: _wav2lip("wav2lip", SIZE_96, tiny),
        "wav2lip256": lambda tiny: _wav2lip("wav2lip256", SIZE_256, tiny),
        "ultralight": _ultralight,
    }
)
