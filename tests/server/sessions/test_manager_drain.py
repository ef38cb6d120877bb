"""The house stops: calls may finish what they say, but not for ever."""

import asyncio
from pathlib import Path

import pytest
import uvloop

from data.services import Manner
from runtime.errors import NotReady
from server.sessions.manager import Calls
from tests.server.peer_client import PeerClient
from tests.server.real_service import LONG, PATIENCE, SENTENCE, cache_with, settings


async def speaking(house: Calls, client: PeerClient, text: str) -> None:
    """A call that has just begun to say the text."""
    await house.start()
    answer = await house.open(await client.offer(), "offer", None)
    await client.accept(answer.sdp)
    await client.watch(1)
    await house.say(answer.sessionid, text, manner=Manner(), interrupt=False)
    await client.until_heard(1)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_what_is_being_said_is_said_to_its_end_and_no_call_begins(tmp_path: Path) -> None:
    async def story() -> None:
        house = Calls(settings(cache_with(tmp_path), drain_seconds=PATIENCE))
        client = PeerClient()
        await speaking(house, client, SENTENCE)
        pids = [actor.pid for actor in house.health().actors.values() if actor.pid is not None]
        before = client.loud
        stopping = asyncio.ensure_future(house.stop())
        await client.until_heard(5)
        assert not house.health().ready
        with pytest.raises(NotReady, match="starting or stopping"):
            await house.open("v=0", "offer", None)
        await stopping
        assert client.loud > before + 20
        assert house.sessions() == []
        assert not any(alive(pid) for pid in pids)
        await client.close()

    uvloop.run(asyncio.wait_for(story(), PATIENCE))


def test_a_drain_ends_when_its_time_is_over(tmp_path: Path) -> None:
    async def story() -> None:
        house = Calls(settings(cache_with(tmp_path), drain_seconds=0))
        client = PeerClient()
        await speaking(house, client, LONG)
        await house.stop()
        assert house.sessions() == []
        await client.close()

    uvloop.run(asyncio.wait_for(story(), PATIENCE))


def test_a_call_that_ends_by_itself_while_the_house_stops_is_no_failure(tmp_path: Path) -> None:
    async def story() -> None:
        house = Calls(settings(cache_with(tmp_path)))
        client = PeerClient()
        await house.start()
        answer = await house.open(await client.offer(), "offer", None)
        await asyncio.gather(house.stop(), house.close(answer.sessionid))
        assert house.sessions() == []
        await client.close()

    uvloop.run(asyncio.wait_for(story(), PATIENCE))
