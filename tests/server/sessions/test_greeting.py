"""Who comes is greeted once, from the first word on; who comes back is not."""

import json
from collections.abc import Iterator

import pytest

from tests.server.peer_client import PeerClient
from tests.server.real_service import RealService, cache_with, settings

GREETING = "Hello, and welcome."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    cache = cache_with(tmp_path_factory.mktemp("cache"))
    made = RealService(settings(cache, greeting=GREETING))
    yield made
    made.stop()


async def told(service: RealService, session: str) -> list[dict[str, object]]:
    """Its events up to the end of its first utterance."""
    found: list[dict[str, object]] = []
    with service.events.follow(session, 0) as follower:
        while not any(event["status"] == "end" for event in found):
            found += [json.loads(line.text) for line in await follower.next()]
    return found


def test_who_comes_is_greeted_and_who_comes_back_is_not(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, _):
            events = await told(service, session)
            [start] = [event for event in events if event["status"] == "start"]
            assert start["text"] == GREETING
            words = [event["text"] for event in events if event["status"] == "word"]
            assert words[0] == "Hello"
            again = PeerClient()
            answer = await service.sessions.open(await again.offer(), "offer", None, resume=session)
            await again.accept(answer.sdp)
            await again.watch(5)
            await service.say(answer.sessionid, "I said this.")
            events = await told(service, answer.sessionid)
            texts = [event["text"] for event in events if event["status"] == "start"]
            assert texts == ["I said this."]
            await again.close()

    service.tell(story)


def test_a_session_without_a_caller_is_not_greeted(service: RealService) -> None:
    async def story() -> None:
        session = await service.sessions.begin(None)
        await service.health.metrics()
        assert not service.speech.is_speaking(session)

    service.tell(story)
