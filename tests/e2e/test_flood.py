"""A client floods its session; its own socket ends, and nobody else's session notices."""

import asyncio
import json

import httpx
import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.e2e.caller import Caller
from tests.e2e.conftest import Served

INTERRUPT = json.dumps({"type": "interrupt"})


async def flood(url: str, sessionid: str, message: str, count: int) -> tuple[int, str]:
    """How the server closes a socket on which so many messages come in one go."""
    address = f"{url.replace('http', 'ws', 1)}/ws?sessionid={sessionid}"
    async with connect(address, compression=None) as socket:
        try:
            for _ in range(count):
                await socket.send(message)
            async for _ in socket:
                pass
        except ConnectionClosed:
            pass
        return socket.close_code or 0, socket.close_reason or ""


def test_a_flood_of_interrupts_ends_its_socket_and_nothing_else(served: Served) -> None:
    processes = served.children()

    async def story() -> None:
        async with Caller(served.url) as innocent, Caller(served.url) as caller:
            await innocent.say(" ".join(["I go on talking, whatever the others do."] * 8))
            await innocent.hear()
            for count in (4_500, 40_000):
                closed = await flood(served.url, caller.sessionid, INTERRUPT, count)
                assert closed[0] == 1008
                assert "max_requests_per_second" in closed[1]
            await innocent.hear()
            answer = await caller.say("I am still here.")
            if answer.status_code == 429:
                await asyncio.sleep(int(answer.headers["retry-after"]))
                answer = await caller.say("I am still here.")
            assert answer.json()["code"] == 0
            await caller.hear()

    uvloop.run(story())
    assert served.children() == processes, "no process was restarted"


def test_a_flood_of_requests_is_refused_with_429(served: Served) -> None:
    async def story() -> None:
        async with Caller(served.url) as caller:
            async with httpx.AsyncClient(base_url=served.url, timeout=60) as client:
                body = {"sessionid": caller.sessionid}
                answers = [await client.post("/interrupt_talk", json=body) for _ in range(1000)]
            refused = [answer for answer in answers if answer.status_code == 429]
            assert refused
            assert refused[0].headers["retry-after"] == "1"
            assert "50 a second" in refused[0].json()["msg"]
            assert {answer.status_code for answer in answers} == {200, 429}

    uvloop.run(story())
