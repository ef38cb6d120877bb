"""What arrivals say about a sender, with scripted arrivals."""

import numpy as np
import pytest

from perf.client import flow
from perf.client.pace import Pace
from perf.client.packets import Packet
from perf.client.tap import SenderReport

MS = 1_000_000
CELT_20 = bytes([0xF8]) + bytes(9)
"""Begins an Opus packet of 20 ms."""
CELT_2_20 = bytes([0xF9]) + bytes(9)
SECOND = 1000 * MS


def packet(
    at_ms: float, number: int, timestamp: int, *, marker: bool = True, payload: bytes = CELT_20
) -> Packet:
    return Packet(round(at_ms * MS), 96, number % 2**16, timestamp % 2**32, 1, marker, payload)


def sound(times_ms: list[float]) -> Pace:
    pace = Pace(48_000)
    for number, at in enumerate(times_ms):
        pace.take(packet(at, number, number * 960))
    return pace


def test_packets_of_one_picture_are_one_arrival() -> None:
    pace = Pace(90_000)
    pace.take(packet(0, 65_535, 0, marker=False))
    arrival = pace.take(packet(3, 0, 0))
    assert len(pace.arrivals) == 1
    assert (arrival.first, arrival.last, arrival.whole, arrival.size) == (0, 3 * MS, True, 20)


def test_lost_and_late_packets_are_counted() -> None:
    pace = Pace(90_000)
    for at, number in enumerate((10, 13, 12)):
        pace.take(packet(at, number, number * 3600))
    assert pace.lost == 1


def test_pictures_are_counted_by_the_second_and_only_whole_ones() -> None:
    pace = Pace(90_000)
    for number in range(50):
        pace.take(packet(10 + 40 * number, number, number * 3600, marker=number != 3))
    assert flow.pictures_per_second(pace, (0, 2 * SECOND + 5)) == [24, 25]


def test_a_gap_is_what_a_player_without_a_buffer_lacks() -> None:
    times = [0.0, 20.0, 40.0, 130.0, 131.0, 132.0, 140.0]
    gaps = flow.sound_gaps(sound(times), (0, SECOND))
    assert gaps == pytest.approx([0, 0, 70, 0, 0, 0])


def test_sound_that_the_sender_skipped_is_a_gap() -> None:
    pace = Pace(48_000)
    pace.take(packet(0, 0, 0))
    pace.take(packet(20, 1, 960 * 4))
    assert flow.sound_gaps(pace, (0, SECOND)) == pytest.approx([60])


def test_a_packet_plays_as_long_as_it_says() -> None:
    pace = Pace(48_000)
    pace.take(packet(0, 0, 0, payload=CELT_2_20))
    pace.take(packet(40, 1, 1920))
    pace.take(packet(70, 2, 2880))
    assert flow.sound_gaps(pace, (0, SECOND)) == pytest.approx([0, 10])


def test_a_sender_that_falls_behind_shows_in_lateness_and_rate() -> None:
    slow = sound([20.2 * number for number in range(3000)])
    late = flow.lateness(slow, (0, 61 * SECOND))
    assert late[0, 1] == 0
    assert late[-1, 1] == pytest.approx(0.2 * 2999, rel=1e-3)
    assert flow.rate_error(slow, (0, 61 * SECOND)) == pytest.approx(
        -3_600_000 * 0.2 / 20.2, rel=0.01
    )


def test_an_even_sender_has_no_lateness_whatever_its_jitter() -> None:
    random = np.random.default_rng(1)
    even = sound([20 * number + float(random.uniform(0, 3)) for number in range(3000)])
    assert flow.lateness(even, (0, 61 * SECOND))[:, 1].max() <= 3
    assert abs(flow.rate_error(even, (0, 61 * SECOND))) < 20


def test_nothing_came() -> None:
    empty = Pace(48_000)
    assert flow.sound_gaps(empty, (0, SECOND)) == []
    assert len(flow.lateness(empty, (0, SECOND))) == 0
    assert flow.rate_error(empty, (0, SECOND)) == 0
    assert flow.pictures_per_second(empty, (0, SECOND)) == [0]


def test_the_senders_clock_is_read_across_the_timestamps_end() -> None:
    reports = [
        SenderReport("audio", 0, 2**32 - 960, 100.0),
        SenderReport("video", 0, 5, 50.0),
    ]
    assert flow.sender_seconds(reports, "audio", 2**32 + 960, 48_000) == pytest.approx(100.04)
    assert flow.sender_seconds(reports, "audio", 960, 48_000) == pytest.approx(100.04)
    assert flow.sender_seconds([], "audio", 0, 48_000) is None


def test_the_nearest_report_counts() -> None:
    reports = [SenderReport("audio", 0, 0, 10.0), SenderReport("audio", 0, 480_000, 20.5)]
    assert flow.sender_seconds(reports, "audio", 479_520, 48_000) == pytest.approx(20.49)
