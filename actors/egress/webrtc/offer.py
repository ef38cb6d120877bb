"""Reads a client's SDP offer (RFC 8866, RFC 8829) before anything is opened for it.

Runs in the egress process. Pure; owns nothing. Whatever is wrong with the text
comes out as `runtime.errors.BadOffer` with a reason.
"""

from typing import Final

from aiortc.codecs import CODECS
from aiortc.rtcpeerconnection import find_common_codecs
from aiortc.sdp import MediaDescription, SessionDescription

from actors.egress.options import VideoCodec
from runtime.errors import BadOffer

PARSE_ERRORS: Final = (
    ValueError,
    AssertionError,
    LookupError,
    AttributeError,
    TypeError,
    StopIteration,
)
"""What aiortc's SDP parser raises for a broken text."""
OFFER_MAX: Final = 100_000
"""Characters; a browser's offer has some 10 thousand."""
MIME: Final[dict[VideoCodec, str]] = {"h264": "video/H264", "vp8": "video/VP8"}


def read_offer(sdp: str, kind: str, prefer: VideoCodec) -> tuple[str, VideoCodec]:
    """Check an offer, and choose the codec of the pictures.

    Returns the SDP to give to aiortc, and the codec: `prefer` if it was offered.
    Raises BadOffer, which names what is missing and what is allowed.
    """
    if kind != "offer":
        raise BadOffer(f"the description's type is {kind!r}: only 'offer' is answered")
    if len(sdp) > OFFER_MAX:
        raise BadOffer(f"the offer has {len(sdp)} characters; {OFFER_MAX} are allowed")
    sdp = _without_candidates_to_wait_for(sdp)
    try:
        description = SessionDescription.parse(sdp)
    except PARSE_ERRORS as error:
        raise BadOffer(f"the offer is no SDP that can be read: {error or 'broken line'}") from error
    audio, video = _section(description, "audio"), _section(description, "video")
    _check_names(description)
    if "audio/opus" not in _codecs(audio):
        raise BadOffer("the offer's audio has no Opus (opus/48000/2), which is the codec spoken")
    offered = _codecs(video)
    for codec in (prefer, *MIME):
        if MIME[codec].lower() in offered:
            return sdp, codec
    raise BadOffer(
        "the offer's video has neither VP8 nor H264 (baseline or constrained baseline, "
        "packetization-mode=1), which are the codecs sent"
    )


def _without_candidates_to_wait_for(sdp: str) -> str:
    """Leave out mDNS candidates, and the mark that no others come.

    A browser hides its addresses behind .local names, and aiortc waits a second for
    each name that nobody answers to. The client's own checks show its address anyway
    (peer-reflexive, RFC 8445 section 7.3.1.3), as long as the list is not closed.
    """
    return "".join(
        line
        for line in sdp.splitlines(keepends=True)
        if not line.startswith("a=end-of-candidates")
        and not (line.startswith("a=candidate:") and ".local " in line)
    )


def _check_names(description: SessionDescription) -> None:
    """Sections that go together must be there (RFC 9143)."""
    names = [media.rtp.muxId for media in description.media]
    if len(set(names)) < len(names) or not all(names):
        raise BadOffer(f"the offer's sections must have a=mid names, each its own; it has {names}")
    for group in description.group:
        strangers = [name for name in group.items if name not in names]
        if group.semantic == "BUNDLE" and strangers:
            raise BadOffer(f"the offer bundles {strangers}, but its sections are {names}")


def _section(description: SessionDescription, kind: str) -> MediaDescription:
    """The first section of `kind` that a client wants to receive."""
    sections = [media for media in description.media if media.kind == kind and media.port]
    if not sections:
        raise BadOffer(f"the offer has no m={kind} section; one audio and one video are needed")
    media = sections[0]
    if media.direction not in ("recvonly", "sendrecv"):
        raise BadOffer(
            f"the offer's {kind} is {media.direction or 'without a direction'}: "
            "it must be recvonly or sendrecv"
        )
    if not media.ice or not media.ice.usernameFragment or not media.ice.password:
        raise BadOffer(f"the offer's {kind} lacks ice-ufrag or ice-pwd")
    if media.dtls is None or not media.dtls.fingerprints:
        raise BadOffer(f"the offer's {kind} lacks a DTLS fingerprint or setup")
    if not media.rtcp_mux:
        raise BadOffer(f"the offer's {kind} lacks rtcp-mux")
    return media


def _codecs(media: MediaDescription) -> set[str]:
    """Lower-case MIME types that both sides speak."""
    common = find_common_codecs(CODECS[media.kind], media.rtp.codecs)
    return {codec.mimeType.lower() for codec in common}
