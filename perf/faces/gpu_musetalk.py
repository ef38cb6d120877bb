"""MuseTalk as a subject of perf/faces/gpu.py; apart, because it needs diffusers.

In: whether it shall be small. Out: its network with random numbers and LiveTalking's way of
running it. Owns nothing.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.i420 import i420_from_bgr
from models.face.musetalk.networks import MuseTalk, positions
from models.face.musetalk.renderer import row_of
from models.face.network import Target
from perf.faces.gpu_networks import TOKENS, make_unet, make_vae
from perf.faces.gpu_subject import Case, Faces, Subject, Way


def musetalk(tiny: bool) -> Subject:
    """MuseTalk 1.5's shapes, or small ones."""
    vae = make_vae(tiny)
    del vae.encoder, vae.quant_conv
    network = MuseTalk(make_unet(tiny), vae, TOKENS).eval().requires_grad_(False)
    row = row_of(network, Target(torch.device("cpu"), torch.float16))
    return Subject("musetalk", row, network, _published, _i420)


def _published(network: nn.Module, target: Target) -> Way:
    """LiveTalking's `MuseReal.inference_batch` and `decode_latents`; BGR uint8 [B, 256, 256, 3]."""
    assert isinstance(network, MuseTalk)
    places = positions(*network.places.shape).to(target.device, target.dtype)
    step = torch.tensor([0], device=target.device)

    @torch.no_grad()
    def run(case: Case) -> NDArray[Any]:
        sound = torch.from_numpy(case.heard).to(target.device, target.dtype) + places
        latents = torch.cat([latent[None] for latent in case.seen]).to(target.dtype)
        inpainted = network.unet(latents, step, encoder_hidden_states=sound).sample
        image = network.vae.decode((1 / network.scale) * inpainted).sample
        image = (image / 2 + 0.5).clamp(0, 1).cpu().permute(0, 2, 3, 1).float().numpy()
        bgr: Faces = (image * 255).round().astype("uint8")[..., ::-1]
        return bgr

    return run


def _i420(face: NDArray[Any]) -> Faces:
    return i420_from_bgr(np.ascontiguousarray(face))
