"""Converting weights: the same numbers under the same names, or no file at all."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch as safetensors_torch
import torch
from transformers import HubertModel

from models.face.convert import convert, default_target
from models.face.wav2lip.network import SIZE_96
from models.face.weights import WeightsError, read_weights
from tests.models.face import tiny
from tests.models.face.encoders.checkpoints import save_hubert


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_training_checkpoint_becomes_weights_that_the_engine_renders_the_same(
    tmp_path: Path,
) -> None:
    tiny.save_wav2lip(tmp_path, "wav2lip", SIZE_96.narrowed(tiny.NARROW))
    features = np.random.default_rng(1).normal(size=(1, 80, 16)).astype(np.float32)

    def face() -> bytes:
        engine = tiny.wav2lip(tmp_path, "wav2lip", 96)
        avatar = engine.bind(tiny.clip_for("wav2lip", engine.face))
        return tiny.render(engine, features, [avatar], [0]).tobytes()

    before = face()
    made = convert(tmp_path / "wav2lip.pth")
    assert made.path == tmp_path / "wav2lip.safetensors"
    assert made.path.stat().st_mode & 0o777 == 0o644
    (tmp_path / "wav2lip.pth").unlink()
    assert face() == before
    assert not any(key.startswith("module.") for key in read_weights(made.path))
    assert names(tmp_path) == ["wav2lip.safetensors"]


def test_every_kind_of_number_and_shape_is_kept_bit_for_bit(tmp_path: Path) -> None:
    state = {
        "half": torch.randn(3, 4).half(),
        "brain": torch.randn(2).bfloat16(),
        "whole": torch.arange(5),
        "one": torch.tensor(7),
        "none": torch.zeros(0, 3),
        "odd": torch.tensor([float("nan"), float("inf"), -0.0]),
        "turned": torch.randn(4, 6).T,
    }
    torch.save(state, tmp_path / "x.pt")
    made = convert(tmp_path / "x.pt", tmp_path / "new" / "y.safetensors")
    assert (made.tensors, made.numbers) == (7, 3 * 4 + 2 + 5 + 1 + 0 + 3 + 24)
    held = safetensors_torch.load_file(made.path)
    assert set(held) == set(state)
    for key, tensor in state.items():
        assert held[key].dtype == tensor.dtype
        assert held[key].shape == tensor.shape
        assert torch.equal(held[key].nan_to_num(), tensor.nan_to_num())


def test_tensors_that_share_memory_become_their_own(tmp_path: Path) -> None:
    both = torch.randn(4, 4)
    torch.save({"a": both, "b": both, "row": both[1], "alone": torch.ones(2)}, tmp_path / "x.pth")
    made = convert(tmp_path / "x.pth")
    assert made.shared == 2
    held = safetensors_torch.load_file(made.path)
    assert torch.equal(held["a"], both)
    assert torch.equal(held["b"], both)
    assert torch.equal(held["row"], both[1])


def test_a_slice_of_a_large_tensor_does_not_bring_it_along(tmp_path: Path) -> None:
    torch.save({"row": torch.randn(1000, 100)[3]}, tmp_path / "x.pth")
    assert convert(tmp_path / "x.pth").path.stat().st_size < 1000


@pytest.mark.parametrize(
    ("name", "config", "target"),
    [
        ("unet.pth", None, "unet.safetensors"),
        ("pytorch_model.bin", None, "pytorch_model.safetensors"),
        ("pytorch_model.bin", {"in_channels": 8}, "pytorch_model.safetensors"),
        ("pytorch_model.bin", {"model_type": "hubert"}, "model.safetensors"),
        ("diffusion_pytorch_model.bin", {}, "diffusion_pytorch_model.safetensors"),
    ],
)
def test_the_new_name_is_one_that_its_engine_looks_for(
    name: str, config: dict[str, object] | None, target: str, tmp_path: Path
) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    assert default_target(tmp_path / name) == tmp_path / target


def test_a_converted_checkpoint_is_the_same_to_transformers(tmp_path: Path) -> None:
    save_hubert(tmp_path)
    state = safetensors_torch.load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    published = {f"hubert.{key}": value for key, value in state.items()}
    torch.save(published, tmp_path / "pytorch_model.bin")
    assert convert(tmp_path / "pytorch_model.bin").path.name == "model.safetensors"
    (tmp_path / "pytorch_model.bin").unlink()
    held = HubertModel.from_pretrained(tmp_path, local_files_only=True).state_dict()
    assert set(held) == set(state)
    assert all(torch.equal(held[key], tensor) for key, tensor in state.items())


def test_what_is_there_is_replaced_only_when_asked_to(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "x.pth")
    (tmp_path / "x.safetensors").write_bytes(b"mine")
    with pytest.raises(WeightsError, match="there already; --replace"):
        convert(tmp_path / "x.pth")
    assert (tmp_path / "x.safetensors").read_bytes() == b"mine"
    convert(tmp_path / "x.pth", replace=True)
    assert torch.equal(read_weights(tmp_path / "x.safetensors")["a"], torch.ones(2))


def test_what_cannot_be_converted_says_so(tmp_path: Path) -> None:
    safetensors_torch.save_file({"a": torch.ones(2)}, tmp_path / "a.safetensors")
    torch.save({"a": torch.ones(2)}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="is safetensors already"):
        convert(tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match=r"to a file ending in \.safetensors"):
        convert(tmp_path / "a.pth", tmp_path / "a.onnx")
    with pytest.raises(WeightsError, match="no such weights file"):
        convert(tmp_path / "none.pth")
    (tmp_path / "broken.pth").write_bytes(b"PK\x03\x04 half an archive")
    with pytest.raises(WeightsError, match=r"broken\.pth"):
        convert(tmp_path / "broken.pth")
    assert names(tmp_path) == ["a.pth", "a.safetensors", "broken.pth"]


def test_a_file_that_would_run_code_is_not_converted(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "ran"),)

    torch.save({"a": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(WeightsError, match="refused"):
        convert(tmp_path / "evil.pth")
    assert names(tmp_path) == ["evil.pth"]


def test_a_file_that_reads_back_otherwise_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "x.pth")
    real = safetensors_torch.save_file

    def spoil(state: dict[str, object], file: Path, metadata: dict[str, str]) -> None:
        real({"a": torch.zeros(2)}, file, metadata)

    monkeypatch.setattr(safetensors_torch, "save_file", spoil)
    with pytest.raises(WeightsError, match="a was not read back as it was written"):
        convert(tmp_path / "x.pth")
    assert names(tmp_path) == ["x.pth"]


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "x.pth")
    (tmp_path / "file").touch()
    with pytest.raises(WeightsError, match="cannot be written"):
        convert(tmp_path / "x.pth", tmp_path / "file" / "x.safetensors")
