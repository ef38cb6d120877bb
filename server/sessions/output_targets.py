"""Where an output may lead, and how that is shown to people.

In: what a client asks for, and the settings. Out: an `OutputTarget`, or OutputRefused. A client of
the API may not have this server connect to whom it likes, nor write where it likes: hosts are those
of the setting `output_hosts` and this machine, files lie in `output_folder`. Runs in the
supervisor's process. Owns nothing.
"""

import importlib.util
import re
import secrets
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from runtime.errors import OutputRefused
from runtime.messages import OutputTarget
from runtime.output_kinds import ABSTRACT, FILE_FORMATS, SCHEMES, OutputKind
from runtime.settings import Settings
from server.sessions.loopback import is_loopback

URL: Final = re.compile(r"([a-z]+)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[!-~]*)?")
"""Letters that all readers of URLs take for the same: no user, no backslash, no space."""
DEVICE: Final = re.compile(r"/dev/video[0-9]{1,3}")
NAME: Final = re.compile(r"[^/\\\0.][^/\\\0]{0,127}")
DEVICES: Final = Path("/sys/devices/virtual/video4linux")
"""Where v4l2loopback's devices are (a webcam is elsewhere)."""
HIDDEN: Final = "…"


def target_of(kind: OutputKind, url: str, token: str, settings: Settings) -> OutputTarget:
    """What a client asks for, checked. Raises OutputRefused."""
    if kind == "file":
        return OutputTarget(kind, str(_file(url, settings.output_folder)))
    if kind == "virtualcam":
        return _camera(url)
    if kind == "ticks":
        return OutputTarget(kind, f"{ABSTRACT}ringtalk-{secrets.token_hex(16)}")
    if kind == "livekit":
        _require_livekit()
    host = _host(kind, url)
    if not (is_loopback(host) or host in settings.output_hosts or "*" in settings.output_hosts):
        named = ", ".join(settings.output_hosts) or "this machine only"
        raise OutputRefused(
            f"url: outputs may not lead to {host!r}; allowed: {named} (setting output_hosts)"
        )
    return OutputTarget(kind, url, token)


def own_target(kind: OutputKind, url: str, token: str) -> OutputTarget:
    """The operator's own (setting push_url), which may lead anywhere. Raises OutputRefused."""
    if kind == "virtualcam":
        return _camera(url)
    _host(kind, url)
    return OutputTarget(kind, url, token)


def shown(target: OutputTarget) -> str:
    """For lists, events and logs: without a query, and without the last part of the path, which is
    a stream's key; of a file its name."""
    if target.kind == "file":
        return Path(target.url).name
    if target.kind in ("virtualcam", "ticks"):
        return target.url
    parts = urlsplit(target.url)
    folder, _, key = parts.path.rpartition("/")
    return f"{parts.scheme}://{parts.netloc}{folder}/{HIDDEN if key or parts.query else ''}"


def _host(kind: OutputKind, url: str) -> str:
    match = URL.fullmatch(url)
    schemes = SCHEMES[kind]
    if match is None or match[1] not in schemes:
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        raise OutputRefused(
            f"url: an output of kind {kind!r} needs {wanted}HOST[:PORT]/PATH, without a user "
            "before the host"
        )
    return match[2].strip("[]").lower()


def _file(name: str, folder: Path | None) -> Path:
    if folder is None:
        raise OutputRefused("kind: files are not written here (setting output_folder)")
    ends = ", ".join(FILE_FORMATS)
    if NAME.fullmatch(name) is None or Path(name).suffix.lower() not in FILE_FORMATS:
        raise OutputRefused(f"url: a file's is its name, without a folder, ending in {ends}")
    if not folder.is_dir():
        raise OutputRefused("url: the folder of the setting output_folder is not there")
    path = folder.absolute() / name
    if path.exists() or path.is_symlink():
        raise OutputRefused(f"url: there is a file {name!r} already")
    return path


def _require_livekit() -> None:
    found = importlib.util.find_spec("livekit")  # a namespace: others have a part of it too
    if found is None or importlib.util.find_spec("livekit.rtc") is None:
        raise OutputRefused(
            "livekit: a LiveKit room needs livekit: pip install 'ringtalk[livekit]'"
        )


def _camera(device: str) -> OutputTarget:
    if device and DEVICE.fullmatch(device) is None:
        raise OutputRefused("url: a virtual camera's is empty or its device, such as /dev/video10")
    if importlib.util.find_spec("pyvirtualcam") is None:
        raise OutputRefused(
            "kind: a virtual camera needs pyvirtualcam: pip install 'ringtalk[virtualcam]'"
        )
    if not DEVICES.is_dir() or not any(DEVICES.iterdir()):
        raise OutputRefused(
            "kind: this machine has no virtual camera: load the kernel's module v4l2loopback "
            "(modprobe v4l2loopback)"
        )
    return OutputTarget("virtualcam", device)
