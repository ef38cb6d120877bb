"""MuseTalk's fixed sizes: pure constants, imported by every process, owns nothing."""

from typing import Final

SIDE: Final = 256
"""Pixels of a face's side."""
LATENT_SIDE: Final = 32
LATENT_CHANNELS: Final = 8
"""Four of the face with its lower half black, four of the whole face."""
LATENTS: Final = "latents"
"""The name of the clip's engine array: float16 or float32 [N, 8, 32, 32]."""
