"""The networks: the published shapes and keys, and the plain diffusers path's pictures."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from data.i420 import i420_from_yuv, yuv_from_bgr
from models.face.engine import EngineError
from models.face.musetalk.layout import V10, V15, Version, find_files
from models.face.musetalk.networks import positions, read_musetalk, read_unet, read_vae
from models.face.network import Target
from perf.faces.gpu_networks import SMALL_UNET, make_unet
from tests.models.face.musetalk.musetalk_weights import (
    TOKENS,
    WIDTH,
    small_unet,
    small_vae,
)

CPU = Target(torch.device("cpu"), torch.float32)


def test_the_published_config_makes_the_published_network() -> None:
    unet = make_unet(tiny=False, device="meta")
    shapes = {key: tuple(tensor.shape) for key, tensor in unet.state_dict().items()}
    attention = "down_blocks.0.attentions.0.transformer_blocks.0"
    assert shapes["conv_in.weight"] == (320, 8, 3, 3)
    assert shapes["conv_out.weight"] == (4, 320, 3, 3)
    assert shapes[f"{attention}.attn2.to_k.weight"] == (320, 384)
    assert shapes["mid_block.attentions.0.transformer_blocks.0.attn2.to_v.weight"] == (1280, 384)
    assert shapes["down_blocks.0.attentions.0.proj_in.weight"] == (320, 320, 1, 1)
    assert len(shapes) == 686
    assert 849e6 < sum(tensor.numel() for tensor in unet.state_dict().values()) < 851e6


def test_positions_are_the_transformer_s() -> None:
    place, pair = np.arange(50)[:, None], np.arange(0, 384, 2)
    angle = place / 10_000 ** (pair / 384)
    wanted = np.empty((50, 384))
    wanted[:, 0::2], wanted[:, 1::2] = np.sin(angle), np.cos(angle)
    np.testing.assert_allclose(positions(50, 384).numpy(), wanted, atol=1e-5)


@pytest.mark.parametrize("version", [V15, V10])
def test_faces_are_those_of_the_plain_path(weights: Path, version: Version) -> None:
    """MuseTalk's own inference: positions, one step at 0, decode, to 0..255, RGB."""
    random = torch.Generator().manual_seed(9)
    latents = torch.randn(2, 8, 32, 32, generator=random)
    tokens = torch.randn(2, TOKENS, WIDTH, generator=random)
    network = read_musetalk(find_files(weights, version), TOKENS, CPU)
    with torch.inference_mode():
        faces = network(latents, tokens).numpy()
        sound = tokens + positions(TOKENS, WIDTH)
        step = torch.tensor([0])
        inpainted = small_unet()(latents, step, encoder_hidden_states=sound).sample
        pictures = small_vae().decode(inpainted / 0.18215).sample
    rgb = ((pictures / 2 + 0.5).clamp(0, 1) * 255).numpy().transpose(0, 2, 3, 1)
    assert rgb.std() > 1
    for picture, face in zip(rgb, faces, strict=True):
        wanted = i420_from_yuv(yuv_from_bgr(np.ascontiguousarray(picture[..., ::-1])))
        assert np.abs(wanted.astype(int) - face).max() <= 1


def test_half_precision_keeps_the_colours_whole(weights: Path) -> None:
    half = Target(torch.device("cpu"), torch.bfloat16)
    network = read_musetalk(find_files(weights, V15), TOKENS, half)
    assert network.places.dtype == network.unet.dtype == torch.bfloat16
    assert network.to_i420.matrix.dtype == torch.float32
    with torch.inference_mode():
        faces = network(torch.zeros(1, 8, 32, 32, dtype=torch.bfloat16), network.places[None])
    assert faces.shape == (1, 384, 256)
    assert faces.dtype == torch.uint8


def test_every_missing_file_is_named(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"musetalkV15.musetalk\.json or"):
        find_files(tmp_path, V15)
    shutil.copytree(weights / "musetalkV15", tmp_path / "musetalkV15")
    with pytest.raises(EngineError, match=r"sd-vae.config\.json or .*sd-vae-ft-mse"):
        find_files(tmp_path, V15)
    shutil.copytree(weights / "sd-vae", tmp_path / "sd-vae-ft-mse")
    with pytest.raises(EngineError, match=r"whisper.config\.json"):
        find_files(tmp_path, V15)
    (tmp_path / "musetalkV15" / "unet.pth").unlink()
    with pytest.raises(EngineError, match=r"unet\.safetensors or .*unet\.pth or .*unet\.bin"):
        find_files(tmp_path, V15)


def test_weights_of_another_network_are_named_key_by_key(weights: Path, tmp_path: Path) -> None:
    shutil.copytree(weights, tmp_path / "w")
    state = small_unet().state_dict()
    state["conv_in.weight"] = torch.zeros(8, 9, 3, 3)
    del state["conv_out.bias"]
    torch.save(state, tmp_path / "w" / "musetalkV15" / "unet.pth")
    with pytest.raises(EngineError, match=r"(?s)missing conv_out\.bias.*conv_in\.weight"):
        read_unet(find_files(tmp_path / "w", V15))


def test_a_network_for_other_latents_is_refused(weights: Path, tmp_path: Path) -> None:
    shutil.copytree(weights, tmp_path / "w")
    config = tmp_path / "w" / "musetalkV15" / "musetalk.json"
    config.write_text(json.dumps(SMALL_UNET | {"in_channels": 4}))
    with pytest.raises(EngineError, match=r"\(4, 4\), MuseTalk's are \(8, 4\)"):
        read_unet(find_files(tmp_path / "w", V15))


def test_a_vae_of_another_factor_or_without_weights_is_refused(
    weights: Path, tmp_path: Path
) -> None:
    shutil.copytree(weights / "sd-vae", tmp_path / "sd-vae")
    (tmp_path / "sd-vae" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(EngineError, match="no whole VAE checkpoint"):
        read_vae(tmp_path / "sd-vae")
    vae = type(small_vae())(norm_num_groups=2, block_out_channels=(4,), latent_channels=4)
    vae.save_pretrained(tmp_path / "other")
    with pytest.raises(EngineError, match="4 channels at 1/1"):
        read_vae(tmp_path / "other")
