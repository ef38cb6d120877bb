"""Weights files: good ones, broken ones, and ones that would run code."""

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from models.face.weights import WeightsError, find_weights, load_weights, read_weights


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.norm = nn.BatchNorm1d(3)


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def test_a_file_from_before_the_archives_is_read(tmp_path: Path) -> None:
    saved = Small().state_dict()
    torch.save(saved, tmp_path / "small.pth", _use_new_zipfile_serialization=False)
    assert read_weights(tmp_path / "small.pth").keys() == saved.keys()


def test_a_large_file_is_mapped_not_read(tmp_path: Path) -> None:
    torch.save({"large": torch.zeros(1 << 24)}, tmp_path / "large.pth")
    (large,) = read_weights(tmp_path / "large.pth").values()
    maps = Path("/proc/self/maps").read_text()
    assert str(tmp_path / "large.pth") in maps
    assert large.shape == (1 << 24,)


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_a_network_outlives_its_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"small.{suffix}"
    saved = {"weight": torch.ones(1 << 10, 1 << 10), "bias": torch.ones(1 << 10)}
    if suffix == "safetensors":
        save_file(saved, path)
    else:
        torch.save(saved, path)
    with torch.device("meta"):
        network = nn.Linear(1 << 10, 1 << 10)
    load_weights(network, path)
    os.truncate(path, 0)
    assert network.weight.sum() == 1 << 20


@pytest.mark.parametrize("suffix", ["pth", "pt", "bin", "safetensors"])
@pytest.mark.parametrize("meta", [False, True])
def test_weights_come_back_as_they_were_saved(tmp_path: Path, suffix: str, meta: bool) -> None:
    saved = Small()
    path = tmp_path / f"small.{suffix}"
    if suffix == "safetensors":
        save_file(saved.state_dict(), path)
    else:
        torch.save(saved.state_dict(), path)
    with torch.device("meta" if meta else "cpu"):
        network = Small()
    load_weights(network, path)
    for key, value in saved.state_dict().items():
        assert torch.equal(network.state_dict()[key], value)


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "params"])
def test_what_training_wraps_around_is_taken_off(tmp_path: Path, wrapper: str | None) -> None:
    saved = Small().state_dict()
    state = {f"module.{key}": value for key, value in saved.items()}
    optimizer = {"state": {0: {"step": torch.zeros(())}}, "param_groups": [{"lr": 1e-3}]}
    held = state if wrapper is None else {"epoch": 3, wrapper: state, "optimizer": optimizer}
    torch.save(held, tmp_path / "small.pth")
    read = read_weights(tmp_path / "small.pth")
    assert read.keys() == saved.keys()


def test_every_key_and_shape_that_is_wrong_is_named(tmp_path: Path) -> None:
    state = Small().state_dict()
    state["first.weight"] = torch.zeros(3, 5)
    state["second.bias"] = state.pop("first.bias")
    torch.save(state, tmp_path / "small.pth")
    with pytest.raises(WeightsError) as told:
        load_weights(Small(), tmp_path / "small.pth")
    message = str(told.value)
    assert "not weights of Small" in message
    assert "missing first.bias [3]" in message
    assert "unexpected second.bias [3]" in message
    assert "first.weight has shape [3, 5], wanted [3, 2]" in message
    assert message.count(";") == 2


def test_a_long_list_of_problems_is_cut(tmp_path: Path) -> None:
    torch.save({f"layer{n}": torch.zeros(1) for n in range(40)}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"and 23 more$"):
        load_weights(Small(), tmp_path / "other.pth")


def test_a_file_that_would_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    torch.save({"first": Evil(trace)}, tmp_path / "evil.pth")
    with pytest.raises(WeightsError, match=r"refused.*system"):
        read_weights(tmp_path / "evil.pth")
    assert not trace.exists()


@pytest.mark.parametrize("name", ["x.pth", "x.safetensors"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half an archive", b"\x80\x02nonsense"])
def test_broken_files_are_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=name):
        read_weights(tmp_path / name)


@pytest.mark.parametrize("held", [[torch.zeros(1)], {"a": 3}, {}, {1: torch.zeros(1)}])
def test_what_is_no_state_dict_is_refused(tmp_path: Path, held: object) -> None:
    torch.save(held, tmp_path / "x.pth")
    with pytest.raises(WeightsError, match="tensor"):
        read_weights(tmp_path / "x.pth")


def test_a_file_that_is_not_there_or_not_known(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such weights file"):
        read_weights(tmp_path / "none.pth")
    with pytest.raises(WeightsError, match=r"weights end in \.safetensors"):
        read_weights(tmp_path / "weights.onnx")
    with pytest.raises(WeightsError, match=r"no weights face\.safetensors or face\.pth"):
        find_weights(tmp_path, "face")


def test_safetensors_come_first(tmp_path: Path) -> None:
    for suffix in ("pth", "safetensors"):
        (tmp_path / f"face.{suffix}").touch()
    assert find_weights(tmp_path, "face").suffix == ".safetensors"
