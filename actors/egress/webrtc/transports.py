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
