"""The kinds of weights files: for each network its mark, its engines, its keys and shapes.

In: keys, and the folder of a checkpoint's config. Out: state dicts on the meta device, which
hold shapes and no numbers. Runs in the command's process; needs torch. Each network's library is
imported when a file of its kind is looked at. Owns nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import torch

from models.face.encoders.checkpoint import read_config
from models.face.engine import EngineError
from models.face.musetalk.layout import CONFIGS, read_unet_config
from models.face.ultralight.network import Ultralight
from models.face.ultralight.sizes import WIDTHS
from models.face.ultralight.weights import first_name
from models.face.wav2lip.network import SIZE_96, SIZE_256, Variant, Wav2Lip

Shapes = Mapping[str, torch.Tensor]
_MUSETALKS: Final = ("musetalk", "musetalk1")
_UNET_AS_PUBLISHED: Final = {"in_channels": 8, "out_channels": 4, "cross_attention_dim": 384}
"""What MuseTalk's musetalk.json changes of the library's defaults."""
_ENCODER: Final = "encoder."
_ATTENTION: Final = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
"""Names of an attention block before diffusers 0.18, with which the VAE is published."""
_OLD_ATTENTION: Final = re.compile(r"(?<=attentions\.\d\.)(?:query|key|value|proj_attn)(?=\.)")
_NORM: Final = {
    "weight_g": "parametrizations.weight.original0",
    "weight_v": "parametrizations.weight.original1",
}
"""Names of a weight-normalised layer before torch 2.1, with which HuBERT is published."""
_OLD_NORM: Final = re.compile(r"weight_[gv]$")


def _as_it_is(key: str) -> str | None:
    return key


@dataclass(frozen=True)
class Kind:
    """Weights of one network.

    what: in words. engines: who load it. sets: whose file it may be, see `published`. mark: how a
    key of it begins, as no other kind's keys do. wanted: its keys and shapes, given the folder of
    the file. renamed: a key as the network calls it now, or None if the network does without.
    """

    what: str
    engines: tuple[str, ...]
    sets: tuple[str, ...]
    mark: str
    wanted: Callable[[Path], Shapes]
    renamed: Callable[[str], str | None] = _as_it_is

    def knows(self, keys: Mapping[str, torch.Tensor]) -> bool:
        """Whether these look like keys of this network."""
        return any((self.renamed(key) or "").startswith(self.mark) for key in keys)


def wav2lip(variant: Variant, engine: str) -> Kind:
    """Wav2Lip's generator of one size."""
    what = f"Wav2Lip at {variant.size} pixels"
    return Kind(
        what, (engine,), (engine,), "face_encoder_blocks.", partial(_wav2lip_shapes, variant)
    )


def ultralight(widths: tuple[int, ...]) -> Kind:
    """Ultralight-Digital-Human's U-Net of these widths."""
    what = "Ultralight-Digital-Human, one person's network"
    shapes = partial(_ultralight_shapes, widths)
    return Kind(what, ("ultralight",), ("ultralight",), "audio_model.", shapes, first_name)


def _wav2lip_shapes(variant: Variant, folder: Path) -> Shapes:
    with torch.device("meta"):
        return Wav2Lip(variant).state_dict()


def _ultralight_shapes(widths: tuple[int, ...], folder: Path) -> Shapes:
    with torch.device("meta"):
        return Ultralight(widths).state_dict()


def _unet_shapes(folder: Path) -> Shapes:
    from diffusers.models.unets.unet_2d_condition import (  # noqa: PLC0415 - its kind only
        UNet2DConditionModel,
    )

    beside = next((folder / name for name in CONFIGS if (folder / name).is_file()), None)
    config = _UNET_AS_PUBLISHED if beside is None else read_unet_config(beside)
    with _on_meta(folder):
        shapes: Shapes = UNet2DConditionModel.from_config(config).state_dict()
    return shapes


def _vae_shapes(folder: Path) -> Shapes:
    from diffusers.models.autoencoders.autoencoder_kl import (  # noqa: PLC0415 - its kind only
        AutoencoderKL,
    )

    path = folder / "config.json"
    try:
        config = AutoencoderKL.load_config(path, local_files_only=True)
    except OSError as error:
        raise EngineError(f"{path}: missing or broken; it says the shape of the VAE") from error
    with _on_meta(folder):
        shapes: Shapes = AutoencoderKL.from_config(config).state_dict()
    return shapes


def _whisper_shapes(folder: Path) -> Shapes:
    """The encoder's alone: no engine runs the decoder."""
    from transformers import WhisperConfig, WhisperModel  # noqa: PLC0415 - its kind only

    config = read_config(folder, "whisper")
    with _on_meta(folder):
        whole = WhisperModel(WhisperConfig.from_dict(config)).state_dict()
    return {key: tensor for key, tensor in whole.items() if key.startswith(_ENCODER)}


def _hubert_shapes(folder: Path) -> Shapes:
    from transformers import HubertConfig, HubertModel  # noqa: PLC0415 - its kind only

    config = read_config(folder, "hubert")
    with _on_meta(folder):
        shapes: Shapes = HubertModel(HubertConfig.from_dict(config)).state_dict()
    return shapes


@contextmanager
def _on_meta(folder: Path) -> Iterator[None]:
    """Networks made within hold no numbers; EngineError when their config makes none."""
    from huggingface_hub.errors import StrictDataclassError  # noqa: PLC0415 - as its callers

    try:
        with torch.device("meta"):
            yield
    except (TypeError, ValueError, KeyError, RuntimeError, StrictDataclassError) as error:
        raise EngineError(f"{folder}: its config makes no network: {error}") from error


def _vae_key(key: str) -> str | None:
    return _OLD_ATTENTION.sub(lambda found: _ATTENTION[found[0]], key)


def _whisper_key(key: str) -> str | None:
    """The encoder's keys, with or without the `model.` of a checkpoint that can write too."""
    bare = key.removeprefix("model.")
    return bare if bare.startswith(_ENCODER) else None


def _hubert_key(key: str) -> str | None:
    """Without the `hubert.` and the `lm_head` of a checkpoint that can write too."""
    if key.startswith("lm_head."):
        return None
    return _OLD_NORM.sub(lambda found: _NORM[found[0]], key.removeprefix("hubert."))


KINDS: Final = (
    wav2lip(SIZE_96, "wav2lip"),
    wav2lip(SIZE_256, "wav2lip256"),
    ultralight(WIDTHS),
    Kind("MuseTalk's U-Net", _MUSETALKS, _MUSETALKS, "down_blocks.", _unet_shapes),
    Kind(
        "Stable Diffusion's VAE",
        _MUSETALKS,
        ("sd-vae",),
        "decoder.up_blocks.",
        _vae_shapes,
        _vae_key,
    ),
    Kind(
        "Whisper's encoder",
        _MUSETALKS,
        ("whisper",),
        "encoder.conv1.",
        _whisper_shapes,
        _whisper_key,
    ),
    Kind("HuBERT", ("ultralight",), ("hubert",), "feature_extractor.", _hubert_shapes, _hubert_key),
)
