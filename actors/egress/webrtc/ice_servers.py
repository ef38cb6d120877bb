"""The STUN and TURN servers of the settings: asked for no longer than an offer can wait.

In: a connection whose offer is read, or the servers alone. Out: which of them did not answer.
Runs in the egress process's event loop, and in `ringtalk doctor`; owns no connection but those
with which `probe` asks, which it closes.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aioice import Connection
from aiortc import RTCIceServer, RTCPeerConnection
from aiortc.rtcicetransport import connection_kwargs

from actors.egress.webrtc.transports import ice_connections
from runtime.messages import IceAddress

logger = logging.getLogger(__name__)

GATHER_SECONDS: Final = 0.2
"""An offer waits so long for servers. aioice's own limit is 5 s, for every offer."""
PROBE_SECONDS: Final = 3.0
_KINDS: Final = {"stun": "srflx", "turn": "relay"}
"""What a server's answer becomes: the candidate types of RFC 8445."""


def usable(server: IceAddress) -> list[str]:
    """The URLs of `server` that can be asked: aioice knows stun, turn, and turns over TCP."""
    return [url for url in server.urls if _arguments(server, url)]


def rtc_servers(servers: tuple[IceAddress, ...]) -> list[RTCIceServer]:
    """aiortc's form of the servers that can be asked."""
    return [
        RTCIceServer(urls, server.username, server.credential)
        for server in servers
        if (urls := usable(server))
    ]


def limit_gathering(connection: RTCPeerConnection) -> None:
    """Let servers answer for `GATHER_SECONDS`; call it before the local description is set."""
    for ice in ice_connections(connection):
        _limit(ice, GATHER_SECONDS)


def tell_silent(connection: RTCPeerConnection) -> None:
    """Log the servers without which the answer was made."""
    missing = {name for ice in ice_connections(connection) for name in _silent(ice)}
    for name in sorted(missing):
        logger.warning(
            "a server of ice_servers did not answer in time; the answer goes without it",
            extra={"fields": {"server": name, "waited_ms": round(1000 * GATHER_SECONDS)}},
        )


async def probe(server: IceAddress, url: str) -> float | None:
    """Seconds in which the server at `url` answered, as an offer asks it; None: it did not."""
    ice = Connection(ice_controlling=False, **_arguments(server, url))
    _limit(ice, PROBE_SECONDS)
    begun = time.monotonic()
    try:
        await ice.gather_candidates()
        return None if any(_silent(ice)) else time.monotonic() - begun
    finally:
        await ice.close()


async def probe_all(servers: tuple[IceAddress, ...]) -> dict[str, float | None]:
    """`probe` of every URL that can be asked, all at once."""
    asked = [(server, url) for server in servers for url in usable(server)]
    answers = await asyncio.gather(*(probe(server, url) for server, url in asked))
    return {url: took for (_, url), took in zip(asked, answers, strict=True)}


def _arguments(server: IceAddress, url: str) -> dict[str, Any]:
    """What aioice is told of one URL; nothing for one that it cannot ask."""
    with suppress(ValueError):
        return connection_kwargs([RTCIceServer(url, server.username, server.credential)])
    return {}


def _limit(ice: Connection, seconds: float) -> None:
    """aioice has no public way; its timeout is typed as whole seconds, and used as any."""
    gather = partial(ice.get_component_candidates, timeout=seconds)  # type: ignore[arg-type]
    ice.get_component_candidates = gather  # type: ignore[method-assign]


def _silent(ice: Connection) -> Iterator[str]:
    """The servers of `ice`, which has gathered, that brought no candidate."""
    got = {candidate.type for candidate in ice.local_candidates}
    servers = {"stun": ice.stun_server, "turn": ice.turn_server}
    for kind, address in servers.items():
        if address and _KINDS[kind] not in got:
            yield f"{kind}:{address[0]}:{address[1]}"
