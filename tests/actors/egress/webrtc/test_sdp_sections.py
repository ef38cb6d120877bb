"""Offers that the standards allow and few clients make: each is answered section by section."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvloop
from aiortc import RTCSessionDescription
from aiortc.sdp import grouplines

from actors.egress.options import MediaOptions
from actors.egress.webrtc.offer import places_of, read_offer
from actors.egress.webrtc.peer import Peer
from actors.egress.webrtc.sdp_sections import mid, rejected, without_rejected
from tests.actors.egress.webrtc.client import PATIENCE, Call, Client
from tests.actors.egress.webrtc.scenes import SIZE
from tests.actors.egress.webrtc.test_offer import declined, without

REJECTED = "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:9\r\na=inactive\r\n"
NAMELESS = "m=audio 0 RTP/AVP 0\r\n"
FAX = "m=image 9 udptl t38\r\nc=IN IP4 0.0.0.0\r\na=mid:8\r\n"


async def answer_to(offer: str) -> str:
    executor = ThreadPoolExecutor(1)
    peer = Peer(SIZE, MediaOptions(), lambda state: None, executor)
    try:
        sdp, _ = await peer.answer(offer, "offer")
    finally:
        await peer.close()
        executor.shutdown()
    return sdp


def offered() -> str:
    async def body() -> str:
        client = Client()
        sdp = await client.offer()
        await client.close()
        return sdp

    return uvloop.run(body())


def before_media(sdp: str, line: str) -> str:
    return sdp.replace("m=", f"{line}\r\nm=", 1)


def section_of(sdp: str, kind: str) -> str:
    """The first section of `kind`, alone."""
    return "m=" + next(part for part in sdp.split("m=") if part.startswith(kind))


def checked(offer: str) -> list[bool]:
    """Answer; the answer has the offer's sections in order. Which of them are rejected?"""
    answer = uvloop.run(answer_to(offer))
    _, ours = grouplines(answer)
    _, theirs = grouplines(offer)
    assert [section[0].split()[0] for section in ours] == [s[0].split()[0] for s in theirs]
    assert [mid(section) for section in ours] == [mid(section) for section in theirs]
    return [rejected(section) for section in ours]


@pytest.mark.parametrize("line", ["", "a=sendrecv", "a=recvonly"])
def test_a_direction_that_a_section_leaves_out_is_the_session_s_or_both_ways(line: str) -> None:
    bare = without(offered(), "a=recvonly")
    assert checked(before_media(bare, line) if line else bare) == [False, False]


def test_a_section_s_own_direction_goes_before_the_session_s() -> None:
    assert checked(before_media(offered(), "a=sendonly")) == [False, False]


@pytest.mark.parametrize("strange", [REJECTED, NAMELESS, FAX])
def test_a_section_that_is_not_used_stays_rejected_wherever_it_stands(strange: str) -> None:
    offer = offered()
    assert checked(offer + strange) == [False, False, True]
    assert checked(offer.replace("m=audio", f"{strange}m=audio")) == [False, True, False]
    assert checked(offer.replace("m=", f"{strange}m=", 1)) == [True, False, False]


def test_a_rejected_section_in_the_bundle_is_answered_outside_it() -> None:
    offer = offered().replace("BUNDLE 0 1", "BUNDLE 9 0 1") + REJECTED
    answer = uvloop.run(answer_to(offer))
    assert "a=group:BUNDLE 0 1\r\n" in answer


def test_a_declined_video_beside_a_good_one() -> None:
    offer = offered()
    video = section_of(offer, "video").replace("a=mid:0", "a=mid:2")
    assert checked(declined(offer) + video) == [True, False, False]


def test_codecs_that_nobody_has_in_one_section_are_rejected_there_alone() -> None:
    offer = offered()
    strange = section_of(offer, "video").replace("VP8/90000", "AV1/90000")
    strange = strange.replace("H264/90000", "VP9/90000").replace("a=mid:0", "a=mid:2")
    assert checked(offer + strange) == [False, False, True]
    assert checked(offer.replace("m=", f"{strange}m=", 1)) == [True, False, False]


def test_a_bundle_s_first_section_speaks_for_the_others() -> None:
    offer = offered()
    audio = section_of(offer, "audio")
    bare = without(audio, "a=ice", "a=fingerprint", "a=setup", "a=rtcp-mux", "a=candidate")
    bare = "m=audio 0" + bare.removeprefix("m=audio").lstrip().partition(" ")[2].join([" ", ""])
    assert checked(offer.replace(audio, f"{bare}a=bundle-only\r\n")) == [False, False]


def test_h264_is_known_however_its_parameters_are_spelt() -> None:
    offer = offered()
    video = section_of(offer, "video")
    kept = without(video, "a=rtpmap", "a=fmtp", "a=rtcp-fb")
    kept = f"m=video 9 UDP/TLS/RTP/SAVPF 96{kept[kept.index(chr(13)) :]}a=rtpmap:96 H264/90000\r\n"
    for parameters in (
        "level-asymmetry-allowed=1; packetization-mode=1; profile-level-id=42E01F",
        "packetization-mode=1;profile-level-id=42e03e",
        "Packetization-Mode = 1 ; Profile-Level-Id = 42003C;",
    ):
        spelt = offer.replace(video, f"{kept}a=fmtp:96 {parameters}\r\n")
        answer = uvloop.run(answer_to(spelt))
        assert "a=rtpmap:96 H264/90000" in answer, parameters


def test_no_header_extension_is_promised_that_is_not_sent() -> None:
    offer = offered()
    assert "ssrc-audio-level" in offer
    answer = uvloop.run(answer_to(offer))
    assert "ssrc-audio-level" not in answer
    assert "sdes:mid" in answer


@pytest.mark.parametrize(
    ("theirs", "ours"), [("actpass", "passive"), ("active", "passive"), ("passive", "active")]
)
def test_the_client_begins_the_handshake_if_it_may(theirs: str, ours: str) -> None:
    answer = uvloop.run(answer_to(offered().replace("a=setup:actpass", f"a=setup:{theirs}")))
    roles = [line for line in answer.splitlines() if line.startswith("a=setup:")]
    assert roles
    assert set(roles) == {f"a=setup:{ours}"}


def test_the_microphone_is_looked_for_where_it_is() -> None:
    offer = offered()
    audio = section_of(offer, "audio")
    sends = audio.replace("a=recvonly", "a=sendonly").replace("a=mid:1", "a=mid:mic")
    sdp, _ = read_offer(offer.replace("m=", f"{sends}m=", 1), "offer", "h264")
    places = places_of(sdp)
    assert (places.audio, places.video, places.microphone) == (("1", 2), ("0", 1), ("mic", 0))


def test_a_client_connects_beside_a_rejected_section() -> None:
    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        client = Client()
        session = Call(client, MediaOptions(), executor)
        offer = await client.offer()
        sdp, _ = await session.peer.answer(offer.replace("m=audio", f"{REJECTED}m=audio"), "offer")
        described = RTCSessionDescription(without_rejected(sdp), "answer")
        async with asyncio.timeout(PATIENCE):
            await client.accept(described.sdp)
            await session.reach("connected")
        await session.play(range(3))
        await client.close()
        await session.peer.close()
        executor.shutdown()

    uvloop.run(body())
