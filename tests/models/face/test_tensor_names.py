"""Names of tensors are read from every format without torch, and from nothing that is broken."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from models.face.tensor_names import tensor_names

STATE = {"a.weight": torch.zeros(2, 3), "module.b.bias": torch.zeros(4)}


def test_names_in_every_format(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "x.safetensors")
    torch.save({"state_dict": STATE, "step": 7}, tmp_path / "x.pth")
    torch.save(STATE, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    for name in ("x.safetensors", "x.pth", "old.pth"):
        assert STATE.keys() <= tensor_names(tmp_path / name), name


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", bytes(100), b"\xff" * 100, json.dumps({"a": 1}).encode()]
)
@pytest.mark.parametrize("name", ["x.safetensors", "x.pth"])
def test_what_is_broken_has_none(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert tensor_names(tmp_path / name) == frozenset()


def test_what_is_not_there_has_none(tmp_path: Path) -> None:
    assert tensor_names(tmp_path / "x.pth") == frozenset()


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    (tmp_path / "x.pth").write_bytes(b"cposix\nsystem\n(S'touch /nowhere'\ntR.")
    assert "posix system" in tensor_names(tmp_path / "x.pth")
