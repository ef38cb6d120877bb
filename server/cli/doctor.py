"""What this machine has for ringtalk, what it lacks, and what to do about it.

In: the settings. Out: `Finding`s. Runs in the command's own process, and tries things rather
than guess: it opens a memfd, binds the port, asks PyAV for each encoder. Frees all it opens.
"""

import importlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from data.storage import require_writable
from runtime.settings import Settings
from server.cli.capacity_findings import capacity_findings
from server.cli.conversation_findings import conversation_findings
from server.cli.finding import Finding, State
from server.cli.ice_server_findings import ice_server_findings
from server.cli.network_findings import network_findings
from server.cli.online_findings import online_findings

if TYPE_CHECKING:
    from actors.weights import EngineNeeds

__all__ = ["Finding", "examine"]

PACKAGES: Final = {
    "aiortc": "WebRTC",
    "av": "encoding and decoding",
    "fastapi": "the HTTP API",
    "hibari-tts": "the English voice",
    "msgspec": "messages between actors",
    "numpy": "arrays",
    "onnxruntime": "models",
    "opencv-python-headless": "pictures",
    "posix-ipc": "shared memory",
    "soundfile": "sound files",
    "soxr": "sample rates",
    "uvicorn": "HTTP",
    "uvloop": "the event loop",
}
"""Distributions that no session can do without, and what for."""

_ENCODERS: Final = {
    "libopus": "sound of sessions",
    "libx264": "H264 pictures",
    "libvpx": "VP8 pictures",
    "aac": "sound of MP4 files",
}
_KERNEL_CALLS: Final[dict[str, Callable[[], int]]] = {
    "memfd_create": lambda: os.memfd_create("doctor"),
    "eventfd": lambda: os.eventfd(0),
    "pidfd_open": lambda: os.pidfd_open(os.getpid()),
}
_MB: Final = 1 << 20
_ROOM_MB: Final = 1024
"""For the built-in people's clips, which are prepared there, and an avatar or two."""
_GPU_SECONDS: Final = 10


def examine(settings: Settings, online: bool = False) -> list[Finding]:
    """Everything that is looked at, in the order in which it is told. online: the services of the
    settings too, each with one request."""
    return [
        _system(),
        _cores(),
        *[_package(name, purpose) for name, purpose in PACKAGES.items()],
        _ring(),
        *[_kernel(name, attempt) for name, attempt in _KERNEL_CALLS.items()],
        *capacity_findings(settings),
        *_encoders(),
        *_voices(),
        *conversation_findings(settings),
        *_faces(settings.cache_dir),
        _gpu(),
        _torch(),
        _port(settings),
        *network_findings(settings),
        *ice_server_findings(settings),
        *(online_findings(settings) if online else []),
        _cache(settings.cache_dir),
    ]


def _system() -> Finding:
    found = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    if sys.platform != "linux":
        return Finding("system", "missing", found, "ringtalk needs Linux, for memfd and eventfd")
    return Finding("system", "ok", found)


def _cores() -> Finding:
    count = len(os.sched_getaffinity(0))
    if count < 2:
        return Finding("cores", "warning", f"{count}", "two or more cores make sessions smoother")
    return Finding("cores", "ok", f"{count}")


def _package(name: str, purpose: str) -> Finding:
    try:
        return Finding(name, "ok", f"{version(name)} ({purpose})")
    except PackageNotFoundError:
        return Finding(name, "missing", f"not installed ({purpose})", f"pip install {name}")


def _ring() -> Finding:
    try:
        spec = importlib.util.find_spec("ringbuf._ring")
    except ImportError:
        spec = None
    if spec is None or spec.origin is None:
        advice = "install ringtalk itself: pip install . (needs a C compiler)"
        return Finding("ringbuf", "missing", "the C extension is not built", advice)
    return Finding("ringbuf", "ok", Path(spec.origin).name)


def _kernel(name: str, attempt: Callable[[], int]) -> Finding:
    try:
        os.close(attempt())
    except (OSError, AttributeError) as error:
        advice = "use Linux 5.3 or newer; in a container, allow the call in its seccomp profile"
        return Finding(name, "missing", str(error), advice)
    return Finding(name, "ok", "works")


