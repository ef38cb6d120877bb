"""A live keyframe says that a machine made it, and is still the same picture."""

from collections.abc import Iterable
from typing import cast

import av
import numpy as np
from av.sidedata.sidedata import SideData

from actors.egress.marking.synthetic_sei import IPTC_SOURCE, MESSAGE, SEI_KIND, marked
from actors.egress.webrtc.h264 import H264Encoder

SIZE = (64, 48)


def coded(ticks: int) -> list[bytes]:
    encoder = H264Encoder(SIZE, 1_000_000)
    picture = np.random.default_rng(0).integers(0, 255, (72, 64), np.uint8)
    found = []
    for tick in range(ticks):
        frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
        data, _ = encoder.encode(frame, tick, keyframe=tick == 0, bitrate=500_000)
        found.append(data)
    return found


def test_a_keyframe_carries_the_message_and_others_do_not() -> None:
    first, second = coded(2)
    assert first.count(MESSAGE) == 1
    assert MESSAGE not in second
    assert first.index(MESSAGE) < first.index(b"\x00\x00\x01\x65"), "before its slice"


def test_a_decoder_reads_the_message_and_the_picture() -> None:
    decoder = av.CodecContext.create("h264", "r")
    pictures = [one for data in coded(3) for one in decoder.decode(av.Packet(data))]
    pictures += decoder.decode(None)
    assert len(pictures) == 3
    told = [bytes(side) for side in cast("Iterable[SideData]", pictures[0].side_data)]
    assert any(SEI_KIND.bytes + IPTC_SOURCE.encode() in one for one in told)


def test_an_access_unit_without_slices_stays_as_it_is() -> None:
    for data in (b"", b"\x00\x00\x01\x09\x10", b"\x00\x00\x01"):
        assert marked(data + b"\x00") == data + b"\x00"
