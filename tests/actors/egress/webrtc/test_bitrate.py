"""The bitrate follows what a receiver says about the network, not about the scene."""

from typing import Any

import pytest

from actors.egress.options import MediaOptions
from actors.egress.webrtc.bitrate import BitrateTarget
from data.units import TICKS_PER_SECOND


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
    for bitrate in estimates:
        target.estimate(bitrate)
    assert target.target == becomes


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
