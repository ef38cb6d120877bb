"""A session's ticks on the wall clock."""

import pytest
from aiortc.clock import current_ntp_time

from actors.egress.webrtc.timeline import NTP_FRACTION_BITS, Timeline
from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICKS_PER_SECOND, VIDEO_CLOCK, VIDEO_TICK


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_nothing_has_a_time_before_the_first_tick() -> None:
    timeline = Timeline()
    assert not timeline.begun
    with pytest.raises(RuntimeError, match="no tick"):
        timeline.now()
    with pytest.raises(RuntimeError, match="no tick"):
        timeline.timestamp(0, VIDEO_CLOCK)


def test_sound_and_picture_have_one_time_which_follows_the_clock_of_the_ticks() -> None:
    clock = Clock()
    timeline = Timeline(clock)
    before = current_ntp_time()
    timeline.begin(40)
    timeline.begin(90)
    assert before <= timeline.now() <= current_ntp_time()
    for ticks in (0, 1, 7.5, 3_000_000):
        clock.seconds = 1000.0 + ticks / TICKS_PER_SECOND
        now = timeline.now()
        assert (now - before) >> NTP_FRACTION_BITS == pytest.approx(ticks / TICKS_PER_SECOND, abs=2)
        for rate, tick in ((VIDEO_CLOCK, VIDEO_TICK), (PLAYOUT_RATE, PLAYOUT_TICK)):
            assert timeline.timestamp(now, rate) == pytest.approx((40 + ticks) * tick, abs=1)
