"""Offers that cannot be answered say why, and leave nothing open."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvloop
from aiortc import RTCPeerConnection
from aiortc.exceptions import InvalidStateError
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.egress.options import MediaOptions
from actors.egress.webrtc.offer import read_offer
from actors.egress.webrtc.peer import Peer
from runtime.errors import BadOffer
from tests.actors.egress.webrtc.client import Client
from tests.actors.egress.webrtc.scenes import SIZE
from tests.open_files import open_files


@pytest.fixture(scope="module")
def offer() -> str:
    async def body() -> str:
        client = Client()
        sdp = await client.offer()
        await client.close()
        return sdp

    return uvloop.run(body())


@pytest.fixture(scope="module")
def full_offer() -> str:
    """With a microphone and a data channel."""

    async def body() -> str:
        client = Client(speaks=True, channels=["events"])
        sdp = await client.offer()
        await client.close()
        return sdp

    return uvloop.run(body())


def without(sdp: str, *starts: str) -> str:
    return "".join(
        line for line in sdp.splitlines(keepends=True) if not line.startswith(tuple(starts))
    )


def section(sdp: str, kind: str) -> str:
    """The offer without the section of `kind`."""
    head, *media = sdp.split("m=")
    return head + "".join("m=" + part for part in media if not part.startswith(kind))


def declined(sdp: str) -> str:
    head, tail = sdp.split("m=video ", 1)
    return head + "m=video 0 " + tail.split(" ", 1)[1]


BROKEN: dict[str, tuple[Callable[[str], str], str]] = {
    "nothing": (lambda sdp: "", "no m=audio"),
    "a word": (lambda sdp: "hello", "no m=audio"),
    "JSON": (lambda sdp: '{"sdp": 1}', "no m=audio"),
    "zeros": (lambda sdp: "\0" * 100, "no m=audio"),
    "only a version": (lambda sdp: "v=0\r\n", "no m=audio"),
    "a bad version": (lambda sdp: sdp.replace("v=0", "v=x"), "no SDP"),
    "a bad m-line": (lambda sdp: sdp.replace("m=video ", "m=video x"), "no SDP"),
    "a bad connection": (lambda sdp: sdp.replace("c=IN IP4", "c=IN IPX"), "no SDP"),
    "a bad setup": (lambda sdp: sdp.replace("setup:actpass", "setup:never"), "no SDP"),
    "an fmtp for no codec": (lambda sdp: sdp + "a=fmtp:77 apt=1\r\n", "no SDP"),
    "a setup without a value": (lambda sdp: sdp.replace("setup:actpass", "setup"), "no SDP"),
    "no video": (lambda sdp: section(sdp, "video"), "no m=video"),
    "no audio": (lambda sdp: section(sdp, "audio"), "no m=audio"),
    "a declined video": (declined, "no m=video"),
    "only sending": (lambda sdp: sdp.replace("a=recvonly", "a=sendonly"), "sendonly"),
    "inactive": (lambda sdp: sdp.replace("a=recvonly", "a=inactive"), "inactive"),
    "no ICE": (lambda sdp: without(sdp, "a=ice-ufrag", "a=ice-pwd"), "ice-ufrag"),
    "no fingerprint": (lambda sdp: without(sdp, "a=fingerprint"), "fingerprint"),
    "no setup": (lambda sdp: without(sdp, "a=setup"), "setup"),
    "no rtcp-mux": (lambda sdp: without(sdp, "a=rtcp-mux"), "rtcp-mux"),
    "no Opus": (lambda sdp: sdp.replace("opus/48000", "speex/16000"), "Opus"),
    "no codec of ours": (
        lambda sdp: sdp.replace("VP8/90000", "AV1/90000").replace("H264/90000", "VP9/90000"),
        "VP8 nor H264",
    ),
    "another H264": (
        lambda sdp: sdp.replace("VP8/90000", "AV1/90000").replace(
            "packetization-mode=1", "packetization-mode=0"
        ),
        "packetization-mode",
    ),
    "a bundle of strangers": (lambda sdp: sdp.replace("BUNDLE 0 1", "BUNDLE 8 1"), "bundles"),
    "one name twice": (lambda sdp: sdp.replace("a=mid:1", "a=mid:0"), "each its own"),
    "no names": (lambda sdp: without(sdp, "a=mid"), "each its own"),
    "too long": (lambda sdp: sdp + "a=x\r\n" * 30_000, "characters"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_answered_says_why_and_leaves_nothing(name: str, offer: str) -> None:
    spoil, reason = BROKEN[name]
    spoiled = spoil(offer)
    assert spoiled != offer

    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        before = open_files()
        states: list[str] = []
        peer = Peer(SIZE, MediaOptions(), states.append, executor)
        with pytest.raises(BadOffer, match=reason):
            await peer.answer(spoiled, "offer")
        await peer.close()
        assert open_files() == before
        assert asyncio.all_tasks() == {asyncio.current_task()}
        executor.shutdown()

    uvloop.run(body())


@pytest.mark.parametrize("kind", ["answer", "pranswer", "rollback", "", "OFFER"])
def test_only_an_offer_is_answered(kind: str, offer: str) -> None:
    with pytest.raises(BadOffer, match="only 'offer'"):
        read_offer(offer, kind, "h264")


def test_a_failure_inside_aiortc_closes_the_connection(
    offer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(connection: RTCPeerConnection) -> None:
        raise InvalidStateError("no answer today")

    monkeypatch.setattr(RTCPeerConnection, "createAnswer", fail)

    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        states: list[str] = []
        before = open_files()
        peer = Peer(SIZE, MediaOptions(), states.append, executor)
        with pytest.raises(BadOffer, match="cannot be answered"):
            await peer.answer(offer, "offer")
        assert open_files() == before
        assert states == []
        executor.shutdown()

    uvloop.run(body())


def test_hidden_addresses_are_not_waited_for(offer: str) -> None:
    hidden = "a=candidate:1 1 udp 2113937151 1f0c-22.local 50000 typ host\r\n"
    sdp, _ = read_offer(offer + hidden, "offer", "h264")
    assert ".local" not in sdp
    assert "end-of-candidates" not in sdp
    assert "typ host" in sdp


def spoil_lines(data: st.DataObject, offer: str) -> str:
    lines = offer.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        what = data.draw(st.sampled_from(["drop", "cut", "twice", "swap", "text"]))
        match what:
            case "drop":
                lines[place] = ""
            case "cut":
                lines[place] = lines[place][: data.draw(st.integers(0, len(lines[place])))]
            case "twice":
                lines[place] *= 2
            case "swap":
                lines[place] = lines[place].replace(":", data.draw(st.sampled_from(" ;=/")))
            case "text":
                lines[place] = data.draw(st.text(max_size=30)) + "\r\n"
    return "".join(lines)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_the_text_is_only_a_bad_offer_comes_out(data: st.DataObject, offer: str) -> None:
    try:
        read_offer(spoil_lines(data, offer), "offer", "vp8")
    except BadOffer as error:
        assert str(error)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_the_text_is_the_peer_answers_or_refuses(
    data: st.DataObject, offer: str, full_offer: str
) -> None:
    async def body(sdp: str) -> None:
        executor = ThreadPoolExecutor(1)
        peer = Peer(SIZE, MediaOptions(), lambda state: None, executor)
        try:
            await peer.answer(sdp, "offer")
        except BadOffer as error:
            assert str(error)
        await peer.close()
        executor.shutdown()

    uvloop.run(body(spoil_lines(data, data.draw(st.sampled_from([offer, full_offer])))))
