"""RTP headers of every shape, and counters that wrap."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf.client.packets import Unwrapper, read


def rtp(*, first: int = 0x80, second: int = 96, after: bytes = b"") -> bytes:
    return struct.pack("!BBHII", first, second, 65_535, 4_000_000_000, 7) + after


def test_a_plain_packet() -> None:
    packet = read(rtp(second=0x80 | 111, after=b"coded"), 5)
    assert packet == (5, 111, 65_535, 4_000_000_000, 7, True, b"coded")


def test_sources_extension_and_padding_are_left_out() -> None:
    sources = bytes(8)
    extension = struct.pack("!HH", 0xBEDE, 1) + bytes(4)
    packet = read(rtp(first=0x80 | 32 | 16 | 2, after=sources + extension + b"ab\0\0\3"), 0)
    assert packet.payload == b"ab"
    assert not packet.marker


@pytest.mark.parametrize(
    "data",
    [
        b"",
        rtp()[:11],
        rtp(first=0x40),
        rtp(first=0x80 | 16, after=b"\0\0"),
        rtp(first=0x80 | 16, after=struct.pack("!HH", 0, 9)),
        rtp(first=0x80 | 3, after=b"short"),
        rtp(first=0x80 | 32, after=b"\xff"),
    ],
)
def test_what_is_no_packet_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        read(data, 0)


@given(
    st.integers(0, 2**16 - 1),
    st.lists(st.integers(-(2**15) + 1, 2**15 - 1), max_size=50),
)
def test_a_counter_goes_on_behind_its_end(start: int, steps: list[int]) -> None:
    counter, truth = Unwrapper(16), start
    assert counter.of(start) == start
    for step in steps:
        truth += step
        assert counter.of(truth % 2**16) == truth
