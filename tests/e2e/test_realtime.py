"""A model that hears and speaks itself, in a real call: server, WebRTC, the service's protocol."""

from pathlib import Path
from typing import Any

import uvloop

from perf.client.api import Api
from perf.client.session import ClientSession
from tests.actors.ingest.realtime_server import RealtimeServer, realtime_server
from tests.e2e.conftest import Served, serve
from tests.e2e.test_conversation import PATIENCE, Person
from tests.server.real_service import cache_with

PIECES = 60
"""Of 100 ms, which an answer lasts."""


async def tells(server: RealtimeServer, request: dict[str, Any]) -> None:
    response = await server.begins(request)
    await server.speaks(response, f"m{server.responses}", "Once upon a time. There was a ", PIECES)
    await server.ends(response)


def start(server: RealtimeServer, cache: Path) -> Served:
    return serve(
        *("--avatar", "anna"),
        RINGTALK_CACHE_DIR=str(cache_with(cache, "anna")),
        RINGTALK_LLM__API="realtime",
        RINGTALK_LLM__URL=server.url,
        RINGTALK_LLM__MODEL="m",
    )


def test_a_person_is_heard_answered_and_may_talk_over_the_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with realtime_server(response__create=tells) as service:
            running = start(service, tmp_path)
            api = Api(running.url)
            try:
                async with ClientSession(api, listens=True, speaks=True, follows=True) as call:
                    await talk(Person(call, api), service)
            finally:
                api.close()
                running.process.terminate()
                assert running.process.wait(60) == 0

    uvloop.run(story())


async def talk(person: Person, service: RealtimeServer) -> None:
    await person.until("state", state="idle")
    await service.until("session.update")
    await service.turn("u1", "Tell me a story.")
    final = await person.until("transcript", final=True)
    assert final.event["text"] == "Tell me a story."
    person.seen = 0  # its words may come behind the answer
    start = await person.until("start")
    assert await person.sounds.first_loud(start.at - 10**8, PATIENCE) is not None
    await person.until("sentence", text="Once upon a time.")
    await service.say("input_audio_buffer.speech_started", item_id="u2", audio_start_ms=0)
    await person.until("interrupted", utterance=start.event["utterance"])
    cut = await service.until("conversation.item.truncate")
    assert cut["item_id"] == "m1"
    assert 0 < cut["audio_end_ms"] < PIECES * 100
    assert service.heard > 0, "the microphone is on its way to the service"
    await person.ask("And now?")
    asked = await service.until("conversation.item.create")
    assert asked["item"]["content"][0]["text"] == "And now?"
    await person.until("start")
