"""The session's clock: pure arithmetic."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.compositor.clock import TickClock
from data.units import TICK_NS

clocks = st.builds(
    TickClock,
    start=st.integers(min_value=0, max_value=2**62),
    lead=st.integers(min_value=0, max_value=TICK_NS - 1),
    late_ticks=st.just(10),
)
ticks = st.integers(min_value=0, max_value=2**31)


@settings(deadline=None)
@given(clocks, ticks)
def test_a_tick_is_due_from_its_time_until_the_next_ones(clock: TickClock, tick: int) -> None:
    time = clock.decided_at(tick)
    assert clock.due(time) == tick
    assert clock.due(time - 1) == tick - 1
    assert clock.due(time + TICK_NS - 1) == tick
    assert clock.lateness(tick, time) == 0


@settings(deadline=None)
@given(clocks, ticks, st.integers(min_value=0, max_value=10**7))
def test_ticks_never_drift(clock: TickClock, tick: int, more: int) -> None:
    assert clock.decided_at(tick + more) - clock.decided_at(tick) == more * TICK_NS


@settings(deadline=None)
@given(clocks, ticks, st.integers(min_value=-(2**40), max_value=2**40))
def test_lateness_counts_from_the_time_of_deciding(clock: TickClock, tick: int, late: int) -> None:
    now = clock.decided_at(tick) + late
    assert clock.lateness(tick, now) == late
    assert (clock.due(now) >= tick) == (late >= 0)


def test_the_first_tick_is_decided_ahead_of_its_time() -> None:
    clock = TickClock(start=1_000_000_000, lead=8_000_000, late_ticks=10)
    assert clock.decided_at(0) == 992_000_000
    assert clock.due(991_999_999) == -1
    assert clock.due(1_000_000_000) == 0
