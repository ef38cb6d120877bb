"""What is sent again, by a clock made by hand."""

from actors.egress.webrtc.retransmission import BURST_MIN, PACKET_BITS, PART, RetransmissionLimit

MBIT = 1_000_000


def test_what_is_missed_is_sent_again_once_and_in_order() -> None:
    limit = RetransmissionLimit()
    assert limit.take([5, 6, 5, 9], MBIT, 0.0) == [5, 6, 9]


def test_a_client_that_misses_everything_gets_a_share_of_the_bitrate() -> None:
    limit = RetransmissionLimit()
    everything = list(range(6000))
    assert limit.take(everything, MBIT, 0.0) == everything[:BURST_MIN]
    assert limit.take(everything, MBIT, 0.0) == []
    sent = sum(len(limit.take(everything, MBIT, second / 10)) for second in range(1, 101))
    assert abs(sent - 10 * PART * MBIT / PACKET_BITS) <= 1


def test_even_the_narrowest_way_has_its_lost_packets_again() -> None:
    limit = RetransmissionLimit()
    assert len(limit.take(list(range(100)), 40_000, 0.0)) == BURST_MIN
    assert len(limit.take(list(range(100)), 40_000, 60.0)) == BURST_MIN