def _encoders() -> list[Finding]:
    if importlib.util.find_spec("av") is None:
        return []
    from av.codec import codecs_available  # noqa: PLC0415 - heavy

    advice = "install the av wheel of PyPI, which carries it: pip install --only-binary av av"
    return [
        Finding(name, "ok", purpose)
        if name in codecs_available
        else Finding(name, "missing", f"absent ({purpose})", advice)
        for name, purpose in _ENCODERS.items()
    ]


def _voices() -> list[Finding]:
    english = importlib.util.find_spec("hibari") is not None
    espeak = importlib.util.find_spec("espeakng_loader") is not None
    return [
        Finding("voice hibari", "ok", "English")
        if english
        else Finding("voice hibari", "missing", "not installed", "pip install hibari-tts"),
        Finding("voice espeak", "ok", "over 100 languages, robotic; GPL-3")
        if espeak
        else Finding(
            "voice espeak",
            "warning",
            "not installed: no language but English can be spoken",
            "pip install espeakng-loader (GPL-3)",
        ),
    ]


def _faces(cache: Path) -> list[Finding]:
    """Each face engine: its look-ahead, which is what it adds to live speech, and its weights.
    Each avatar's own network: in which numbers it runs."""
    if importlib.util.find_spec("numpy") is None or importlib.util.find_spec("cv2") is None:
        return []
    from actors.weights import built, outlooks  # noqa: PLC0415 - numpy comes with it

    networks = [Finding(f"network {person}", "ok", how) for person, how in built(cache).items()]
    return [*(_face(outlook) for outlook in outlooks(cache)), *networks]


def _face(outlook: "EngineNeeds") -> Finding:
    name = f"face {outlook.engine}"
    ahead = f"looks {outlook.right_ms} ms ahead"
    missing = [
        held for held in outlook.needs if not (held.inventory.whole or held.wanted.with_avatar)
    ]
    if not outlook.needs:
        return Finding(name, "ok", f"{ahead}; needs no weights")
    if not missing:
        return _runnable(name, f"{ahead}; its weights are here")
    pull = f"ringtalk models pull {outlook.engine}"
    begun = any(held.inventory.found for held in outlook.needs if held.engines == (outlook.engine,))
    if begun:
        names = ", ".join(held.wanted.name for held in missing)
        return Finding(name, "warning", f"{ahead}; weights are not complete: {names}", pull)
    return Finding(name, "optional", f"{ahead}; no weights", pull)


def _runnable(name: str, found: str) -> Finding:
    lacking = [module for module in ("torch", "onnx") if importlib.util.find_spec(module) is None]
    if not lacking:
        return Finding(name, "ok", found)
    advice = "pip install 'ringtalk[neural]'"
    return Finding(name, "warning", f"{found}, but no {' and no '.join(lacking)}", advice)


def _gpu() -> Finding:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding("GPU", "optional", "none; none is needed")
    query = [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        asked = subprocess.run(
            query, capture_output=True, text=True, timeout=_GPU_SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        return Finding("GPU", "warning", f"nvidia-smi failed: {error}", "check the NVIDIA driver")
    return Finding("GPU", "ok", "; ".join(asked.stdout.splitlines()))


def _torch() -> Finding:
    try:
        installed = version("torch")
    except PackageNotFoundError:
        return Finding("torch", "optional", "not installed; only the neural faces need it")
    torch = importlib.import_module("torch")
    where = "with CUDA" if torch.cuda.is_available() else "without CUDA"
    return Finding("torch", "ok", f"{installed}, {where}")


def _port(settings: Settings) -> Finding:
    from server.cli.serve import CannotListen, listen  # noqa: PLC0415 - brings uvicorn and FastAPI

    name = f"port {settings.port}"
    try:
        with listen(settings):
            return Finding(name, "ok", f"free at {settings.host}")
    except CannotListen as error:
        return Finding(name, "warning", str(error), "stop the other program, or choose --port")


def _cache(folder: Path) -> Finding:
    advice = "set cache_dir (or XDG_CACHE_HOME) to a folder that can be written to and has room"
    try:
        require_writable(folder)
        free = shutil.disk_usage(folder).free // _MB
    except OSError as error:
        return Finding("cache_dir", "missing", str(error).split(";")[0], advice)
    state: State = "ok" if free >= _ROOM_MB else "warning"
    return Finding("cache_dir", state, f"{folder}, {free} MB free", "" if state == "ok" else advice)
