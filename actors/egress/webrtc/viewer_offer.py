"""Reads the offer of somebody who only watches (the WHEP draft): sound, pictures, or both.

In: the SDP. Out: where our sound and pictures go in it, and their codec. What it does not ask for
it does not get; what it asks for in codecs that we do not have is told as such, so that a player
may ask elsewhere (406). Runs in the egress process. Pure; owns nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from aiortc.sdp import MediaDescription, SessionDescription

from actors.egress.options import VideoCodec
from actors.egress.webrtc.offer import (
    NO_OPUS,
    NO_VIDEO,
    check_names,
    parsed,
    place_of,
    read_sections,
    shown,
    spoken,
    wanted_section,
    without_unanswerable,
)
from runtime.errors import BadOffer, NoCommonCodec


class ViewerOffer(NamedTuple):
    """sdp: to be answered. audio, video: name (a=mid) and number of the section, None where it is
    not wanted. codec: of the pictures."""

    sdp: str
    audio: tuple[str, int] | None
    video: tuple[str, int] | None
    codec: VideoCodec | None


def read_viewer_offer(sdp: str, prefer: Sequence[VideoCodec]) -> ViewerOffer:
    """`prefer`: the codecs of the pictures, best first. Raises BadOffer, and NoCommonCodec where
    something is wanted in no codec of ours."""
    sdp, description = read_sections(sdp, "offer")
    audio, video = _wanted(description, "audio"), _wanted(description, "video")
    if audio is None and video is None:
        raise BadOffer("the offer wants neither audio nor video (m= sections that are recvonly)")
    check_names(description, sdp)
    if audio is not None and not spoken(audio):
        raise NoCommonCodec(NO_OPUS)
    codec = None if video is None else shown(video, prefer)
    if video is not None and codec is None:
        raise NoCommonCodec(NO_VIDEO)
    sdp = without_unanswerable(sdp, description)
    media = parsed(sdp).media

    def place(section: MediaDescription | None) -> tuple[str, int] | None:
        return None if section is None else place_of(section, media)

    return ViewerOffer(sdp, place(audio), place(video), codec)


def _wanted(description: SessionDescription, kind: str) -> MediaDescription | None:
    """The section of `kind` that is to be filled; None where there is none of it."""
    if not any(media.kind == kind for media in description.media):
        return None
    return wanted_section(description, kind)
