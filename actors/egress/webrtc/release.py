"""What a closed connection of aiortc still holds on to, let go.

In: a connection that is closed. Out: nothing; reference counting then frees it with all its parts,
at once and in the event loop's own time. Else they lie in circles until a full garbage
collection, which comes late: `runtime.host` freezes what is loaded, and a session is few
objects with much behind each.

Reaches into aiortc and aioice, which forget to: aiortc's DTLS transports keep their listeners
(its ICE transports and the connection itself do not), and aioice keeps the pairs that it checked,
whose sockets know it. The third kind is ours: the methods of instances that `feedback`,
`microphone`, `sctp_guard` and `ice_servers` replaced. Runs in the egress process's event loop;
owns nothing.
"""

from collections.abc import Iterator

from aiortc import RTCPeerConnection

from actors.egress.ice.transports import dtls_transports, ice_connections


def release(connection: RTCPeerConnection) -> None:
    """Let go; nothing of the connection is used after it."""
    for transport in dtls_transports(connection):
        transport.remove_all_listeners()
    for ice in ice_connections(connection):
        ice._check_list.clear()
    for tapped in _tapped(connection):
        _untap(tapped)


def _tapped(connection: RTCPeerConnection) -> Iterator[object]:
    """All whose methods may have been replaced."""
    for transceiver in connection.getTransceivers():
        yield transceiver.sender
        yield transceiver.receiver
    if connection.sctp:
        yield connection.sctp
    for transport in dtls_transports(connection):
        yield transport
        yield transport.transport
    yield from ice_connections(connection)


def _untap(tapped: object) -> None:
    """Drop what hides a method of the class, so that the class's own is called again."""
    for name in list(vars(tapped)):
        if callable(getattr(type(tapped), name, None)):
            delattr(tapped, name)
