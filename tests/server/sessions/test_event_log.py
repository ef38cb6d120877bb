"""A session's log of events: numbers, followers that come, go and come back, and the end."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from runtime.errors import QueueFull
from server.sessions.event_log import AT_ONCE, MOST_FOLLOWERS, EventLog, Follower
from server.sessions.event_types import (
    KINDS,
    ClientEvent,
    Error,
    Event,
    State,
    Turn,
    TurnMs,
    as_json,
)


def scene(act: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(60):
            await act()

    uvloop.run(within())


def tell(log: EventLog, count: int) -> None:
    for number in range(count):
        log.tell(Error(utterance=number, text="x"))


async def all_of(follower: Follower) -> list[dict[str, Any]]:
    """Until the log ends."""
    found = []
    while lines := await follower.next():
        found += [json.loads(line.text) for line in lines]
    return found


def test_events_are_numbered_from_1_and_end_with_closed() -> None:
    async def act() -> None:
        log = EventLog()
        follower = log.follow(0)
        assert json.loads(log.tell(State(state="idle"))) == {
            "id": 1,
            "status": "state",
            "state": "idle",
        }
        tell(log, 2)
        log.close()
        log.close()
        assert [(event["id"], event["status"]) for event in await all_of(follower)] == [
            (1, "state"),
            (2, "error"),
            (3, "error"),
            (4, "closed"),
        ]
        assert await follower.next() == []
        assert await log.follow(99).next() == []

    scene(act)


def test_a_follower_that_waits_gets_what_comes_and_loses_nothing_to_a_timeout() -> None:
    async def act() -> None:
        log = EventLog()
        follower = log.follow(0)
        for number in range(1, 4):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await follower.next()
            coming = asyncio.ensure_future(follower.next())
            await asyncio.sleep(0)
            tell(log, 1)
            assert [line.id for line in await coming] == [number]

    scene(act)


@pytest.mark.parametrize("after", [0, 3, 7, 8])
def test_who_comes_back_gets_what_came_behind_the_number(after: int) -> None:
    async def act() -> None:
        log = EventLog()
        tell(log, 7)
        log.close()
        ids = [event["id"] for event in await all_of(log.follow(after))]
        assert ids == list(range(after + 1, 9))

    scene(act)


def test_a_number_that_was_never_told_is_the_last_one() -> None:
    async def act() -> None:
        log = EventLog()
        tell(log, 2)
        follower = log.follow(500)
        tell(log, 1)
        assert [line.id for line in await follower.next()] == [3]

    scene(act)


def test_who_was_away_for_too_long_is_told_how_much_is_lost() -> None:
    async def act() -> None:
        log = EventLog(kept=10)
        follower = log.follow(0)
        tell(log, 4)
        assert [line.id for line in await follower.next()] == [1, 2, 3, 4]
        tell(log, 15)
        log.close()
        first, *others = await all_of(follower)
        assert first == {"id": 10, "status": "gap", "missed": 6}
        assert [event["id"] for event in others] == list(range(11, 21))

    scene(act)


def test_a_slow_follower_holds_nobody_up() -> None:
    async def act() -> None:
        log = EventLog()
        slow, quick = log.follow(0), log.follow(0)
        tell(log, 3 * AT_ONCE)
        for _ in range(3):
            assert len(await quick.next()) == AT_ONCE
        assert [line.id for line in await slow.next()] == list(range(1, AT_ONCE + 1))

    scene(act)


def test_no_more_followers_than_there_may_be_until_one_leaves() -> None:
    async def act() -> None:
        log = EventLog()
        with log.follow(0):
            for _ in range(MOST_FOLLOWERS - 1):
                log.follow(0)
            with pytest.raises(QueueFull, match=str(MOST_FOLLOWERS)):
                log.follow(0)
        log.follow(0)

    scene(act)


def test_every_kind_has_a_status_of_its_own_and_stands_in_the_schema() -> None:
    statuses = [kind.model_fields["status"].default for kind in KINDS]
    assert len(set(statuses)) == len(KINDS)
    defined = Event.model_json_schema()["$defs"]
    assert {kind.__name__ for kind in KINDS} < set(defined)
    assert all(issubclass(kind, ClientEvent) for kind in KINDS)


def test_parts_of_a_turn_that_were_not_taken_are_left_out() -> None:
    turn = Turn(utterance=4, turn=2, ms=TurnMs(vad=500.0, total=612.5))
    assert json.loads(as_json(turn))["ms"] == {"vad": 500.0, "total": 612.5}
