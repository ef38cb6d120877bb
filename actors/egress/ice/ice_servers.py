"""The STUN and TURN servers of the settings: asked for no longer than an offer can wait.

In: a connection whose offer is read, or the servers alone. Out: which of them did not answer.
Runs in the egress process's event loop, and in `ringtalk doctor`; owns no connection but those
with which `probe` asks, which it closes.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aioice import Candidate, Connection
from aiortc import RTCIceServer, RTCPeerConnection
from aiortc.rtcicetransport import connection_kwargs

from actors.egress.ice.host_candidates import gather
from actors.egress.ice.transports import ice_connections
from runtime.media_network import IceAddress, MediaNetwork

GATHER_SECONDS: Final = 0.2
"""An offer waits so long for servers. aioice's own limit is 5 s, for every offer."""
PROBE_SECONDS: Final = 3.0
_KINDS: Final = {"stun": "srflx", "turn": "relay"}
"""What a server's answer becomes: the candidate types of RFC 8445."""


def usable(server: IceAddress) -> list[str]:
    """The URLs of `server` that can be asked: aioice knows stun, turn, and turns over TCP."""
    return [url for url in server.urls if _arguments(server, url)]


def name_of(server: IceAddress, url: str) -> str:
    """What the server at a usable URL is called, however the URL is written."""
    [name] = _names(_arguments(server, url)).values()
    return name


def limit_gathering(connection: RTCPeerConnection, network: MediaNetwork) -> None:
    """Let servers answer for `GATHER_SECONDS`; call it before the local description is set."""
    for ice in ice_connections(connection):
        _limit(ice, network, GATHER_SECONDS)


def silent_in(connection: RTCPeerConnection) -> set[str]:
    """The names of the servers without which the answer was made."""
    return {name for ice in ice_connections(connection) for name in _silent(ice)}


async def probe(server: IceAddress, url: str, seconds: float) -> float | None:
    """Seconds in which the server at `url` answered, as an offer asks it; None: it did not."""
    ice = Connection(ice_controlling=False, **_arguments(server.signed(time.time()), url))
    _limit(ice, MediaNetwork(), seconds)
    begun = time.monotonic()
    try:
        await ice.gather_candidates()
        return None if any(_silent(ice)) else time.monotonic() - begun
    finally:
        await ice.close()


async def probe_all(servers: tuple[IceAddress, ...], seconds: float) -> dict[str, float | None]:
    """`probe` of every URL that can be asked, all at once."""
    asked = [(server, url) for server in servers for url in usable(server)]
    answers = await asyncio.gather(*(probe(server, url, seconds) for server, url in asked))
    return {url: took for (_, url), took in zip(asked, answers, strict=True)}


def _arguments(server: IceAddress, url: str) -> dict[str, Any]:
    """What aioice is told of one URL; nothing for one that it cannot ask."""
    with suppress(ValueError):
        return connection_kwargs([RTCIceServer(url, server.username, server.credential)])
    return {}


def _limit(ice: Connection, network: MediaNetwork, seconds: float) -> None:
    """aioice has no public way; its timeout is typed as whole seconds, and used as any."""
    theirs = ice.get_component_candidates

    async def ours(component: int, addresses: list[str]) -> list[Candidate]:
        relayed = partial(theirs, component, [], timeout=seconds)  # type: ignore[arg-type]
        return await gather(ice, network, addresses, relayed, seconds)

    ice.get_component_candidates = ours  # type: ignore[method-assign,assignment]


def _silent(ice: Connection) -> Iterator[str]:
    """The servers of `ice`, which has gathered, that brought no candidate."""
    got = {candidate.type for candidate in ice.local_candidates}
    asked = {
        "stun_server": ice.stun_server,
        "turn_server": ice.turn_server,
        "turn_ssl": ice.turn_ssl,
        "turn_transport": ice.turn_transport,
    }
    for kind, name in _names(asked).items():
        if _KINDS[kind] not in got:
            yield name


def _names(asked: Mapping[str, Any]) -> dict[str, str]:
    """The names of the servers in aioice's arguments, by kind."""
    names: dict[str, str] = {}
    if stun := asked.get("stun_server"):
        names["stun"] = f"stun:{stun[0]}:{stun[1]}"
    if turn := asked.get("turn_server"):
        scheme = "turns" if asked["turn_ssl"] else "turn"
        names["turn"] = f"{scheme}:{turn[0]}:{turn[1]}?transport={asked['turn_transport']}"
    return names
