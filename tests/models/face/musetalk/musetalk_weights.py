"""MuseTalk in small: random networks saved in the layout in which the real ones are published."""

import json
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from data.clip import Clip
from perf.faces.gpu_networks import SMALL_UNET, make_unet, make_vae
from tests.models.face.encoders.checkpoints import save_whisper

WIDTH: Final = 16
STATES: Final = 5
TOKENS: Final = 10 * STATES


def small_unet() -> UNet2DConditionModel:
    torch.manual_seed(5)
    return make_unet(tiny=True)


def small_vae() -> AutoencoderKL:
    torch.manual_seed(6)
    return make_vae(tiny=True)


def save_musetalk(home: Path) -> None:
    """`musetalkV15/unet.pth`, `musetalk/pytorch_model.bin`, `sd-vae/`, `whisper/`."""
    state = small_unet().state_dict()
    for folder, name in (("musetalkV15", "unet.pth"), ("musetalk", "pytorch_model.bin")):
        (home / folder).mkdir(parents=True)
        (home / folder / "musetalk.json").write_text(json.dumps(SMALL_UNET))
        torch.save(state, home / folder / name)
    small_vae().save_pretrained(home / "sd-vae")
    save_whisper(home / "whisper", width=WIDTH, layers=STATES - 1)


def avatar(frames: int = 3, engine: str = "musetalk", seed: int = 7) -> Clip:
    """A clip of grey frames with latents of random numbers."""
    random = np.random.default_rng(seed)
    return Clip(
        name="someone",
        engine=engine,
        frames=np.full((frames, 96, 64), 128, np.uint8),
        placements=np.tile(np.array([[1, 0, 0], [0, 1, 0]], np.float32), (frames, 1, 1)),
        mask=np.full((256, 256), 255, np.uint8),
        engine_arrays={"latents": random.standard_normal((frames, 8, 32, 32)).astype(np.float16)},
    )
