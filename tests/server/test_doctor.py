"""The doctor: it sees what is missing, and says what to do."""

import gc
import importlib
import os
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from runtime.settings import Settings
from server import doctor
from server.serve import listen

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(port=0, cache_dir=tmp_path / "cache")


def finding(name: str, settings: Settings) -> doctor.Finding:
    [found] = [found for found in doctor.examine(settings) if found.name == name]
    return found


def test_all_that_is_wrong_has_an_advice(settings: Settings) -> None:
    findings = doctor.examine(settings)
    names = [found.name for found in findings]
    assert len(set(names)) == len(names)
    assert all(found.advice for found in findings if found.state != "ok")
    assert all(found.found for found in findings)


def test_the_packages_are_those_of_the_base_install() -> None:
    wanted = tomllib.loads(PYPROJECT.read_text())["project"]["dependencies"]
    assert set(doctor.PACKAGES) <= {line.partition(">")[0] for line in wanted}


def test_a_missing_package(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "soxr":
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(doctor, "version", version)
    monkeypatch.setattr(importlib, "import_module", _no_torch)
    found = finding("soxr", settings)
    assert (found.state, found.advice) == ("missing", "pip install soxr")


class _Cuda:
    @staticmethod
    def is_available() -> bool:
        return False


class _Torch:
    cuda = _Cuda


def _no_torch(name: str) -> type[_Torch]:
    assert name == "torch"
    return _Torch


def test_a_kernel_that_refuses(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    found = finding("pidfd_open", settings)
    assert found.state == "missing"
    assert "seccomp" in found.advice


def test_no_and_little_shared_memory(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "_SHM", tmp_path / "none")
    assert finding(str(tmp_path / "none"), settings).state == "missing"
    monkeypatch.setattr(doctor, "_SHM", tmp_path)
    monkeypatch.setattr(doctor, "_SHM_ENOUGH_MB", 1 << 40)
    found = finding(str(tmp_path), settings)
    assert (found.state, "--shm-size" in found.advice) == ("warning", True)


def test_a_port_in_use(settings: Settings) -> None:
    with listen(settings) as taken:
        port = taken.getsockname()[1]
        found = finding(f"port {port}", settings.model_copy(update={"port": port}))
    assert found.state == "warning"


def test_a_cache_that_cannot_be_written(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    found = finding("cache_dir", settings.model_copy(update={"cache_dir": file / "cache"}))
    assert found.state == "missing"


def test_nothing_is_left_open(settings: Settings) -> None:
    doctor.examine(settings)
    gc.collect()
    before = os.listdir("/proc/self/fd")
    doctor.examine(settings)
    assert os.listdir("/proc/self/fd") == before
