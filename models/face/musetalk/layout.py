"""Where MuseTalk's published weights lie, for each of its versions.

In: the folder of weights; out: the files. The layout is the one that MuseTalk's download
script and LiveTalking make: `musetalkV15/` or `musetalk/` (the U-Net and its json), `sd-vae/`
and `whisper/`. Runs wherever the engine is made; reads no weights, owns nothing.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.face.engine import EngineError

VAES: Final = ("sd-vae", "sd-vae-ft-mse")
CONFIGS: Final = ("musetalk.json", "config.json")


@dataclass(frozen=True)
class Version:
    """One of MuseTalk's networks. engine: its name here."""

    engine: str
    folder: str
    weights: tuple[str, ...]


V15: Final = Version("musetalk", "musetalkV15", ("unet.safetensors", "unet.pth", "unet.bin"))
V10: Final = Version(
    "musetalk1",
    "musetalk",
    ("pytorch_model.safetensors", "pytorch_model.bin", "unet.safetensors", "unet.pth", "unet.bin"),
)


@dataclass(frozen=True)
class MuseTalkFiles:
    """What a version needs; all of it is there."""

    unet_config: Path
    unet: Path
    vae: Path
    whisper: Path


def find_files(weights: Path, version: Version) -> MuseTalkFiles:
    """The files of `version` under `weights`; EngineError says what was looked for."""
    home = weights / version.folder
    return MuseTalkFiles(
        unet_config=_first(home / name for name in CONFIGS),
        unet=_first(home / name for name in version.weights),
        vae=find_vae(weights),
        whisper=_first([weights / "whisper" / "config.json"]).parent,
    )


def find_vae(weights: Path) -> Path:
    """The folder of the VAE under `weights`; EngineError if there is none."""
    return _first(weights / name / "config.json" for name in VAES).parent


def read_unet_config(path: Path) -> dict[str, Any]:
    """The U-Net's json; EngineError unless it takes 8 channels and gives 4."""
    try:
        config = json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        raise EngineError(f"{path}: {error}") from error
    channels = (config.get("in_channels"), config.get("out_channels"))
    if channels != (8, 4):
        raise EngineError(f"{path}: in and out channels are {channels}, MuseTalk's are (8, 4)")
    return dict(config)


def _first(paths: Iterable[Path]) -> Path:
    looked = list(paths)
    for path in looked:
        if path.is_file():
            return path
    names = " or ".join(str(path) for path in looked)
    raise EngineError(f"MuseTalk's weights are not complete: there is no {names}")
