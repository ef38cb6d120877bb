"""How many sessions fit: what runs out first says."""

import pytest

from perf.sessions.plan import fitting
from runtime.capacity_plan import MOST

EACH = {"all cores": 0.06, "one thread": 0.02, "shared memory": 10.0}


@pytest.mark.parametrize(
    ("limits", "calls", "bound"),
    [
        ((1.8, 0.9, 1e4), 30, "all cores"),
        ((8.0, 0.9, 1e4), 45, "one thread"),
        ((8.0, 0.9, 125.0), 12, "shared memory"),
        ((0.01, 0.9, 1e4), 1, "all cores"),
        ((1e6, 1e6, 1e6), MOST, "all cores"),
    ],
)
def test_what_runs_out_first_bounds(
    limits: tuple[float, float, float], calls: int, bound: str
) -> None:
    found = fitting(EACH, dict(zip(EACH, limits, strict=True)))
    assert found[0] == calls
    if calls < MOST:
        assert found[1] == bound


def test_what_is_not_used_does_not_bound() -> None:
    each, limits = {"all cores": 0.1, "one thread": 0.0}, {"all cores": 1.8, "one thread": 0.9}
    assert fitting(each, limits) == (18, "all cores")
