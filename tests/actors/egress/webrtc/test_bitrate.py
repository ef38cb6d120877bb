"""The bitrate follows what a receiver says about the network, not about the scene."""

from dataclasses import replace
from typing import Any

import pytest

from actors.egress.options import MediaOptions
from actors.egress.webrtc.bitrate import CALM_REPORTS, BitrateTarget
from actors.egress.webrtc.sound_rate import FULL, LEAST, REDUCED, rate_beside
from data.units import TICKS_PER_SECOND

SOME_LOSS = 0.05


def target_sending(bitrate: int) -> BitrateTarget:
    target = BitrateTarget(1_000_000, 300_000, 3_000_000)
    for _ in range(2 * TICKS_PER_SECOND):
        target.sent(bitrate // 8 // TICKS_PER_SECOND)
    return target


@pytest.mark.parametrize(
    ("sending", "estimates", "becomes"),
    [
        (1_000_000, [600_000], 600_000),
        (1_000_000, [900_000], 1_000_000),
        (1_000_000, [900_000, 850_000], 850_000),
        (1_000_000, [2_000_000, 900_000], 900_000),
        (1_000_000, [500_000, 540_000], 540_000),
        (1_000_000, [100_000], 300_000),
        (1_000_000, [1_500_000], 1_500_000),
        (1_000_000, [9_000_000], 3_000_000),
        (200_000, [350_000, 340_000], 1_000_000),
        (200_000, [190_000, 195_000], 1_000_000),
        (200_000, [190_000, 150_000], 300_000),
        (0, [400_000, 300_000], 1_000_000),
    ],
)
def test_estimates(sending: int, estimates: list[int], becomes: int) -> None:
    target = target_sending(sending)
    assert target.sending == sending
    target.report(SOME_LOSS, 0.05)
    for bitrate in estimates:
        target.estimate(bitrate)
    assert target.target == becomes


def test_an_estimate_that_falls_waits_for_a_report_that_bears_it_out() -> None:
    """A browser on a busy machine estimates what its own lateness looks like."""
    for lost, round_trip, believed in (
        (0.0, 0.05, False),
        (0.0, 0.12, True),
        (SOME_LOSS, 0.05, True),
    ):
        target = BitrateTarget(1_000_000, 20_000, 3_000_000)
        for _ in range(TICKS_PER_SECOND):
            target.sent(320_000 // 8 // TICKS_PER_SECOND)
        target.report(0.0, 0.05)
        before = target.target
        target.estimate(157_000)
        target.estimate(160_000)
        target.estimate(159_000)
        assert target.target == before
        target.report(lost, round_trip)
        assert target.target == (159_000 if believed else before)


def test_a_narrow_way_is_believed_to_become_narrower_at_once() -> None:
    target = BitrateTarget(1_000_000, 20_000, 3_000_000)
    target.burst(3000, 0.12)
    assert target.narrow
    for _ in range(TICKS_PER_SECOND):
        target.sent(300_000 // 8 // TICKS_PER_SECOND)
    target.estimate(120_000)
    target.estimate(80_000)
    assert target.target == 80_000


def test_an_estimate_that_trails_a_scene_that_gets_lively_changes_nothing() -> None:
    target = BitrateTarget(1_000_000, 300_000, 3_000_000)
    for second in range(20):
        for _ in range(TICKS_PER_SECOND):
            target.sent((100_000 + 40_000 * second) // 8 // TICKS_PER_SECOND)
        target.estimate(90_000 + 20_000 * second)
    assert target.target == 1_000_000


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"prefer": "av1"}, "av1"),
        ({"bitrate": 100}, "bitrate_min"),
        ({"bitrate_min": 0}, "bitrate_min"),
        ({"quiet_seconds": 20.0}, "lost_seconds"),
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        MediaOptions(**wrong)


def test_the_first_picture_tells_how_wide_the_way_is() -> None:
    for seconds, pictures in ((0.0, 1_000_000), (0.02, 984_400), (0.4, 25_500), (1.0, 20_000)):
        target = BitrateTarget(1_000_000, 20_000, 3_000_000)
        target.begin()
        assert target.narrow, "a small picture first"
        assert target.sound == FULL
        target.burst(3000, seconds)
        assert target.target == pictures


def test_pictures_give_way_to_the_sound() -> None:
    """What both take on the wire fits into the way, with room for a queue to go away."""
    for way in (60_000, 100_000, 150_000, 300_000):
        target = BitrateTarget(1_000_000, 20_000, 3_000_000)
        target.burst(3000, 8 * 3000 / way)
        assert target.narrow
        assert target.target + target.sound.on_wire <= way
        assert 2 <= TICKS_PER_SECOND / target.stride <= TICKS_PER_SECOND


@pytest.mark.parametrize(
    ("lost", "round_trip", "becomes"),
    [
        (0.0, 0.05, 1_080_000),
        (0.01, None, 1_080_000),
        (0.05, 0.05, 1_000_000),
        (0.15, 0.05, 1_000_000),  # lost in the air
        (0.15, 0.9, 850_000),
        (0.5, 0.05, 500_000),
        (0.0, 0.9, 850_000),
    ],
)
def test_reports(lost: float, round_trip: float | None, becomes: int) -> None:
    target = target_sending(1_000_000)
    target.report(lost, round_trip)
    assert target.target == becomes


def test_a_report_of_the_sound_takes_and_does_not_give() -> None:
    target = target_sending(1_000_000)
    target.report(0.0, 0.05, of_sound=True)
    assert target.target == 1_000_000
    target.report(0.5, 0.05, of_sound=True)
    assert target.target == 500_000


def test_where_the_receiver_estimates_nothing_grows_without_it() -> None:
    target = target_sending(1_000_000)
    target.estimate(900_000)
    target.report(0.0, 0.05)
    assert target.target == 1_000_000


def test_many_lost_packets_are_believed_before_a_report_comes() -> None:
    target = target_sending(1_000_000)
    target.missing(5)
    assert target.target == 1_000_000
    target.missing(200)
    assert target.target <= 500_000


def test_the_sound_does_not_swing() -> None:
    rate = rate_beside(90_000, FULL)
    assert rate == REDUCED
    assert rate_beside(150_000, rate) == REDUCED
    assert rate_beside(300_000, rate) == FULL
    assert rate_beside(30_000, rate) == LEAST
    assert rate_beside(60_000, LEAST) == LEAST
    assert rate_beside(95_000, LEAST) == REDUCED


def test_sound_that_is_lost_carries_its_correction_until_it_is_not_lost_any_more() -> None:
    target = target_sending(1_000_000)
    target.report(0.1, 0.05)
    assert target.sound == FULL, "those were pictures"
    target.report(0.05, 0.05, of_sound=True)
    assert target.sound == replace(FULL, corrects=True)
    for _ in range(CALM_REPORTS - 1):
        target.report(0.0, 0.05, of_sound=True)
    assert target.sound != FULL
    target.report(0.0, 0.05, of_sound=True)
    assert target.sound == FULL


def test_it_grows_slowly_near_what_was_too_much() -> None:
    target = target_sending(1_000_000)
    target.report(0.0, 0.9)
    assert target.target == 850_000
    target.report(0.0, 0.05)
    assert target.target == 918_000
    target.report(0.0, 0.05)
    assert target.target == 927_180
