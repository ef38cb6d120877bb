"""Reads a client's SDP offer (RFC 8866, RFC 8829) before anything is opened for it.

Runs in the egress process. Pure; owns nothing. Whatever is wrong with the text
comes out as `runtime.errors.BadOffer` with a reason.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from aiortc.codecs import CODECS
from aiortc.rtcpeerconnection import find_common_codecs
from aiortc.sdp import MediaDescription, SessionDescription

from actors.egress.options import VideoCodec
from actors.egress.webrtc.sdp_sections import (
    bundles,
    complete,
    reject,
    rejected_names,
    without_rejected,
)
from runtime.errors import BadOffer
from runtime.limits import SDP_BYTES, SDP_CANDIDATES, SDP_LINES, SDP_SECTIONS

PARSE_ERRORS: Final = (
    ValueError,
    AssertionError,
    LookupError,
    AttributeError,
    TypeError,
    StopIteration,
)
"""What aiortc's SDP parser raises for a broken text."""
_TOLD: Final = 10
"""Names that a message lists at most."""
NO_OPUS: Final = "the offer's audio has no Opus (opus/48000/2), which is the codec spoken"
NO_VIDEO: Final = (
    "the offer's video has neither VP8 nor H264 (baseline or constrained baseline, "
    "packetization-mode=1), which are the codecs sent"
)
MIME: Final[dict[VideoCodec, str]] = {"h264": "video/H264", "vp8": "video/VP8"}


class Places(NamedTuple):
    """Which sections are ours: their names (a=mid) and their numbers among those not rejected."""

    audio: tuple[str, int]
    video: tuple[str, int]
    microphone: tuple[str, int] | None
    """A section of its own in which the client sends sound, if `audio` only receives."""


def read_offer(sdp: str, kind: str, prefer: VideoCodec) -> tuple[str, VideoCodec]:
    """Check an offer, and choose the codec of the pictures.

    Returns the SDP to answer, in which sections that cannot be answered are rejected, and the
    codec: `prefer` if it was offered. Raises BadOffer, which names what is missing and what is
    allowed.
    """
    sdp, description = read_sections(sdp, kind)
    audio, video = wanted_section(description, "audio"), wanted_section(description, "video")
    check_names(description, sdp)
    if not spoken(audio):
        raise BadOffer(NO_OPUS)
    codec = shown(video, (prefer,))
    if codec is None:
        raise BadOffer(NO_VIDEO)
    return without_unanswerable(sdp, description), codec


def read_sections(sdp: str, kind: str) -> tuple[str, SessionDescription]:
    """An offer that is short enough and can be read, completed, and what it says."""
    if kind != "offer":
        raise BadOffer(f"the description's type is {kind!r}: only 'offer' is answered")
    if len(sdp) > SDP_BYTES:
        raise BadOffer(f"the offer has {len(sdp)} characters; {SDP_BYTES} are allowed")
    lines = sdp.splitlines()
    sections = sum(line.startswith("m=") for line in lines)
    for count, what, most in (
        (len(lines), "lines", SDP_LINES),
        (sections, "sections (m=)", SDP_SECTIONS),
    ):
        if count > most:
            raise BadOffer(f"the offer has {count} {what}; {most} are allowed")
    sdp = complete(_without_candidates_to_wait_for(sdp))
    return sdp, parsed(sdp)


def without_unanswerable(sdp: str, description: SessionDescription) -> str:
    """The offer, with what aiortc cannot answer rejected."""
    return reject(sdp, lambda number: not _answerable(description.media[number]))


def spoken(audio: MediaDescription) -> bool:
    """Whether the section takes Opus."""
    return "audio/opus" in _codecs(audio)


def shown(video: MediaDescription, prefer: Sequence[VideoCodec]) -> VideoCodec | None:
    """The first of `prefer`, else any codec of ours, that the section takes; None: none."""
    offered = _codecs(video)
    return next((codec for codec in (*prefer, *MIME) if MIME[codec].lower() in offered), None)


