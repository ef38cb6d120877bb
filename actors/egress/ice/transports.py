"""What carries a connection inside aiortc: DTLS over ICE, shared by bundled sections.

In: a connection of which a description is set. Out: its transports, each once. Runs in the egress
process's event loop; owns nothing. aiortc has no list of them.
"""

from aioice import Connection
from aiortc import RTCDtlsTransport, RTCPeerConnection


def dtls_transports(connection: RTCPeerConnection) -> set[RTCDtlsTransport]:
    """The DTLS transports of all sections (RFC 8829)."""
    carried = [transceiver.receiver.transport for transceiver in connection.getTransceivers()]
    if connection.sctp:
        carried.append(connection.sctp.transport)
    return {transport for transport in carried if transport}


def ice_connections(connection: RTCPeerConnection) -> set[Connection]:
    """aioice's part of every transport."""
    return {
        transport.transport.iceGatherer._connection for transport in dtls_transports(connection)
    }


def wait_for_handshake(connection: RTCPeerConnection) -> None:
    """Be `passive` to who offers `actpass` (RFC 5763, section 5): the client begins the handshake.

    aiortc's own choice is to begin, with ECDSA suites alone, and a client whose certificate is RSA,
    as GStreamer's is, has none of them. Call it when the remote description is set."""
    for transport in dtls_transports(connection):
        if transport._role == "auto":
            transport._set_role("server")
