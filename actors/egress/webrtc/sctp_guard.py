"""What a client may pile up behind its data channel: SCTP's receive window, kept (RFC 9260).

aiortc tells the client its window and takes whatever comes: half a message waits for its other
half for ever, each stream that is named once is remembered, and a packet that it cannot read ends
the whole connection's receive loop. Nothing that a client sends is read here, so one that
overruns the window, or opens streams without end, is cut off; a malformed packet is dropped.

Reaches into aiortc's SCTP, which has no event for this: the method of the instance that takes
its packets is replaced; the original is still called. Runs in the egress process's event loop;
owns nothing: the tap lives and dies with the transport.
"""

from collections.abc import Callable
from typing import Final

from aiortc import RTCSctpTransport

from actors.egress.webrtc.receive_guard import UNREADABLE, Dropped
from actors.egress.webrtc.sctp_packets import check_packet

STREAMS_MAX: Final = 16
"""A client needs one; a page that opens its channel again and again uses a few."""
PIECES_MAX: Final = 2048
"""Pieces of messages that wait for others: the window (1 MiB) in full packets is half of it."""
REPLIES_MAX: Final = 64
"""Channels' confirmations that wait for a client that takes none."""


def guard_receive_window(
    sctp: RTCSctpTransport, on_overrun: Callable[[str], None], dropped: Dropped
) -> None:
    """End the association when it is abused; `on_overrun` hears why, once.

    `dropped` hears of each malformed packet."""
    handle = sctp._handle_data

    async def take(data: bytes) -> None:
        try:
            check_packet(data)
            await handle(data)
        except UNREADABLE as error:
            sctp._sack_duplicates.clear()  # else kept for a SACK that was not reached
            dropped("sctp", error)
        if reason := _overrun(sctp):
            await sctp.stop()
            sctp._inbound_streams.clear()
            sctp._sack_misordered.clear()
            sctp._data_channel_queue.clear()
            on_overrun(reason)

    sctp._handle_data = take  # type: ignore[method-assign]  # see above


def _overrun(sctp: RTCSctpTransport) -> str | None:
    """What the client has too much of, if anything."""
    streams = sctp._inbound_streams
    if sctp._advertised_rwnd < 0:
        return "the client sent more than its window allows"
    if len(streams) > STREAMS_MAX:
        return f"the client opened more than {STREAMS_MAX} streams"
    if sum(len(stream.reassembly) for stream in streams.values()) > PIECES_MAX:
        return f"more than {PIECES_MAX} pieces of the client's messages wait for others"
    if len(sctp._data_channel_queue) > REPLIES_MAX:
        return f"the client takes none of the {REPLIES_MAX} confirmations of its channels"
    return None
