"""MuseTalk's networks with random numbers: the true shapes, or small ones for a look.

In: a choice. Out: networks on the CPU or on the meta device. The shapes are the published
configs of MuseTalk 1.5 (musetalk.json) and sd-vae-ft-mse. Owns nothing.
"""

from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

TOKENS: Final = 50
"""Of a feature: 10 rows of Whisper's 5 states."""

UNET: Final[dict[str, Any]] = {
    "_class_name": "UNet2DConditionModel",
    "_diffusers_version": "0.6.0.dev0",
    "act_fn": "silu",
    "attention_head_dim": 8,
    "block_out_channels": [320, 640, 1280, 1280],
    "center_input_sample": False,
    "cross_attention_dim": 384,
    "down_block_types": [
        "CrossAttnDownBlock2D",
        "CrossAttnDownBlock2D",
        "CrossAttnDownBlock2D",
        "DownBlock2D",
    ],
    "downsample_padding": 1,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "in_channels": 8,
    "layers_per_block": 2,
    "mid_block_scale_factor": 1,
    "norm_eps": 1e-05,
    "norm_num_groups": 32,
    "out_channels": 4,
    "sample_size": 64,
    "up_block_types": [
        "UpBlock2D",
        "CrossAttnUpBlock2D",
        "CrossAttnUpBlock2D",
        "CrossAttnUpBlock2D",
    ],
}
"""musetalk.json as published."""

SMALL_UNET: Final = UNET | {
    "attention_head_dim": 2,
    "block_out_channels": [8, 8, 16, 16],
    "cross_attention_dim": 16,
    "layers_per_block": 1,
    "norm_num_groups": 4,
}


VAE: Final[dict[str, Any]] = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
    "norm_num_groups": 32,
    "sample_size": 256,
}
"""sd-vae-ft-mse's config.json as published."""

SMALL_VAE: Final = VAE | {
    "block_out_channels": (4, 4, 8, 8),
    "layers_per_block": 1,
    "norm_num_groups": 2,
}


def make_unet(tiny: bool, device: str = "cpu") -> UNet2DConditionModel:
    """A U-Net of random numbers; the same for the same torch seed."""
    with torch.device(device):
        unet: UNet2DConditionModel = UNet2DConditionModel.from_config(SMALL_UNET if tiny else UNET)
    return unet.eval().requires_grad_(False)


def make_vae(tiny: bool, device: str = "cpu") -> AutoencoderKL:
    """A VAE of random numbers; the same for the same torch seed."""
    with torch.device(device):
        vae: AutoencoderKL = AutoencoderKL.from_config(SMALL_VAE if tiny else VAE)
    return vae.eval().requires_grad_(False)
