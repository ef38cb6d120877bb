"""From an offer that was read to an answer: the steps through aiortc (RFC 8829).

Runs in the egress process's event loop. Owns nothing: the connection is the peer's.
"""

from typing import Final

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpCodecCapability

from actors.egress.ice.host_candidates import why_none
from actors.egress.ice.ice_servers import limit_gathering, silent_in
from actors.egress.ice.transports import wait_for_handshake
from actors.egress.options import MediaOptions
from actors.egress.webrtc.offer import PARSE_ERRORS
from actors.egress.webrtc.sdp_sections import with_rejected, without_rejected
from runtime.errors import BadOffer
from runtime.limits import SDP_ANSWER_BYTES

_PASSIVE: Final = "a=setup:passive"
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
    # By default aiortc puts a second section of a kind on the first one's transport at once, and
    # leaves it there when the offer's bundle moves that one to another.
    return RTCConfiguration(
        iceServers=options.ice_servers.answering(), bundlePolicy=RTCBundlePolicy.MAX_COMPAT
    )


def add_track(
    connection: RTCPeerConnection,
    track: MediaStreamTrack,
    names: tuple[str, ...],
    place: tuple[str, int] | None,
    *,
    listens: bool = False,
) -> RTCRtpTransceiver:
    """Add `track`, to be sent in the codecs called `names` (MIME types), best first.

    `place`: the section's name and number, None where we are who offers. `listens`: what the client
    offers to send in the same section is accepted."""
    direction = "sendrecv" if listens else "sendonly"
    transceiver = connection.addTransceiver(track, direction=direction)
    if place is not None:
        _placed(transceiver, place)
    able = RTCRtpSender.getCapabilities(track.kind).codecs
    transceiver.setCodecPreferences(
        [codec for name in names for codec in sorted(able, key=_rank) if codec.mimeType == name]
    )
    return transceiver


def add_listener(connection: RTCPeerConnection, place: tuple[str, int]) -> RTCRtpTransceiver:
    """Accept the sound that the client sends in a section of its own."""
    return _placed(connection.addTransceiver("audio", direction="recvonly"), place)


def _placed(transceiver: RTCRtpTransceiver, place: tuple[str, int]) -> RTCRtpTransceiver:
    """aiortc gives a section to the first transceiver of its kind that has no name yet."""
    transceiver._set_mid(place[0])
    transceiver._set_mline_index(place[1])
    return transceiver


def _rank(codec: RTCRtpCodecCapability) -> bool:
    """Constrained baseline (42e0..) first: it is what x264's baseline is."""
    return not str(codec.parameters.get("profile-level-id", "")).startswith("42e0")


async def negotiate(
    connection: RTCPeerConnection, sdp: str, options: MediaOptions
) -> RTCSessionDescription:
    """Answer the offer `sdp`; the answer carries every candidate that this
    machine has by then: servers that do not answer are not waited for.

    Sections for which no track was added are declined, rejected ones stay rejected. Raises
    BadOffer when aiortc cannot take the offer, and what `why_none` says when there is no candidate.
    """
    try:
        answer = await _answer(connection, sdp, options)
    except REFUSED as error:
        raise BadOffer(f"the offer cannot be answered: {error}") from error
    if "a=candidate:" not in answer.sdp:
        raise why_none(options.network)
    whole = with_rejected(answer.sdp, sdp)
    if len(whole) > SDP_ANSWER_BYTES:
        raise BadOffer(
            f"the answer to this offer would have {len(whole)} characters; {SDP_ANSWER_BYTES} are "
            "allowed"
        )
    return RTCSessionDescription(whole, answer.type)


async def _answer(
    connection: RTCPeerConnection, sdp: str, options: MediaOptions
) -> RTCSessionDescription:
    ours = connection.getTransceivers()
    await connection.setRemoteDescription(RTCSessionDescription(without_rejected(sdp), "offer"))
    for transceiver in connection.getTransceivers():
        if transceiver not in ours:
            transceiver.direction = "inactive"
    if _PASSIVE not in sdp.splitlines():
        wait_for_handshake(connection)
    limit_gathering(connection, options.network)
    await connection.setLocalDescription(await connection.createAnswer())
    options.ice_servers.missed(silent_in(connection))
    return connection.localDescription
