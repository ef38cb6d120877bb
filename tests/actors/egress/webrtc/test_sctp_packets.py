"""Which SCTP packets are handed on, with packets made by hand."""

from struct import pack

import pytest
from aiortc.rtcsctptransport import (
    DataChunk,
    ForwardTsnChunk,
    HeartbeatChunk,
    InitChunk,
    ReconfigChunk,
    SackChunk,
    ShutdownChunk,
    StreamResetOutgoingParam,
    serialize_packet,
)

from actors.egress.webrtc.sctp_packets import GAP_END_MAX, PACKET_HEADER, check_packet


def packet(*chunks: tuple[int, bytes]) -> bytes:
    """A packet of chunks, each a type and a body."""
    parts = [pack("!BBH", kind, 0, 4 + len(body)) + body for kind, body in chunks]
    return bytes(PACKET_HEADER) + b"".join(part + bytes(-len(part) % 4) for part in parts)


def sack(
    *gaps: tuple[int, int], count: int | None = None, duplicates: int = 0
) -> tuple[int, bytes]:
    """A SACK that says it has `count` gap blocks, or as many as it has."""
    head = pack("!LLHH", 1, 1000, len(gaps) if count is None else count, duplicates)
    return 3, head + b"".join(pack("!HH", *gap) for gap in gaps)


def test_what_a_client_sends_is_handed_on() -> None:
    data = DataChunk(flags=3)
    data.user_data = b"hello"
    gaps = SackChunk()
    gaps.gaps = [(2, 3), (5, 5), (7, GAP_END_MAX)]
    gaps.duplicates = [8, 9]
    init = InitChunk()
    init.params = [(49152, b""), (32776, bytes([192, 130]))]
    heartbeat = HeartbeatChunk()
    heartbeat.params = [(1, b"12345")]
    reset = ReconfigChunk()
    reset.params = [(13, bytes(StreamResetOutgoingParam(1, 2, 3, [1])))]
    for chunk in (data, gaps, init, heartbeat, reset, ForwardTsnChunk(), ShutdownChunk()):
        check_packet(serialize_packet(5000, 5000, 1, chunk))
    check_packet(packet((77, b""), (10, b"cookie"), (11, b""), (14, b"")))


@pytest.mark.parametrize(
    ("chunk", "reason"),
    [
        ((0, bytes(11)), "too few"),
        ((0, bytes(12)), "no data"),
        ((1, bytes(15)), "too few"),
        ((3, b""), "too few"),
        ((192, b"1"), "too few"),
        ((192, bytes(6)), "within a stream"),
        ((4, pack("!HH", 1, 0)), "says it has 0 bytes"),
        ((9, pack("!HH", 1, 3)), "says it has 3 bytes"),
        ((130, pack("!HHL", 13, 9, 1)), "says it has 9 bytes"),
        ((1, bytes(16) + pack("!HH", 5, 0)), "says it has 0 bytes"),
        (sack(count=1), "1 blocks"),
        (sack((1, 2), duplicates=1), "2 blocks"),
        (sack((2, 1)), "out of order"),
        (sack((1, 4), (3, 5)), "out of order"),
        (sack((1, GAP_END_MAX + 1)), "never sent"),
    ],
)
def test_a_malformed_chunk_is_not_handed_on(chunk: tuple[int, bytes], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_packet(packet((11, b""), chunk))


def test_a_chunk_longer_than_its_packet_is_not_handed_on() -> None:
    with pytest.raises(ValueError, match="says it has 100 bytes"):
        check_packet(bytes(PACKET_HEADER) + pack("!BBH", 0, 0, 100) + bytes(50))
    with pytest.raises(ValueError, match="says it has 3 bytes"):
        check_packet(bytes(PACKET_HEADER) + pack("!BBH", 0, 0, 3))
