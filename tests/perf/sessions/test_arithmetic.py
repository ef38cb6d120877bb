"""Verdicts, levels, quantiles, the search for a capacity, plots: pure functions."""

import io
import itertools
import wave
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from perf import svg
from perf.client.crowd import Caller, Crowd
from perf.sessions import goals, stages
from perf.sessions.capacity import Search
from perf.sessions.goals import Goal, verdict
from perf.sessions.load import level
from perf.sounds import bursts, vowel, wav


def test_a_goal_is_reached_when_both_percentiles_are() -> None:
    goal = Goal("a", 60, 90)
    assert verdict(goal, [50.0] * 19 + [95.0]).mark == goals.PASSED
    assert verdict(goal, [50.0] * 15 + [95.0] * 5).mark == goals.FAILED
    assert verdict(goal, [61.0] * 20).mark == goals.FAILED


def test_a_trial_without_a_result_is_a_failure() -> None:
    goal = Goal("a", 60, 90)
    assert verdict(goal, [50.0, None]).mark == goals.FAILED
    assert verdict(goal, [None]).mark == goals.FAILED
    assert verdict(goal, []).mark == goals.NOT_TAKEN


def test_offsets_are_judged_by_their_distance_from_0() -> None:
    goal = Goal("lips", 20, 40, magnitude=True)
    assert verdict(goal, [-35.0, 35.0, -5.0, 5.0]).mark == goals.PASSED
    assert verdict(goal, [-45.0, 45.0, -5.0, 5.0]).mark == goals.FAILED
    assert verdict(goal, [-25.0] * 4).mark == goals.FAILED


def crowd(*callers: Caller) -> Crowd:
    return Crowd(3.0, 0.1, list(callers), [])


def test_a_level_is_as_good_as_its_worst_call() -> None:
    good, slow = (
        Caller([25] * 20, [12.0], [], [3.0], 0),
        Caller([25] * 18 + [20] * 2, [], [], [], 0),
    )
    assert level(2, crowd(good, good)).holds
    assert level(2, crowd(good, slow)).fps_p5 == pytest.approx(20)
    assert not level(2, crowd(good, slow)).holds
    assert not level(3, crowd(good, good)).holds
    assert not level(1, crowd(Caller([25] * 20, [41.0], [], [], 0))).holds
    assert not level(1, crowd()).holds


@given(st.integers(1, 300), st.integers(0, 400))
def test_the_search_finds_the_capacity_in_few_tries(most: int, truth: int) -> None:
    search, tried = Search(most), []
    while (calls := search.next) is not None:
        assert 1 <= calls <= most
        tried.append(calls)
        search.tell(calls <= truth)
    assert search.held == min(most, truth)
    assert len(tried) == len(set(tried)) <= 2 * most.bit_length() + 1


def exposition(*seconds: float) -> str:
    registry = CollectorRegistry()
    histogram = Histogram(
        stages.STAY, "a", ["stage"], buckets=(0.01, 0.02, 0.04), registry=registry
    )
    for value in seconds:
        histogram.labels("features").observe(value)
    return generate_latest(registry).decode()


def test_stages_are_what_came_between_two_looks() -> None:
    [step] = stages.steps(exposition(0.03, 0.03), exposition(0.03, 0.03, 0.015, 0.015))
    assert (step.stage, step.count) == ("features", 2)
    assert 10 < step.stay_p50 <= 20
    assert stages.steps("", "") == []


def test_quantiles_beyond_the_last_bound_are_the_bound() -> None:
    [step] = stages.steps("", exposition(1.0, 1.0))
    assert step.stay_p95 == pytest.approx(40)


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=20),
)
def test_plots_are_well_formed_and_stay_inside(points: list[tuple[float, float]]) -> None:
    plot = svg.curves("a <b> & c", "x", "y", {"<one>": points}, {"limit": 5.0})
    root = ElementTree.fromstring(plot)
    [line] = [element for element in root.iter() if element.tag.endswith("polyline")]
    for pair in line.attrib["points"].split():
        x, y = map(float, pair.split(","))
        assert 0 <= x <= svg.WIDTH
        assert 0 <= y <= svg.HEIGHT


def test_a_waterfall_is_well_formed() -> None:
    plot = svg.waterfall("a", "ms", {"ingest": (0.0, 3.0), "features": (1.5, 80.0)})
    root = ElementTree.fromstring(plot)
    assert sum(element.tag.endswith("rect") for element in root.iter()) == 4


def test_a_distribution_ends_at_100_percent() -> None:
    assert svg.cumulative([3.0, 1.0]) == [(1.0, 50.0), (3.0, 100.0)]


def test_a_vowel_is_loud_from_its_first_millisecond() -> None:
    sound = vowel(0.5)
    assert len(sound) == 8000
    assert np.abs(sound[:32]).max() > 0.1 * 32767
    assert np.abs(sound).max() == pytest.approx(0.6 * 32767, abs=2)


def test_bursts_lie_where_they_are_asked_for() -> None:
    sound = bursts(2, 0.1, itertools.cycle([0.2]))
    assert len(sound) == 2 * 4800
    assert not sound[:3200].any()
    assert not sound[4800:8000].any()
    with wave.open(io.BytesIO(wav(sound))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (16_000, 1, 9600)
