"""Weights of random numbers on disk, laid out as they are published, and a short clip of a face.

MuseTalk's and the encoders' shapes stand in config files of their own, so theirs are small;
Wav2Lip's and Ultralight's are fixed, so theirs are the true ones.
"""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
import soundfile
import torch
from skimage import data

from data.units import FEATURE_RATE
from models.face.wav2lip.network import SIZE_96
from perf.faces.flicker_clips import write_video
from perf.sounds import vowel
from tests.models.face.encoders.checkpoints import save_hubert
from tests.models.face.musetalk.musetalk_weights import save_musetalk
from tests.models.face.tiny import save_ultralight, save_wav2lip

FRAMES: Final = 14
"""Of the clip; there and back, 26."""
ULTRALIGHT: Final = (32, 64, 128, 256, 512)
HUBERT_WIDTH: Final = 1024


def save_weights(engine: str, name: str, home: Path) -> None:
    """Everything that `engine` looks for under `home`, for an avatar called `name`."""
    torch.set_num_threads(1)
    if engine == "wav2lip":
        save_wav2lip(home, "wav2lip", SIZE_96)
    elif engine == "ultralight":
        save_ultralight(home, name, widths=ULTRALIGHT)
        save_hubert(home / "hubert-large-ls960-ft", HUBERT_WIDTH)
    else:
        save_musetalk(home)


def write_clip(path: Path) -> Path:
    """A face that keeps still, 240 x 224, so that whatever changes was painted."""
    portrait = cv2.imread(str(Path(data.__file__).parent / "astronaut.png"))
    picture = np.ascontiguousarray(np.asarray(portrait, np.uint8)[16:240, 104:344])
    return write_video(path, [picture] * FRAMES)


def write_sound(path: Path, seconds: float) -> Path:
    """An "ah" as a WAV file."""
    soundfile.write(path, vowel(seconds), FEATURE_RATE)
    return path
