"""The doctor: it sees what is missing, and says what to do."""

import gc
import importlib
import importlib.util
import os
import resource
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from runtime.settings import Settings
from server.cli import capacity_findings, doctor
from server.cli.serve import listen
from server.sessions.resources import SESSION_DESCRIPTORS, descriptors_for

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


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
    assert all(found.advice for found in findings if found.state in ("warning", "missing"))
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
    monkeypatch.setattr(capacity_findings, "SHARED_MEMORY", tmp_path / "none")
    assert finding(str(tmp_path / "none"), settings).state == "missing"
    monkeypatch.setattr(capacity_findings, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(capacity_findings, "SESSION_BYTES", 1 << 60)
    found = finding(str(tmp_path), settings)
    assert (found.state, "--shm-size" in found.advice) == ("warning", True)


def test_few_descriptors(settings: Settings) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = descriptors_for(settings.max_calls)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed - 1, hard))
        found = finding("descriptors", settings)
        assert (found.state, found.found) == (
            "warning",
            f"{needed - 1} (may be raised to {hard})",
        )
        assert f"ulimit -n {needed}" in found.advice
        assert f"a session needs up to {SESSION_DESCRIPTORS}" in found.advice
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        assert finding("descriptors", settings).state == "ok"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


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


RIGHT_MS = {
    "builtin": 80,
    "wav2lip": 140,
    "wav2lip256": 140,
    "ultralight": 140,
    "musetalk": 80,
    "musetalk1": 80,
}


@pytest.mark.parametrize("engine", RIGHT_MS)
def test_each_engine_says_how_far_it_looks_ahead(engine: str, settings: Settings) -> None:
    found = finding(f"face {engine}", settings)
    assert found.state == ("ok" if engine == "builtin" else "optional")
    assert found.found.startswith(f"looks {RIGHT_MS[engine]} ms ahead; ")
    if engine != "builtin":
        assert found.found.endswith("no weights")
        assert found.advice == f"ringtalk models pull {engine}"


def _lay(settings: Settings, *paths: str) -> None:
    for path in paths:
        file = settings.cache_dir / "models" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def test_weights_that_are_there_in_part_and_whole(settings: Settings) -> None:
    _lay(
        settings, "musetalkV15/musetalk.json", "musetalkV15/unet.safetensors", "whisper/config.json"
    )
    found = finding("face musetalk", settings)
    assert (found.state, found.advice) == ("warning", "ringtalk models pull musetalk")
    assert found.found.endswith("weights are not complete: sd-vae, whisper")
    assert finding("face musetalk1", settings).state == "optional"
    _lay(settings, "whisper/model.safetensors", "whisper/preprocessor_config.json")
    _lay(settings, "sd-vae-ft-mse/config.json", "sd-vae-ft-mse/diffusion_pytorch_model.bin")
    found = finding("face musetalk", settings)
    assert (found.state, found.found) == ("ok", "looks 80 ms ahead; its weights are here")


def test_weights_without_torch(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torch" else find_spec(name)
    )
    _lay(settings, "wav2lip256.pth")
    found = finding("face wav2lip256", settings)
    assert (found.state, found.advice) == ("warning", "pip install 'ringtalk[neural]'")
    assert found.found == "looks 140 ms ahead; its weights are here, but no torch"


def test_the_faces_are_looked_at_without_torch(settings: Settings) -> None:
    check = (
        "import sys; from pathlib import Path; from actors.weights import outlooks\n"
        f"outlooks(Path({str(settings.cache_dir)!r}))\n"
        "sys.exit(f\"imported {heavy}\" if (heavy := {'torch', 'transformers', 'diffusers', "
        "'onnxruntime', 'huggingface_hub'} & set(sys.modules)) else 0)"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_it_tells_in_which_numbers_an_avatar_s_network_runs(settings: Settings) -> None:
    folder = settings.cache_dir / "models/exported/ultralight/anna/0123"
    folder.mkdir(parents=True)
    said = '{"int8":true,"decibels":41.26,"part":0.38,"why":"near enough"}'
    (folder / "verdict.json").write_text(said)
    found = finding("network anna", settings)
    assert (found.state, found.found) == (
        "ok",
        "runs in int8: int8 is 41.3 dB from float32 in the worst face, and takes 0.38 of its "
        "time (near enough)",
    )


def test_servers_of_sessions_that_do_not_answer_are_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.egress.ice.ice_servers.PROBE_SECONDS", 0.1)
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"stun:127.0.0.1:{silent.getsockname()[1]}"
        asked = Settings(**{**settings.model_dump(), "ice_servers": [url, "stuns:a.example"]})
        found = {found.name: found for found in doctor.examine(asked)}
    assert (found[url].state, found[url].found) == (
        "warning",
        "does not answer: sessions go without it",
    )
    assert found["stuns:a.example"].found == "cannot be asked, and is left out"
