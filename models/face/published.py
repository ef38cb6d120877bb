"""The published weight sets: where each comes from, and where the engines look for it.

In: a name. Out: for each set its source, its licence, its files and the engines that need it.
A table that anyone may ask: no torch, no network, no file is touched. Owns nothing.

Repositories and layout are those of MuseTalk's download_weights.sh and of the READMEs of
LiveTalking, Wav2Lip and Ultralight-Digital-Human. A revision is a commit of the hub's
repository, so that a later change there reaches nobody unseen; `models pull --revision main`
takes the latest. Hashes are not kept here: the hub publishes them with the revision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from models.face.formats import SUFFIXES
from models.face.musetalk.layout import CONFIGS, V10, V15, VAES

CONFIG: Final = ("config.json",)
PREPROCESSOR: Final = ("preprocessor_config.json",)
TRANSFORMERS: Final = ("model.safetensors", "pytorch_model.bin")
DIFFUSERS: Final = ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin")


@dataclass(frozen=True)
class WeightFile:
    """One file of a set.

    names: what the engines call it, relative to the set's home, in the order in which they
    look (globs); one of them is enough. remote: its path in the hub's repository, or empty.
    """

    names: tuple[str, ...]
    remote: str = ""


@dataclass(frozen=True)
class Hub:
    """A repository of the hub at one commit."""

    repository: str
    revision: str


@dataclass(frozen=True)
class WeightSet:
    """The weights of one network.

    homes: folders, relative to the folder of weights, in which the engines look; a pull goes
    into the one that has most of the set, at first the first. about: download size in MB,
    roughly. hub: None when it is not there; then `elsewhere` says how to get it. with_avatar:
    it belongs to a person and comes with the avatar. marks: how names of tensors begin that only
    this network's file has, and how those that others have and this one lacks; both empty where
    the file's name and folder say it.
    """

    name: str
    what: str
    homes: tuple[str, ...]
    parts: tuple[WeightFile, ...]
    licence: str
    about: int
    hub: Hub | None = None
    elsewhere: str = ""
    with_avatar: bool = False
    marks: tuple[str, str] = ("", "")


_MUSETALK: Final = Hub("TMElyralab/MuseTalk", "2bcb936e2fddb4d86db4c62fd45b387d0c061571")
_MUSETALK_LICENCE: Final = "any purpose, even commercial (README); model card: OpenRAIL-M"
_LIVETALKING_DRIVE: Final = (
    "https://drive.google.com/drive/folders/1FOC_MD6wdogyyX_7V1d4NDIO7P9NlSAJ or "
    "https://pan.quark.cn/s/83a750323ef0"
)

_SETS: Final = (
    WeightSet(
        name="musetalk",
        what="MuseTalk 1.5, the U-Net",
        homes=(V15.folder,),
        parts=(
            WeightFile(CONFIGS, f"{V15.folder}/musetalk.json"),
            WeightFile(V15.weights, f"{V15.folder}/unet.pth"),
        ),
        licence=_MUSETALK_LICENCE,
        about=3400,
        hub=_MUSETALK,
    ),
    WeightSet(
        name="musetalk1",
        what="MuseTalk 1.0, the U-Net",
        homes=(V10.folder,),
        parts=(
            WeightFile(CONFIGS, f"{V10.folder}/musetalk.json"),
            WeightFile(V10.weights, f"{V10.folder}/pytorch_model.bin"),
        ),
        licence=_MUSETALK_LICENCE,
        about=3400,
        hub=_MUSETALK,
    ),
    WeightSet(
        name="sd-vae",
        what="Stable Diffusion's VAE (ft-mse)",
        homes=VAES,
        parts=(WeightFile(CONFIG, CONFIG[0]), WeightFile(DIFFUSERS, DIFFUSERS[0])),
        licence="MIT",
        about=335,
        hub=Hub("stabilityai/sd-vae-ft-mse", "31f26fdeee1355a5c34592e401dd41e45d25a493"),
    ),
    WeightSet(
        name="whisper",
        what="Whisper tiny, the encoder",
        homes=("whisper",),
        parts=(
            WeightFile(CONFIG, CONFIG[0]),
            WeightFile(PREPROCESSOR, PREPROCESSOR[0]),
            WeightFile(TRANSFORMERS, TRANSFORMERS[0]),
        ),
        licence="Apache-2.0",
        about=151,
        hub=Hub("openai/whisper-tiny", "169d4a4341b33bc18d8881c4b69c2e104e1cc0af"),
    ),
    WeightSet(
        name="hubert",
        what="HuBERT large",
        homes=("hubert-large-ls960-ft",),
        parts=(
            WeightFile(CONFIG, CONFIG[0]),
            WeightFile(PREPROCESSOR, PREPROCESSOR[0]),
            WeightFile(TRANSFORMERS, TRANSFORMERS[1]),
        ),
        licence="Apache-2.0",
        about=1260,
        hub=Hub("facebook/hubert-large-ls960-ft", "ece5fabbf034c1073acae96d5401b25be96709d8"),
    ),
    WeightSet(
        name="wav2lip256",
        what="Wav2Lip at 256 pixels, as LiveTalking gives it",
        homes=("",),
        parts=(WeightFile(tuple(f"wav2lip256{suffix}" for suffix in SUFFIXES)),),
        licence="none named; Wav2Lip's own: not for commercial use",
        about=215,
        elsewhere=f"take wav2lip256.pth from LiveTalking's folder: {_LIVETALKING_DRIVE}",
        marks=("face_decoder_blocks.7.", "face_decoder_blocks.8."),
    ),
    WeightSet(
        name="wav2lip",
        what="Wav2Lip at 96 pixels, as first published",
        homes=("",),
        parts=(WeightFile(tuple(f"wav2lip{suffix}" for suffix in SUFFIXES)),),
        licence="not for commercial use (trained on LRS2)",
        about=436,
        elsewhere=(
            "take wav2lip.pth or wav2lip_gan.pth from "
            "https://github.com/Rudrabha/Wav2Lip#getting-the-weights"
        ),
        marks=("face_decoder_blocks.6.", "face_decoder_blocks.7."),
    ),
    WeightSet(
        name="ultralight",
        what="Ultralight-Digital-Human, a network for each person",
        homes=("ultralight",),
        parts=(WeightFile(tuple(f"*{suffix}" for suffix in SUFFIXES)),),
        licence="the person's who trained it",
        about=49,
        elsewhere=(
            "each avatar has its own: `ringtalk avatar import FOLDER` takes its ultralight.pth "
            "along; it is trained with https://github.com/anliyuan/Ultralight-Digital-Human"
        ),
        with_avatar=True,
    ),
)

SETS: Final[Mapping[str, WeightSet]] = MappingProxyType({each.name: each for each in _SETS})

NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "builtin": (),
        "wav2lip": ("wav2lip",),
        "wav2lip256": ("wav2lip256",),
        "ultralight": ("hubert", "ultralight"),
        "musetalk": ("musetalk", "sd-vae", "whisper"),
        "musetalk1": ("musetalk1", "sd-vae", "whisper"),
    }
)
"""The sets that each engine needs, by the engine's name."""


def wanted(name: str) -> tuple[WeightSet, ...]:
    """The sets that an engine of this name needs, or the one of this name.

    KeyError for a name that is neither.
    """
    names = NEEDS[name] if name in NEEDS else (SETS[name].name,)
    return tuple(SETS[each] for each in names)


def engines_of(name: str) -> tuple[str, ...]:
    """The engines that need the set of this name."""
    return tuple(engine for engine, names in NEEDS.items() if name in names)
