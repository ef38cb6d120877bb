"""A session without a caller ends when nobody uses it, and says why; the server's own stays."""

import json

import pytest

from tests.server.real_service import RealService, cache_with, settings


def test_clients_are_told_why_and_the_server_s_own_stays(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    cache = cache_with(tmp_path_factory.mktemp("cache"))
    service = RealService(settings(cache, unattended_seconds=0.2))

    async def story() -> None:
        own = await service.sessions.begin(None, "", "0")
        begun = await service.sessions.begin(None)
        with service.events.follow(begun, 0) as follower:
            told: list[dict[str, object]] = []
            while lines := await follower.next():
                told += [json.loads(line.text) for line in lines]
        assert told[-1]["status"] == "closed"
        assert "nobody used this session for 0.2 s" in str(told[-1]["reason"])
        assert [info.sessionid for info in service.sessions.all()] == [own]

    try:
        service.tell(story)
    finally:
        service.stop()
