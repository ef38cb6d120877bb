"""MuseTalk's networks from their files, and the way from latents and sound to a face.

In: the published files; out: one module that takes avatar latents and Whisper tokens and
gives I420 faces. Runs in inference. The module owns the weights: the U-Net and the half of
the VAE that decodes.

MuseTalk (Zhang et al. 2024, arXiv:2410.10122): the U-Net of Stable Diffusion 1.4's shape
inpaints the latent of the lower face in one step at t = 0, under cross attention to the
sound's tokens, to which sinusoidal positions are added (Vaswani et al. 2017).
"""

import math
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging

from models.face.engine import EngineError
from models.face.musetalk.layout import MuseTalkFiles, read_unet_config
from models.face.musetalk.sizes import LATENT_SIDE, SIDE
from models.face.network import Target, ToI420, placed
from models.face.weights import load_weights


def positions(tokens: int, width: int) -> torch.Tensor:
    """Sinusoidal positions, float32 [tokens, width]: sines at even places, cosines at odd."""
    place = torch.arange(tokens, dtype=torch.float32)[:, None]
    speed = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(1e4) / width))
    waves = torch.stack([torch.sin(place * speed), torch.cos(place * speed)], dim=2)
    return waves.reshape(tokens, -1)[:, :width]


class MuseTalk(torch.nn.Module):
    """Latents and tokens to faces; a pure function of its inputs, batched."""

    places: torch.Tensor
    step: torch.Tensor

    def __init__(self, unet: UNet2DConditionModel, vae: AutoencoderKL, tokens: int) -> None:
        super().__init__()
        self.unet = unet
        self.vae = vae
        self.to_i420 = ToI420("rgb")
        self.scale = float(vae.config["scaling_factor"])
        width = int(unet.config["cross_attention_dim"])
        self.register_buffer("places", positions(tokens, width), persistent=False)
        self.register_buffer("step", torch.zeros(1, dtype=torch.long), persistent=False)

    def forward(self, latents: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """latents [B, 8, 32, 32], tokens [B, T, width]; gives uint8 I420 [B, 384, 256].

        latents: the face with its lower half black, then the whole face, as the VAE encodes
        and scales them.
        """
        dtype = self.places.dtype
        sound = tokens.to(dtype) + self.places
        (inpainted,) = self.unet(
            latents.to(dtype), self.step, encoder_hidden_states=sound, return_dict=False
        )
        (picture,) = self.vae.decode(inpainted / self.scale, return_dict=False)
        faces: torch.Tensor = self.to_i420(picture.float() / 2 + 0.5)
        return faces


def read_musetalk(files: MuseTalkFiles, tokens: int, target: Target) -> MuseTalk:
    """The networks of `files` for features of so many tokens, on `target`; EngineError."""
    unet = read_unet(files)
    vae = read_vae(files.vae)
    del vae.encoder, vae.quant_conv
    return placed(MuseTalk(unet, vae, tokens), target)


def read_unet(files: MuseTalkFiles) -> UNet2DConditionModel:
    """The U-Net on the CPU, as stored; EngineError names every key that is wrong."""
    config = read_unet_config(files.unet_config)
    with torch.device("meta"):
        unet: UNet2DConditionModel = UNet2DConditionModel.from_config(config)
    load_weights(unet, files.unet)
    return unet


def read_vae(folder: Path) -> AutoencoderKL:
    """The VAE on the CPU, float32; EngineError unless it makes 256 pixels of 32 latents."""
    diffusers_logging.disable_progress_bar()
    try:
        vae: AutoencoderKL = AutoencoderKL.from_pretrained(
            folder,
            local_files_only=True,
            low_cpu_mem_usage=False,  # diffusers' default asks for accelerate, and warns without
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineError(f"{folder}: no whole VAE checkpoint: {error}") from error
    factor = 2 ** (len(vae.config["block_out_channels"]) - 1)
    channels = vae.config["latent_channels"]
    if (channels, factor) != (4, SIDE // LATENT_SIDE):
        raise EngineError(
            f"{folder}: {channels} channels at 1/{factor}, "
            f"MuseTalk's VAE has 4 at 1/{SIDE // LATENT_SIDE}"
        )
    return vae
