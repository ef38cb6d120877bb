"""The simulation's arithmetic, and that the fleet that it counts keeps its promises."""

from dataclasses import replace
from random import Random

import pytest

from perf.fleet.policies import POLICIES, at_random, fewest_calls
from perf.fleet.simulated_fleet import TICK_MS, SimulatedNode, fleet_of
from perf.fleet.simulated_time import Outcome, Simulation
from perf.fleet.simulation import bound_of, plot, shares, tried
from server.fleet.placement import SessionWish


def node(sessions: int = 0, slowness: float = 1.0, gpus: int = 0) -> SimulatedNode:
    return SimulatedNode("1", 10, gpus, slowness, set(range(sessions)))


def test_a_full_node_keeps_time_and_a_slowed_one_does_not() -> None:
    full, slowed = node(10), node(10, slowness=1.5)
    assert not full.is_late and slowed.is_late
    assert full.in_time() == 10
    assert slowed.lateness_ms(slowed.in_time()) <= TICK_MS < slowed.lateness_ms(10)


def test_a_node_without_sessions_measures_nothing() -> None:
    assert node().report(Random(0)).lateness_ms == 0.0
    assert node(1).report(Random(0)).lateness_ms > 0.0


def test_those_compared_with_keep_to_what_suits() -> None:
    plain, gpu = node().report(Random(0)), replace(node(gpus=1).report(Random(0)), name="2")
    for policy in (at_random, fewest_calls):
        assert policy([plain, gpu], SessionWish(gpu=True), Random(0)) == "2"
        assert policy([plain], SessionWish(gpu=True), Random(0)) is None
        assert policy([replace(plain, sessions=10)], SessionWish(), Random(0)) is None


def test_shares_are_in_percent() -> None:
    outcome = Outcome(
        arrivals=200, refused=10, refused_gpu=4, seconds=50.0, late=5.0, places=100.0,
        bound_seconds=80.0, bound_late=8.0, bound_refused=2,
    )  # fmt: skip
    told = shares(outcome)
    assert (told["used %"], told["refused %"], told["late %"]) == (50.0, 5.0, 10.0)
    assert told["for want of a GPU %"] == 2.0
    assert bound_of(outcome) == {"used %": 80.0, "refused %": 1.0, "late %": 10.0}


@pytest.mark.parametrize("name", POLICIES)
def test_no_node_ever_holds_more_than_it_may(name: str) -> None:
    fleet = fleet_of(20, Random(3))
    outcome = Simulation(fleet, POLICIES[name], Random(4)).run(300, 30)
    assert all(len(one.sessions) <= one.capacity for one in fleet)
    assert outcome.seconds <= outcome.places
    assert outcome.refused <= outcome.arrivals


def test_every_way_meets_the_same_arrivals() -> None:
    rows = tried(20, 200, 30, seed=5)
    assert len({row["arrivals"] for name, row in rows.items() if name in POLICIES}) == 1


def test_nobody_is_less_late_than_the_clairvoyant() -> None:
    rows = tried(40, 400, 60, seed=6)
    assert all(row["late %"] >= rows["clairvoyant"]["late %"] for row in rows.values())


def test_the_plot_has_a_line_for_each() -> None:
    rows = {name: {"late %": 1.0} for name in (*POLICIES, "clairvoyant")}
    drawn = plot({10: rows, 20: rows}, "late %", "late")
    assert drawn.count("<polyline") == len(POLICIES) + 1
