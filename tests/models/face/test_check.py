"""Checking weights: each network is known by its keys, and every wrong one is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.face.check import WeightsVerdict, check, weights_files
from models.face.engine import EngineError
from models.face.kinds import KINDS, ultralight, wav2lip
from models.face.musetalk.networks import read_vae
from models.face.wav2lip.network import SIZE_96, SIZE_256
from models.face.weights import StateDict, WeightsError, own, read_weights
from perf.faces.gpu_networks import UNET
from tests.models.face import tiny
from tests.models.face.encoders.checkpoints import save_hubert, save_whisper
from tests.models.face.musetalk.musetalk_weights import save_musetalk

NARROW_96: Final = SIZE_96.narrowed(tiny.NARROW)
NARROW_256: Final = SIZE_256.narrowed(tiny.NARROW)
SMALL: Final = (
    wav2lip(NARROW_96, "wav2lip"),
    wav2lip(NARROW_256, "wav2lip256"),
    ultralight(tiny.WIDTHS),
    *KINDS[3:],
)
"""The same kinds, those without a config beside their file as small as the tests' networks."""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights with everything in it."""
    home = tmp_path_factory.mktemp("weights")
    save_musetalk(home)
    save_hubert(home / "hubert-large-ls960-ft")
    tiny.save_wav2lip(home, "wav2lip", NARROW_96)
    tiny.save_wav2lip(home, "wav2lip256", NARROW_256)
    tiny.save_ultralight(home)
    return home


def known(verdict: WeightsVerdict) -> tuple[str, ...]:
    return verdict.kind.engines


def test_each_network_is_known_by_its_keys(weights: Path) -> None:
    verdicts = [check(path, kinds=SMALL) for path in weights_files(weights)]
    assert {verdict.path.relative_to(weights).parts[0]: known(verdict) for verdict in verdicts} == {
        "hubert-large-ls960-ft": ("ultralight",),
        "musetalk": ("musetalk", "musetalk1"),
        "musetalkV15": ("musetalk", "musetalk1"),
        "sd-vae": ("musetalk", "musetalk1"),
        "ultralight": ("ultralight",),
        "wav2lip.pth": ("wav2lip",),
        "wav2lip256.pth": ("wav2lip256",),
        "whisper": ("musetalk", "musetalk1"),
    }
    assert [verdict.problems for verdict in verdicts] == [()] * 8
    assert all(verdict.numbers > 1000 for verdict in verdicts)


def test_every_wrong_key_is_named(weights: Path, tmp_path: Path) -> None:
    state = own(read_weights(weights / "wav2lip256.pth"))
    shape = list(state.pop("output_block.1.bias").shape)
    state["more"] = torch.zeros(2, 3)
    state["output_block.1.weight"] = torch.zeros(5)
    save_file(state, tmp_path / "x.safetensors")
    verdict = check(tmp_path / "x.safetensors", kinds=SMALL)
    assert known(verdict) == ("wav2lip256",)
    assert verdict.problems == (
        f"missing output_block.1.bias {shape}",
        "unexpected more [2, 3]",
        "output_block.1.weight has shape [5], wanted [3, 4, 1, 1]",
    )


def test_more_problems_than_a_message_holds_are_all_told(weights: Path) -> None:
    verdict = check(weights / "wav2lip256.pth", "wav2lip", SMALL)
    assert known(verdict) == ("wav2lip",)
    assert len(verdict.problems) > 100


def test_an_engine_has_only_its_networks(weights: Path) -> None:
    assert check(weights / "sd-vae" / "diffusion_pytorch_model.safetensors", "musetalk").kind.mark
    with pytest.raises(WeightsError, match=r"no network here has keys like .*MuseTalk's U-Net"):
        check(weights / "wav2lip.pth", "musetalk", SMALL)


def test_a_stranger_is_told_what_is_known(tmp_path: Path) -> None:
    save_file({"transformer.h.0.weight": torch.zeros(2)}, tmp_path / "gpt.safetensors")
    with pytest.raises(WeightsError, match=r"keys like transformer\.h\.0\.weight; known are Wav2"):
        check(tmp_path / "gpt.safetensors")
    verdict = check(tmp_path / "gpt.safetensors", "wav2lip")
    assert "unexpected transformer.h.0.weight [2]" in verdict.problems


