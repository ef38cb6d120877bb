"""The house stops: sessions may finish what they say, but not for ever."""

import asyncio
from pathlib import Path

import pytest
import uvloop

from data.services import SpeechStyle
from runtime.errors import NotReady
from server.sessions.local_service import LocalSessionService
from tests.server.peer_client import PeerClient
from tests.server.real_service import LONG, PATIENCE, SENTENCE, a_service, cache_with, settings


async def speaking(service: LocalSessionService, client: PeerClient, text: str) -> None:
    """A session that has just begun to say the text."""
    await service.start()
    answer = await service.sessions.open(await client.offer(), "offer", None)
    await client.accept(answer.sdp)
    await client.watch(1)
    await service.speech.say(answer.sessionid, text, style=SpeechStyle(), interrupt=False)
    await client.until_heard(1)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_session_goes_on_until_its_caller_leaves_and_none_begins(tmp_path: Path) -> None:
    async def story() -> None:
        service = a_service(settings(cache_with(tmp_path), drain_seconds=PATIENCE))
        client = PeerClient()
        await speaking(service, client, SENTENCE)
        pids = [
            actor.pid for actor in service.health.state().actors.values() if actor.pid is not None
        ]
        before = client.loud
        stopping = asyncio.ensure_future(service.stop())
        await client.until_heard(5)
        assert not service.health.state().ready
        with pytest.raises(NotReady, match="starting or stopping"):
            await service.sessions.open("v=0", "offer", None)
        await service.speech.say(
            service.sessions.all()[0].sessionid, SENTENCE, style=SpeechStyle(), interrupt=False
        )
        await client.until_heard(before + 20)
        assert not stopping.done()
        await client.close()
        await stopping
        assert service.sessions.all() == []
        assert not any(alive(pid) for pid in pids)

    uvloop.run(asyncio.wait_for(story(), PATIENCE))


def test_a_drain_ends_when_its_time_is_over(tmp_path: Path) -> None:
    async def story() -> None:
        service = a_service(settings(cache_with(tmp_path), drain_seconds=0))
        client = PeerClient()
        await speaking(service, client, LONG)
        await service.stop()
        assert service.sessions.all() == []
        await client.close()

    uvloop.run(asyncio.wait_for(story(), PATIENCE))


def test_a_call_that_ends_by_itself_while_the_house_stops_is_no_failure(tmp_path: Path) -> None:
    async def story() -> None:
        service = a_service(settings(cache_with(tmp_path)))
        client = PeerClient()
        await service.start()
        answer = await service.sessions.open(await client.offer(), "offer", None)
        await asyncio.gather(service.stop(), service.sessions.close(answer.sessionid))
        assert service.sessions.all() == []
        await client.close()

    uvloop.run(asyncio.wait_for(story(), PATIENCE))
