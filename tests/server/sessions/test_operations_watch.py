"""What an operator watches, of real sessions; and of stamps made by hand."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from runtime.errors import QueueFull
from runtime.layouts import Stage
from runtime.trace import ROW
from server.sessions.operations_types import WatchedSession
from server.sessions.operations_watch import MOST_WATCHERS, OperationsWatch, stage_times
from tests.server.real_service import LONG, RealService, cache_with, settings

MS = 1_000_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    made = RealService(settings(cache_with(tmp_path_factory.mktemp("cache")), drain_seconds=0))
    yield made
    made.stop()


def test_times_of_a_stage_are_of_the_ticks_that_passed_it() -> None:
    rows = np.zeros(3, ROW)
    for number, took in enumerate((1, 2, 6)):
        rows["stamps"][number, Stage.COMPOSITOR] = 10 * MS, (10 + took) * MS
        rows["stamps"][number, Stage.EGRESS, 0] = 20 * MS
        rows["left"][number] = 21 * MS
    rows["stamps"][2, Stage.INFERENCE] = 5 * MS, 9 * MS
    found = {one.stage: (one.median, one.most) for one in stage_times(rows)}
    assert found == {"inference": (4.0, 4.0), "compositor": (2.0, 6.0), "egress": (1.0, 1.0)}
    assert stage_times(rows[:0]) == []


def test_a_session_is_seen_with_its_way_and_its_stages(service: RealService) -> None:
    async def story() -> None:
        watch: OperationsWatch = service.service.operations
        empty = await watch.look()
        assert (empty.sessions, empty.ready) == ([], True)
        assert [actor.actor for actor in empty.actors][:2] == ["ingest", "features"]
        async with service.session() as (session, client):
            await service.say(session, LONG)
            await client.until_heard(20)
            with watch.watching():
                seen: WatchedSession | None = None
                while seen is None or seen.picture_kbps is None or seen.loss is None:
                    assert await watch.until_next()
                    [seen] = (await watch.look()).sessions
            assert (seen.sessionid, seen.avatar, seen.engine) == (session, "builtin", "builtin")
            assert (seen.state, seen.speaking, seen.recording) == ("live", True, False)
            assert seen.picture_kbps > 10
            assert seen.sound_kbps is not None
            assert 5 < seen.sound_kbps < 200
            assert 0 <= seen.loss <= 1
            stages = {one.stage: one.most for one in seen.stages}
            assert stages.keys() == {"ingest", "features", "inference", "compositor", "egress"}
            assert all(most >= 0 for most in stages.values())

    service.tell(story)


def test_all_who_watch_share_one_look_and_too_many_are_refused(service: RealService) -> None:
    async def story() -> None:
        watch = service.service.operations
        looks = await asyncio.gather(*(watch.look() for _ in range(5)))
        assert all(look is looks[0] for look in looks)
        held = [watch.watching() for _ in range(MOST_WATCHERS)]
        for one in held:
            one.__enter__()
        with pytest.raises(QueueFull, match="watch the operations already"), watch.watching():
            pass
        for one in held:
            one.__exit__(None, None, None)
        with watch.watching():
            pass

    service.tell(story)
