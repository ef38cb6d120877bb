"""The Wav2Lip engines with narrow random networks, saved as the published ones are."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from data.clip import AvatarError
from data.i420 import i420_from_yuv, yuv_from_bgr
from models.face.engine import EngineError
from models.face.wav2lip.engine import Wav2LipEngine, wav2lip_96, wav2lip_256
from models.face.wav2lip.mel import Lead
from models.face.wav2lip.network import SIZE_96, SIZE_256, Layer, Variant, Wav2Lip, fuse
from tests.models.face.tiny import NARROW, clip_for, face_crops, render, save_wav2lip, wav2lip

SIZES = [("wav2lip", 96, SIZE_96), ("wav2lip256", 256, SIZE_256)]


def windows(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(2).uniform(-4, 4, (count, 80, 16)).astype(np.float32)


@pytest.mark.parametrize(
    ("variant", "parameters", "keys"), [(SIZE_96, 36_298_035, 352), (SIZE_256, 53_605_683, 380)]
)
def test_the_networks_have_the_published_shapes(
    variant: Variant, parameters: int, keys: int
) -> None:
    with torch.device("meta"):
        network = Wav2Lip(variant)
        faces = torch.zeros(2, 6, variant.size, variant.size)
        made = network(torch.zeros(2, 1, 80, 16), faces)
    assert made.shape == (2, 3, variant.size, variant.size)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert len(network.state_dict()) == keys
    shape = network.state_dict()["face_decoder_blocks.2.0.conv_block.0.weight"].shape
    assert shape == (1024, 512, 3, 3)


@pytest.mark.parametrize(("name", "size", "variant"), SIZES)
def test_faces_are_what_the_network_paints(
    tmp_path: Path, name: str, size: int, variant: Variant
) -> None:
    network = save_wav2lip(tmp_path, name, variant.narrowed(NARROW))
    engine = wav2lip(tmp_path, name, size)
    avatar = engine.bind(clip_for("wav2lip", engine.face))
    [window], pose = windows(1), 3
    face = face_crops(size)[pose].astype(np.float32).transpose(2, 0, 1) / 255
    masked = face.copy()
    masked[:, size // 2 :] = 0
    both = torch.from_numpy(np.concatenate([masked, face]))[None]
    with torch.inference_mode():
        [painted] = network(torch.from_numpy(window)[None, None], both)
    bgr = painted.numpy().transpose(1, 2, 0) * np.float32(255)
    expected = i420_from_yuv(yuv_from_bgr(bgr))
    [made] = render(engine, window[None], [avatar], [pose])
    assert np.abs(made.astype(int) - expected).max() <= 1
    assert made[:size].std() > 2, "it says something"


def test_sound_moves_the_face_and_the_pose_chooses_it(tmp_path: Path) -> None:
    save_wav2lip(tmp_path, "wav2lip", SIZE_96.narrowed(NARROW))
    engine = wav2lip(tmp_path, "wav2lip", 96)
    anna = engine.bind(clip_for("wav2lip", engine.face))
    ben = engine.bind(clip_for("wav2lip", engine.face, "ben", face_crops(96, seed=9)))
    first, second = windows(2)
    made = render(
        engine, np.stack([first, first, second, first]), [anna, anna, anna, ben], [0, 1, 0, 0]
    )
    for other in made[1:]:
        assert (other != made[0]).mean() > 0.05


def test_an_avatar_that_was_freed_is_gone(tmp_path: Path) -> None:
    save_wav2lip(tmp_path, "wav2lip", SIZE_96.narrowed(NARROW))
    engine = wav2lip(tmp_path, "wav2lip", 96)
    avatar = engine.bind(clip_for("wav2lip", engine.face))
    engine.free(avatar)
    with pytest.raises(KeyError):
        render(engine, windows(1), [avatar], [0])
    assert engine.bind(clip_for("wav2lip", engine.face)) != avatar


def test_clips_of_other_engines_and_sizes_are_refused(tmp_path: Path) -> None:
    save_wav2lip(tmp_path, "wav2lip", SIZE_96.narrowed(NARROW))
    engine = wav2lip(tmp_path, "wav2lip", 96)
    with pytest.raises(AvatarError, match="for the engine musetalk, not wav2lip"):
        engine.bind(clip_for("musetalk", engine.face))
    large = wav2lip(tmp_path, "wav2lip256", 256)
    with pytest.raises(AvatarError, match=r"faces of \(256, 256\).*gives \(96, 96\)"):
        engine.bind(clip_for("wav2lip", large.face))
    with pytest.raises(AvatarError, match=r"faces is uint8 \[5, 88, 88, 3\], not uint8 \[5, 96"):
        engine.bind(clip_for("wav2lip", engine.face, crops=face_crops(88)))


def test_weights_of_the_other_size_are_refused_by_name(tmp_path: Path) -> None:
    save_wav2lip(tmp_path, "wav2lip", SIZE_256.narrowed(NARROW))
    with pytest.raises(EngineError, match=r"no weights .*wav2lip\.pth is another network's"):
        wav2lip(tmp_path, "wav2lip", 96).warm()
    (tmp_path / "wav2lip.pth").unlink()
    with pytest.raises(EngineError, match=r"no weights wav2lip256\.safetensors"):
        wav2lip_256(tmp_path).warm()


@pytest.mark.parametrize(
    ("called", "variant", "name", "size"),
    [
        ("wav2lip", SIZE_256, "wav2lip256", 256),  # as LiveTalking's README has it
        ("wav2lip256", SIZE_96, "wav2lip", 96),
        ("wav2lip_gan", SIZE_96, "wav2lip", 96),
    ],
)
def test_weights_are_loaded_as_what_they_are_whatever_they_are_called(
    called: str, variant: Variant, name: str, size: int, tmp_path: Path
) -> None:
    save_wav2lip(tmp_path, called, variant.narrowed(NARROW))
    engine = wav2lip(tmp_path, name, size)
    engine.warm()
    assert engine.bind(clip_for("wav2lip", engine.face)) == 0


def test_other_shapes_are_refused(tmp_path: Path) -> None:
    engine = wav2lip_96(tmp_path)
    rows = np.zeros(1, np.int32)
    out = np.empty((1, *engine.face.shape), np.uint8)
    with pytest.raises(ValueError, match="wav2lip-mel-1 features are"):
        engine.render(np.zeros((1, 80, 15), np.float32), rows, rows, out)
    with pytest.raises(ValueError, match="faces need"):
        engine.render(np.zeros((2, 80, 16), np.float32), rows, rows, out)


def test_streams_of_different_leads_are_not_shared() -> None:
    kinds = {Wav2LipEngine("wav2lip", 96, Path(), lead).feature for lead in Lead}
    assert len({feature.kind for feature in kinds}) == len(Lead)
    assert wav2lip_96(Path()).feature.right_ms == 140


def test_features_load_no_torch() -> None:
    code = (
        "import sys, numpy; from pathlib import Path;"
        "from models.face.wav2lip.engine import wav2lip_96;"
        "wav2lip_96(Path()).stream().push(numpy.zeros(6400, numpy.float32));"
        "print('torch' in sys.modules, 'cv2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_layers_that_suit_tensor_cores_are_fused() -> None:
    """Not the ones that see 6 or 1 channels, and none that is turned around."""
    with torch.device("meta"):
        network = Wav2Lip(SIZE_256)
    fuse(network)
    plain = {
        name
        for name, layer in network.named_modules()
        if isinstance(layer, Layer) and not layer.fused
    }
    turned = {f"face_decoder_blocks.{block}.0" for block in range(1, 8)}
    assert plain == {"face_encoder_blocks.0.0", "audio_encoder.0"} | turned