def places_of(sdp: str) -> Places:
    """Where our sound and pictures go in an offer that `read_offer` returned."""
    description = parsed(sdp)
    media, audio = description.media, wanted_section(description, "audio")

    def place(section: MediaDescription) -> tuple[str, int]:
        return place_of(section, media)

    speaks = [
        section
        for section in media
        if section.kind == "audio" and section.direction == "sendonly" and _fits(section)
    ]
    microphone = place(speaks[0]) if speaks and audio.direction == "recvonly" else None
    return Places(place(audio), place(wanted_section(description, "video")), microphone)


def place_of(section: MediaDescription, among: Sequence[MediaDescription]) -> tuple[str, int]:
    """A section's name and its number."""
    names = [other.rtp.muxId for other in among]
    return section.rtp.muxId, names.index(section.rtp.muxId)


def parsed(sdp: str) -> SessionDescription:
    """What is offered, without what is rejected."""
    try:
        return SessionDescription.parse(without_rejected(sdp))
    except PARSE_ERRORS as error:
        why = str(error) if type(error) is ValueError else ""  # else it speaks of code
        raise BadOffer(f"the offer is no SDP that can be read: {why or 'broken line'}") from error


def _without_candidates_to_wait_for(sdp: str) -> str:
    """Leave out mDNS candidates, those behind the first SDP_CANDIDATES, each of which is a packet
    to whoever has that address, and the mark that no others come.

    A browser hides its addresses behind .local names, and aiortc waits a second for
    each name that nobody answers to. The client's own checks show its address anyway
    (peer-reflexive, RFC 8445 section 7.3.1.3), as long as the list is not closed.
    """
    kept = []
    candidates = 0
    for line in sdp.splitlines(keepends=True):
        if line.startswith("a=candidate:"):
            candidates += 1
            if candidates > SDP_CANDIDATES or ".local " in line:
                continue
        if not line.startswith("a=end-of-candidates"):
            kept.append(line)
    return "".join(kept)


def check_names(description: SessionDescription, sdp: str) -> None:
    """Sections that go together must be there, each in one group, once (RFC 9143, 7.2)."""
    names = [media.rtp.muxId for media in description.media]
    if len(set(names)) < len(names) or not all(names):
        told = names[:_TOLD]
        raise BadOffer(f"the offer's sections must have a=mid names, each its own; it has {told}")
    groups = bundles(sdp)
    bundled = [name for group in groups for name in group]
    known = {*names, *rejected_names(sdp)}
    strangers = [name for name in bundled if name not in known]
    told = names[:_TOLD]
    if strangers:
        raise BadOffer(f"the offer bundles {strangers[:_TOLD]}, but its sections are {told}")
    if not all(groups):
        raise BadOffer(f"the offer has a BUNDLE group of no section; its sections are {told}")
    if len(set(bundled)) < len(bundled):
        raise BadOffer(f"the offer bundles a section twice: {bundled[:_TOLD]}")


def wanted_section(description: SessionDescription, kind: str) -> MediaDescription:
    """The section of `kind` that a client wants to receive: the first that fits, else the first."""
    sections = [media for media in description.media if media.kind == kind]
    if not sections:
        raise BadOffer(f"the offer has no m={kind} section; one audio and one video are needed")
    wanted = [media for media in sections if media.direction in ("recvonly", "sendrecv")]
    if not wanted:
        given = " and ".join(dict.fromkeys(str(media.direction) for media in sections))
        raise BadOffer(f"the offer's {kind} is {given}: it must be recvonly or sendrecv")
    media = next((media for media in wanted if _fits(media)), wanted[0])
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


def _fits(media: MediaDescription) -> bool:
    """Whether one of the codecs that we send is offered in this section."""
    names = ("audio/opus",) if media.kind == "audio" else tuple(MIME.values())
    return not _codecs(media).isdisjoint(name.lower() for name in names)


def _answerable(media: MediaDescription) -> bool:
    """Whether aiortc can answer the section, if only by declining what is sent in it."""
    return media.kind == "application" or bool(_codecs(media))
