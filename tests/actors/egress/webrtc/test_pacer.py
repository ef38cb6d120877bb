"""When a picture's packets leave, by the bytes that were sent."""

import asyncio

import uvloop

from actors.egress.webrtc.pacer import AHEAD_SECONDS, HEADERS, Pacer

SIZE = 1000


def test_pictures_wait_and_what_is_sent_again_counts() -> None:
    async def body() -> None:
        rate: list[int | None] = [None]
        bursts: list[int] = []
        pacer, loop = Pacer(lambda: rate[0], bursts.append), asyncio.get_running_loop()
        for _ in range(2):
            pacer.count(SIZE)
        pacer.sent()
        pacer.count(SIZE)
        pacer.sent()
        assert bursts == [2 * (SIZE + HEADERS)], "of the first picture alone"
        await asyncio.wait_for(pacer.settle(), 0.5)
        rate[0] = 8 * (SIZE + HEADERS)  # one packet a second
        begun = loop.time()
        pacer.count(SIZE // 2)
        pacer.count(SIZE // 2 - HEADERS)  # together as long as one
        assert pacer.busy
        await pacer.settle()
        assert loop.time() - begun >= 1 - AHEAD_SECONDS - 0.01

    uvloop.run(body())


def test_once_closed_nothing_waits_and_nobody_is_told() -> None:
    async def body() -> None:
        bursts: list[int] = []
        pacer = Pacer(lambda: 1000, bursts.append)
        pacer.count(SIZE)
        pacer.close()
        pacer.sent()
        await asyncio.wait_for(pacer.settle(), 0.5)
        assert not bursts and not pacer.busy

    uvloop.run(body())
