"""A session may ask for so much in a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import TooManyRequests
from server.sessions.rate_limit import BURST_SECONDS, RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(limit: RateLimit, tries: int) -> int:
    """How many of so many tries in one go succeed."""
    count = 0
    for _ in range(tries):
        try:
            limit.take()
        except TooManyRequests:
            continue
        count += 1
    return count


def test_some_seconds_worth_at_once_and_then_no_more() -> None:
    limit = RateLimit(5, Clock())
    assert taken(limit, 100) == 5 * BURST_SECONDS
    with pytest.raises(TooManyRequests, match=r"5 a second.*20 at once.*max_requests_per_second"):
        limit.take()


def test_what_waits_may_ask_again() -> None:
    clock = Clock()
    limit = RateLimit(5, clock)
    taken(limit, 100)
    clock.now += 1
    assert taken(limit, 100) == 5
    clock.now += 3600
    assert taken(limit, 1000) == 5 * BURST_SECONDS, "an hour's silence is no larger burst"


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 300)), max_size=20))
def test_it_never_gives_more_than_the_rate_and_one_burst(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    limit = RateLimit(5, clock)
    total = 0
    for pause, tries in asked:
        clock.now += pause
        total += taken(limit, tries)
    assert total <= 5 * BURST_SECONDS + 5 * (clock.now - 1000.0) + 1
