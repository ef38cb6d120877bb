"""Services that speak, opened by what the settings say of them.

In: a `TtsService`. Out: a `Speaker`. Imports the clients only of the kind that is opened.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from data.services import TtsKind, TtsService
from models.voice.errors import VoiceMissing
from models.voice.remote.service_stream import ServiceStream
from models.voice.remote.speaker import RemoteSpeaker
from models.voice.remote.table import HTTP
from models.voice.speech import Speaker

SOCKETS: Final[tuple[TtsKind, ...]] = ("edge", "tencent")
KINDS: Final[tuple[TtsKind, ...]] = (*HTTP, *SOCKETS)
"""What `open_speaker` opens."""
EDGE: Final = "pip install 'ringtalk[edge]'"
_HEADER_SAFE: Final = re.compile(r"[\x21-\x7e]*")
_WEB: Final = re.compile(r"https?://[^/\s]+\S*")
_SOCKET: Final = re.compile(r"wss?://[^/\s]+\S*")


def open_speaker(service: TtsService) -> Speaker:
    """A service as a voice; nothing is sent before the first sentence.

    Raise VoiceMissing, saying what is needed: a kind that is no service elsewhere, an address
    that is none or missing, a key that no header can carry, a package that is not installed.
    """
    if not _HEADER_SAFE.fullmatch(service.key):
        raise VoiceMissing(f"TTS service {service.name}: the key has characters that no key has")
    if service.kind in HTTP:
        return RemoteSpeaker(service, _http(service))
    if service.kind in SOCKETS:
        return RemoteSpeaker(service, _socket(service))
    raise VoiceMissing(
        f"TTS service {service.name}: {service.kind!r} is no service elsewhere; those are "
        f"{', '.join(sorted(KINDS))}"
    )


def _http(service: TtsService) -> ServiceStream:
    # httpx takes 0.1 s to import: only who uses a service over HTTP loads it.
    from models.voice.remote.http import HttpStream  # noqa: PLC0415

    row = HTTP[service.kind]
    if not service.url and "{region}" in row.base and not re.fullmatch("[a-z0-9]+", service.region):
        raise VoiceMissing(f"TTS service {service.name}: set region (such as westeurope), or url")
    return HttpStream(service, row, _address(service, row.base.format(region=service.region)))


def _socket(service: TtsService) -> ServiceStream:
    # As above, for the WebSocket client; and edge-tts is an extra.
    from models.voice.remote import sockets, tencent  # noqa: PLC0415

    if service.kind == "tencent":
        row = sockets.SocketProtocol(tencent.talk, tencent.hear, tencent.BASE, tencent.RATE)
        return sockets.SocketStream(service, row, _address(service, row.base))
    try:
        from models.voice.remote import edge  # noqa: PLC0415
    except ImportError as missing:
        raise VoiceMissing(
            f"TTS service {service.name}: edge-tts is not installed: {EDGE}"
        ) from missing
    row = sockets.SocketProtocol(edge.talk, edge.hear, edge.BASE)
    return sockets.SocketStream(service, row, _address(service, row.base))


def _address(service: TtsService, public: str) -> str:
    url = (service.url or public).rstrip("/")
    allowed = _SOCKET if service.kind in SOCKETS else _WEB
    if not url:
        raise VoiceMissing(f"TTS service {service.name}: set url, {service.kind} has no public one")
    if not allowed.fullmatch(url) or not _has_port(url):
        schemes = "ws:// or wss://" if service.kind in SOCKETS else "http:// or https://"
        raise VoiceMissing(
            f"TTS service {service.name}: url must be {schemes}host:port/path: {url!r}"
        )
    return url


def _has_port(url: str) -> bool:
    """Whether the port, said or not, is one."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False
