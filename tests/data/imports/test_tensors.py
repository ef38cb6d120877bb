"""Files of torch.save are read as arrays; code in them is refused by name and does not run."""

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.imports.errors import ImportRefused
from data.imports.tensors import safe_tensors

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    "dtype", ["float32", "float16", "bfloat16", "float64", "int64", "int32", "uint8", "bool"]
)
def test_tensors_come_back_as_arrays(dtype: str, tmp_path: Path) -> None:
    saved = [torch.randn(1, 8, 4, 4).mul(9).to(getattr(torch, dtype)) for _ in range(3)]
    torch.save(saved, tmp_path / "latents.pt")
    got = safe_tensors(tmp_path / "latents.pt")
    assert len(got) == 3
    for array, tensor in zip(got, saved, strict=True):
        wide = tensor.float() if dtype == "bfloat16" else tensor
        np.testing.assert_array_equal(array, wide.numpy())


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.transpose(0, 1),
        lambda t: t[1:, ::2],
        lambda t: t[:0],
        torch.nn.Parameter,
        lambda t: {"a": t, "b": (t, 3)},
    ],
)
def test_views_parameters_and_dicts_come_back(change: Callable[[Any], Any], tmp_path: Path) -> None:
    saved = change(torch.arange(24.0).reshape(4, 6))
    torch.save(saved, tmp_path / "x.pt")
    got = safe_tensors(tmp_path / "x.pt")
    if isinstance(saved, dict):
        assert got["b"][1] == 3
        saved, got = saved["a"], got["b"][0]
    np.testing.assert_array_equal(got, saved.detach().numpy())


class Evil:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self._path}",)


def test_code_is_refused_by_name_and_does_not_run(tmp_path: Path) -> None:
    torch.save([torch.zeros(2), Evil(tmp_path / "touched")], tmp_path / "x.pt")
    with pytest.raises(ImportRefused, match="system"):
        safe_tensors(tmp_path / "x.pt")
    assert not (tmp_path / "touched").exists()


def test_a_module_is_refused_by_name(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "x.pt")
    with pytest.raises(ImportRefused, match=r"torch\.nn\.modules\.linear\.Linear"):
        safe_tensors(tmp_path / "x.pt")


def test_the_old_format_is_named(tmp_path: Path) -> None:
    torch.save(torch.zeros(2), tmp_path / "x.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(ImportRefused, match=r"torch 1\.6"):
        safe_tensors(tmp_path / "x.pt")


def test_a_tensor_may_not_reach_beyond_its_storage(tmp_path: Path) -> None:
    torch.save(torch.zeros(2, 3), tmp_path / "x.pt")
    with zipfile.ZipFile(tmp_path / "x.pt") as old, zipfile.ZipFile(tmp_path / "y.pt", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[:-4] if "/data/" in name else content)
    with pytest.raises(ImportRefused, match="beyond its storage"):
        safe_tensors(tmp_path / "y.pt")


def test_compressed_parts_and_foreign_zips_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", pickle.dumps([1]))
    with pytest.raises(ImportRefused, match="compressed"):
        safe_tensors(tmp_path / "a.pt")
    with zipfile.ZipFile(tmp_path / "b.pt", "w") as archive:
        archive.writestr("readme", b"")
    with pytest.raises(ImportRefused, match=r"data\.pkl"):
        safe_tensors(tmp_path / "b.pt")
