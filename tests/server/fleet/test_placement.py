"""Where a session goes: room, avatar, GPU, then the least lateness, and any of equals."""

from dataclasses import replace
from random import Random

import pytest

from server.fleet.placement import NodeReport, NoPlace, SessionWish, choose

QUIET = NodeReport("1", "http://10.0.0.1:8010", 12, 0, 0.0, frozenset({"juno", "pip"}))


def nodes(count: int, **changed: object) -> list[NodeReport]:
    return [replace(QUIET, name=str(n + 1), **changed) for n in range(count)]  # type: ignore[arg-type]


ANY = SessionWish()


def chosen(reports: list[NodeReport], wish: SessionWish = ANY, seed: int = 0) -> str:
    found = choose(reports, wish, Random(seed))
    assert isinstance(found, NodeReport)
    return found.name


def test_the_least_late_node_is_chosen_although_it_has_more_sessions() -> None:
    late = replace(QUIET, name="1", sessions=1, lateness_ms=30.0)
    in_time = replace(QUIET, name="2", sessions=9, lateness_ms=6.0)
    assert chosen([late, in_time]) == "2"


def test_a_difference_within_the_noise_leaves_it_to_the_places_taken() -> None:
    fuller = replace(QUIET, name="1", sessions=3, lateness_ms=4.1)
    emptier = replace(QUIET, name="2", sessions=2, lateness_ms=5.9)
    assert chosen([fuller, emptier]) == "2"


def test_places_count_by_their_share() -> None:
    small = replace(QUIET, name="1", capacity=4, sessions=2)
    large = replace(QUIET, name="2", capacity=40, sessions=10)
    assert chosen([small, large]) == "2"


def test_equals_are_chosen_at_random() -> None:
    assert {chosen(nodes(3), seed=seed) for seed in range(40)} == {"1", "2", "3"}


def test_nine_sessions_come_three_by_three() -> None:
    reports, rng = nodes(3), Random(1)
    for _ in range(9):
        found = choose(reports, SessionWish(), rng)
        assert isinstance(found, NodeReport)
        at = reports.index(found)
        reports[at] = replace(found, sessions=found.sessions + 1)
    assert [one.sessions for one in reports] == [3, 3, 3]


def test_of_many_nodes_the_best_is_not_everybodys() -> None:
    reports = [replace(one, lateness_ms=10.0 * n) for n, one in enumerate(nodes(50))]
    drawn = {chosen(reports, seed=seed) for seed in range(40)}
    assert len(drawn) > 10
    assert "50" not in drawn


def test_full_and_draining_nodes_are_passed_over() -> None:
    full = replace(QUIET, name="1", sessions=12)
    leaving = replace(QUIET, name="2", draining=True)
    late = replace(QUIET, name="3", sessions=11, lateness_ms=90.0)
    assert chosen([full, leaving, late]) == "3"


def test_an_avatar_is_shown_where_it_is() -> None:
    other = replace(QUIET, name="2", lateness_ms=50.0, avatars=frozenset({"anna"}))
    assert chosen([QUIET, other], SessionWish("anna")) == "2"


def test_a_gpu_is_left_to_those_who_need_it() -> None:
    with_gpu, without = replace(QUIET, name="1", gpus=1), replace(QUIET, name="2", sessions=6)
    assert chosen([with_gpu, without]) == "2"
    assert chosen([with_gpu, without], SessionWish("juno", gpu=True)) == "1"
    busy = replace(without, lateness_ms=9.0)
    assert chosen([with_gpu, busy]) == "1"


@pytest.mark.parametrize(
    ("reports", "wish", "reason", "passes", "told"),
    [
        ([], SessionWish(), "no node", True, "no node of the fleet answers"),
        (nodes(2, draining=True), SessionWish(), "draining", True, "all 2 nodes"),
        (nodes(2), SessionWish("anna"), "no such avatar", False, "'anna'"),
        (nodes(2), SessionWish("juno", gpu=True), "no gpu", False, "needs a GPU"),
        (nodes(2, sessions=12), SessionWish(), "full", True, "all 24 places of the 2 nodes"),
    ],
)
def test_a_refusal_says_why(
    reports: list[NodeReport], wish: SessionWish, reason: str, passes: bool, told: str
) -> None:
    found = choose(reports, wish, Random(0))
    assert isinstance(found, NoPlace)
    assert (found.reason, found.passes) == (reason, passes)
    assert told in found.message
