"""From an offer that was read to an answer: the steps through aiortc (RFC 8829).

Runs in the egress process's event loop. Owns nothing: the connection is the peer's.
"""

from typing import Final

from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpCodecCapability

from actors.egress.options import MediaOptions
from actors.egress.webrtc.offer import PARSE_ERRORS
from runtime.errors import BadOffer, NotReady

REFUSED: Final = (
    *PARSE_ERRORS,
    InternalError,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
)
"""What aiortc raises for an offer that parses and yet cannot be taken."""


def configuration(options: MediaOptions) -> RTCConfiguration:
    """aiortc's form of the options. No servers means none: its default asks one far away."""
    return RTCConfiguration(
        iceServers=[
            RTCIceServer(list(server.urls), server.username, server.credential)
            for server in options.ice_servers
        ]
    )


def add_track(
    connection: RTCPeerConnection,
    track: MediaStreamTrack,
    names: tuple[str, ...],
    *,
    listens: bool = False,
) -> RTCRtpTransceiver:
    """Add `track`, to be sent in the codecs called `names` (MIME types), best first.

    `listens`: what the client offers to send in the same section is accepted."""
    direction = "sendrecv" if listens else "sendonly"
    transceiver = connection.addTransceiver(track, direction=direction)
    able = RTCRtpSender.getCapabilities(track.kind).codecs
    transceiver.setCodecPreferences(
        [codec for name in names for codec in sorted(able, key=_rank) if codec.mimeType == name]
    )
    return transceiver


def _rank(codec: RTCRtpCodecCapability) -> bool:
    """Constrained baseline (42e0..) first: it is what x264's baseline is."""
    return not str(codec.parameters.get("profile-level-id", "")).startswith("42e0")


async def negotiate(connection: RTCPeerConnection, sdp: str) -> RTCSessionDescription:
    """Answer the offer `sdp`; the answer carries every candidate of this machine.

    Sections for which no track was added are declined. Raises BadOffer when aiortc
    cannot take the offer, and NotReady when this machine has no candidate.
    """
    try:
        answer = await _answer(connection, sdp)
    except REFUSED as error:
        raise BadOffer(f"the offer cannot be answered: {error}") from error
    if "a=candidate:" not in answer.sdp:
        raise NotReady("this machine has no network address but loopback, which WebRTC cannot use")
    return answer


async def _answer(connection: RTCPeerConnection, sdp: str) -> RTCSessionDescription:
    ours = connection.getTransceivers()
    await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
    for transceiver in connection.getTransceivers():
        if transceiver not in ours:
            transceiver.direction = "inactive"
    await connection.setLocalDescription(await connection.createAnswer())
    return connection.localDescription
