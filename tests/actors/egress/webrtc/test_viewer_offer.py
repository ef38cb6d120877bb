"""What a WHEP player may ask for."""

from collections.abc import Sequence

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from actors.egress.webrtc.viewer_offer import read_viewer_offer
from runtime.errors import BadOffer, NoCommonCodec
from tests.actors.session_rig import told


def offered(kinds: Sequence[str], direction: str = "recvonly") -> str:
    """What aiortc offers."""

    async def made() -> str:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for kind in kinds:
            connection.addTransceiver(kind, direction=direction)
        await connection.setLocalDescription(await connection.createOffer())
        sdp: str = connection.localDescription.sdp
        await connection.close()
        return sdp

    return told(made())


def test_sound_and_pictures_are_placed() -> None:
    read = read_viewer_offer(offered(["audio", "video"]), ["h264"])
    assert (read.audio, read.video, read.codec) == (("0", 0), ("1", 1), "h264")


def test_what_is_encoded_already_is_taken_before_another() -> None:
    assert read_viewer_offer(offered(["video"]), ["vp8", "h264"]).codec == "vp8"


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_one_of_both_is_enough(kind: str) -> None:
    read = read_viewer_offer(offered([kind], "sendrecv"), ["h264"])
    assert (read.audio is not None, read.video is not None) == (kind == "audio", kind == "video")
    assert (read.codec is not None) == (kind == "video")


def test_a_codec_that_is_not_sent_is_told_apart_from_a_bad_offer() -> None:
    sdp = offered(["audio", "video"])
    strange = sdp.replace("VP8/90000", "AV1/90000").replace("H264/90000", "H265/90000")
    with pytest.raises(NoCommonCodec, match="neither VP8 nor H264") as refusal:
        read_viewer_offer(strange, ["h264"])
    assert refusal.value.status == 406
    with pytest.raises(NoCommonCodec, match="Opus"):
        read_viewer_offer(sdp.replace("opus/48000/2", "G722/16000/1"), ["h264"])


@pytest.mark.parametrize("sdp", ["", "v=0\r\n", "m=\r\n"])
def test_an_offer_of_nothing_is_bad(sdp: str) -> None:
    with pytest.raises(BadOffer) as refusal:
        read_viewer_offer(sdp, ["h264"])
    assert refusal.value.status == 400


def test_who_only_sends_is_refused() -> None:
    with pytest.raises(BadOffer, match="sendonly"):
        read_viewer_offer(offered(["video"], "sendonly"), ["h264"])
