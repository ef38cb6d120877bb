"""Packets on their way: taken at once by who wants them so, else in order when somebody asks."""

import asyncio
from fractions import Fraction

import pytest
from aiortc.mediastreams import MediaStreamError

from actors.egress.webrtc.packet_queue import PacketQueue

BASE = Fraction(1, 90000)


def test_a_taker_gets_each_packet_as_it_is_put_and_what_it_leaves_waits_in_order() -> None:
    async def body() -> None:
        told: list[int] = []
        taken: list[tuple[bytes, int]] = []
        queue = PacketQueue(BASE, 4, told.append)
        queue.put(b"before", 1)

        def take(coded: bytes, timestamp: int) -> bool:
            if timestamp == 3:
                return False
            taken.append((coded, timestamp))
            return True

        queue.deliver(take)
        assert await queue.next() == (b"before", 1)
        queue.put(b"now", 2)
        queue.put(b"left", 3)
        queue.put(b"behind it", 4)
        assert taken == [(b"now", 2)]
        assert [await queue.next() for _ in range(2)] == [(b"left", 3), (b"behind it", 4)]
        queue.put(b"again", 5)
        assert taken[-1] == (b"again", 5)
        assert told == [1, 2, 3, 4, 5]
        assert queue.taken_bytes == sum(map(len, (b"before", b"now", b"left", b"behind it"))) + 5

    asyncio.run(body())


def test_a_queue_that_is_full_says_so_and_a_closed_one_takes_nothing() -> None:
    async def body() -> None:
        queue = PacketQueue(BASE, 1)
        queue.put(b"one", 1)
        with pytest.raises(OverflowError):
            queue.put(b"two", 2)
        assert queue.clear() == 1
        taken: list[int] = []
        queue.deliver(lambda _, timestamp: not taken.append(timestamp))  # type: ignore[func-returns-value]
        queue.close()
        queue.put(b"three", 3)
        assert not taken
        with pytest.raises(MediaStreamError):
            await queue.next()

    asyncio.run(body())
