"""A packet that cannot be read is dropped and counted, and its connection goes on.

In: what a client's packets are handed to inside aiortc and aioice. Out: the same, with what they
raise for a packet told to `dropped`. Their one receive loop ends with the first exception of
another kind than they expect, and the client is not heard from then on: a field of another
length than its kind has is enough. RFC 3550 (appendix A.1), RFC 8445 and RFC 9260 say to
discard such a packet.

Reaches into aiortc's transports and aioice's connections, which have no event for this: methods
of the instances are replaced; the originals are still called. Runs in the egress process's event
loop; owns nothing: the taps live and die with the connection. `sctp_guard` is its like for SCTP.
"""

import logging
import struct
import weakref
from collections.abc import Callable
from typing import Any, Final

from aioice import Connection
from aioice.ice import StunProtocol
from aioice.stun import Message
from aiortc import RTCDtlsTransport, RTCPeerConnection
from aiortc.exceptions import InvalidStateError
from prometheus_client import CollectorRegistry, Counter

from actors.egress.ice.transports import dtls_transports, ice_connections

SOURCES_MAX: Final = 8
"""SSRCs that a client may send with at one time: a browser has one for each track."""
CANDIDATES_MAX: Final = 64
"""Addresses of one client; each it sends a STUN request from is checked, and kept."""

UNREADABLE: Final = (
    ValueError,
    LookupError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    TypeError,
    struct.error,
    InvalidStateError,
)
"""What aiortc and aioice raise for bytes that they trusted; ConnectionError, an end, is not one."""

Dropped = Callable[[str, Exception], None]
"""Hears of each dropped packet: its kind (KINDS) and why."""
KINDS: Final = ("rtp", "rtcp", "sctp", "stun", "empty")
logger = logging.getLogger(__name__)


class DroppedPackets:
    """Counts the packets of all clients that could not be read, and logs each session's first."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = Counter(
            "ringtalk_malformed_packets_total",
            "Packets of clients that could not be read and were dropped, by kind.",
            ["kind"],
            registry=registry,
        )
        self._counts = {kind: counter.labels(kind) for kind in KINDS}

    def of(self, session: str) -> Dropped:
        """What one session's packets are told to."""
        told: set[str] = set()

        def dropped(kind: str, error: Exception) -> None:
            self._counts[kind].inc()
            if kind not in told:
                told.add(kind)
                logger.warning(
                    "a client's packet cannot be read and is dropped; more of its kind are counted",
                    exc_info=error,
                    extra={"fields": {"session": session, "kind": kind}},
                )

        return dropped


def guard_receiving(connection: RTCPeerConnection, dropped: Dropped) -> None:
    """Guard every transport of `connection`, whose answer is made and which has not started."""
    for transport in dtls_transports(connection):
        _guard_datagrams(transport, dropped)
        _guard_rtp(transport, dropped)
        _guard_rtcp(transport, dropped)
    for ice in ice_connections(connection):
        _bound_candidates(ice)
        for protocol in ice._protocols:
            _guard_stun(protocol, dropped)


def _guard_datagrams(transport: RTCDtlsTransport, dropped: Dropped) -> None:
    """Datagrams without a byte, which anybody can send, and of which aiortc reads the first."""
    receive = transport.transport._recv

    async def next_datagram() -> bytes:
        while not (data := await receive()):
            dropped("empty", ValueError("the datagram is empty"))
        return data

    transport.transport._recv = next_datagram  # see above


def _guard_rtp(transport: RTCDtlsTransport, dropped: Dropped) -> None:
    handle = transport._handle_rtp_data
    sources: dict[int, Any] = transport._rtp_router.ssrc_table

    async def take(data: bytes, arrival_time_ms: int) -> None:
        try:
            await handle(data, arrival_time_ms)
        except UNREADABLE as error:
            dropped("rtp", error)
        while len(sources) > SOURCES_MAX:  # the oldest; it is learned anew if it still sends
            del sources[next(iter(sources))]

    transport._handle_rtp_data = take  # type: ignore[method-assign]  # see above


def _guard_rtcp(transport: RTCDtlsTransport, dropped: Dropped) -> None:
    handle = transport._handle_rtcp_data

    async def take(data: bytes) -> None:
        try:
            await handle(data)
        except UNREADABLE as error:
            dropped("rtcp", error)

    transport._handle_rtcp_data = take  # type: ignore[method-assign]  # see above


def _guard_stun(protocol: StunProtocol, dropped: Dropped) -> None:
    """Held weakly: aioice forgets its sockets as it closes, before `release` could ask for them."""
    guarded = weakref.ref(protocol)

    def take(data: bytes | str, addr: tuple[Any, ...]) -> None:
        if (whose := guarded()) is None:
            return
        try:
            StunProtocol.datagram_received(whose, data, addr)
        except UNREADABLE as error:
            dropped("stun", error)

    protocol.datagram_received = take  # type: ignore[method-assign]  # see above


def _bound_candidates(ice: Connection) -> None:
    """Forget no address of the client, but learn no more than CANDIDATES_MAX."""
    check = ice.check_incoming

    def check_known(message: Message, addr: tuple[str, int], protocol: StunProtocol) -> None:
        known = ice._remote_candidates
        if len(known) < CANDIDATES_MAX or any(
            (one._network_host, one.port) == addr for one in known
        ):
            check(message, addr, protocol)

    ice.check_incoming = check_known  # type: ignore[method-assign]  # see above
