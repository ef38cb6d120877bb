"""What a client may pile up behind its data channel: SCTP's receive window, kept (RFC 9260).

aiortc tells the client its window and takes whatever comes: half a message waits for its other
half for ever, and each stream that is named once is remembered. Nothing that a client sends is
read here, so one that overruns the window, or opens streams without end, is cut off.

Reaches into aiortc's SCTP, which has no event for this: the method of the instance that takes
its packets is replaced; the original is still called. Runs in the egress process's event loop;
owns nothing: the tap lives and dies with the transport.
"""

from collections.abc import Callable
from typing import Final

from aiortc import RTCSctpTransport

STREAMS_MAX: Final = 16
"""A client needs one; a page that opens its channel again and again uses a few."""


def guard_receive_window(sctp: RTCSctpTransport, on_overrun: Callable[[str], None]) -> None:
    """End the association when it is abused; `on_overrun` hears why, once."""
    handle = sctp._handle_data

    async def take(data: bytes) -> None:
        await handle(data)
        if sctp._advertised_rwnd < 0:
            reason = "the client sent more than its window allows"
        elif len(sctp._inbound_streams) > STREAMS_MAX:
            reason = f"the client opened more than {STREAMS_MAX} streams"
        else:
            return
        await sctp.stop()
        sctp._inbound_streams.clear()
        on_overrun(reason)

    sctp._handle_data = take  # type: ignore[method-assign]  # see above