def test_a_unet_without_its_config_is_compared_with_the_published_one(tmp_path: Path) -> None:
    save_file({"down_blocks.0.x": torch.zeros(1)}, tmp_path / "unet.safetensors")
    alone = check(tmp_path / "unet.safetensors")
    (tmp_path / "musetalk.json").write_text(json.dumps(UNET))
    assert check(tmp_path / "unet.safetensors").problems == alone.problems
    assert len(alone.problems) == 687


Rename = Callable[[str], str]


def _old_vae(key: str) -> str:
    for new, old in (("to_q", "query"), ("to_k", "key"), ("to_v", "value")):
        key = key.replace(f".{new}.", f".{old}.")
    return key.replace(".to_out.0.", ".proj_attn.")


def _old_hubert(key: str) -> str:
    key = key.replace("parametrizations.weight.original0", "weight_g")
    return "hubert." + key.replace("parametrizations.weight.original1", "weight_v")


def _renamed(file: Path, rename: Rename, more: StateDict) -> None:
    state = load_file(file)
    new = {rename(key): tensor for key, tensor in state.items()}
    assert set(new) != set(state)
    save_file({**new, **more}, file, metadata={"format": "pt"})


def test_the_vae_with_the_names_under_which_it_is_published(tmp_path: Path) -> None:
    save_musetalk(tmp_path)
    file = tmp_path / "sd-vae" / "diffusion_pytorch_model.safetensors"
    before = read_vae(tmp_path / "sd-vae").state_dict()
    _renamed(file, _old_vae, {})
    assert check(file).problems == ()
    after = read_vae(tmp_path / "sd-vae").state_dict()
    assert all(torch.equal(after[key], tensor) for key, tensor in before.items())


def test_ultralight_with_the_names_of_its_later_training_script(tmp_path: Path) -> None:
    tiny.save_ultralight(tmp_path)
    state = own(read_weights(tmp_path / "ultralight" / "anna.pth"))
    later = {key.replace("maxpool_conv.0.", "maxpool_conv."): state[key] for key in state}
    assert set(later) != set(state)
    torch.save(later, tmp_path / "later.pth")
    assert check(tmp_path / "later.pth", kinds=SMALL).problems == ()


def test_hubert_with_the_names_under_which_it_is_published(tmp_path: Path) -> None:
    save_hubert(tmp_path)
    head = {"lm_head.weight": torch.zeros(8, 32), "lm_head.bias": torch.zeros(8)}
    _renamed(tmp_path / "model.safetensors", _old_hubert, head)
    assert check(tmp_path / "model.safetensors").problems == ()


def test_whisper_with_its_decoder_and_the_names_under_which_it_is_published(
    tmp_path: Path,
) -> None:
    save_whisper(tmp_path)
    _renamed(tmp_path / "model.safetensors", "model.{}".format, {"proj_out.weight": torch.ones(2)})
    assert check(tmp_path / "model.safetensors").problems == ()


def test_a_config_that_is_missing_or_wrong(tmp_path: Path) -> None:
    save_whisper(tmp_path)
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace('"d_model": 16', '"d_model": "wide"'))
    with pytest.raises(EngineError, match="its config makes no network"):
        check(tmp_path / "model.safetensors")
    config.unlink()
    with pytest.raises(EngineError, match=r"config\.json: missing"):
        check(tmp_path / "model.safetensors")


def test_a_vae_without_its_config(tmp_path: Path) -> None:
    save_file({"decoder.up_blocks.0.x": torch.zeros(1)}, tmp_path / "vae.safetensors")
    with pytest.raises(EngineError, match=r"config\.json: missing or broken"):
        check(tmp_path / "vae.safetensors")


def test_a_folder_without_weights(tmp_path: Path) -> None:
    (tmp_path / ".unet.pth.0123.part").touch()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "unet.pth").touch()
    with pytest.raises(WeightsError, match=r"no file in this folder ends in \.safetensors"):
        weights_files(tmp_path)
    assert weights_files(tmp_path / "any.pth") == [tmp_path / "any.pth"]
