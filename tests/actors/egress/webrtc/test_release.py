"""What a session leaves behind: nothing, without a garbage collection."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import uvloop
from aiortc import RTCPeerConnection
from aiortc.exceptions import InvalidStateError

from actors.egress.options import MediaOptions
from actors.egress.webrtc.peer import Peer
from actors.egress.webrtc.release import release
from data.units import PLAYOUT_CHUNK
from runtime.errors import BadOffer
from tests.actors.egress.webrtc.client import Call, Client, calling
from tests.actors.egress.webrtc.scenes import SIZE
from tests.actors.egress.webrtc.test_peer_return import Way
from tests.actors.egress.webrtc.voice import coded, voice
from tests.actors.session_rig import Rig

Left = list["weakref.ref[Any]"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is collected in here; what was garbage before is gone."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def parts_of(peer: Peer) -> Left:
    """The peer, and all that it has opened by now."""
    connection, sound = peer._connection, peer._sound
    assert connection is not None and sound is not None
    found: list[object] = [peer, connection, sound, sound._encoder, peer._encoder, peer._pictures]
    for transceiver in connection.getTransceivers():
        transport = transceiver.receiver.transport
        found += [transceiver, transceiver.sender, transceiver.receiver, transport]
        found += [transport.transport, transport.transport._connection]
    if connection.sctp:
        found.append(connection.sctp)
    if peer._back:
        found += [peer._back.microphone, peer._back.channel]
    return [weakref.ref(part) for part in found if part is not None]


def kept(left: Left) -> list[str]:
    return [type(part).__name__ for ref in left if (part := ref()) is not None]


async def spoken(codec: str | None, left: Left) -> None:
    """A session with all that it can have: two tracks, a microphone, a data channel."""
    with Rig() as rig:
        way = Way(rig)
        client = Client(codec, speaks=True, channels=["events"])
        async with calling(client=client, back=way.back) as session:
            for number, payload in enumerate(coded(voice(1))[:3]):
                session.client.voice.speak(payload, number * PLAYOUT_CHUNK)
                await way.hear(1)
            await session.play(range(5))
            way.channel.tell("hello")
            await session.client.until(lambda: bool(session.client.texts))
            session.peer.hush()
            left += parts_of(session.peer)
    release(client.connection)


async def vanished(codec: str | None, left: Left) -> None:
    """The sockets go without a word; the owner closes."""
    client = Client(codec)
    async with calling(client=client) as session:
        await session.play(range(3))
        left += parts_of(session.peer)
        session.client.vanish()
        await session.peer.close()
    release(client.connection)


async def never_came(codec: str | None, left: Left) -> None:
    """An offer is answered, and nobody connects."""
    executor = ThreadPoolExecutor(1)
    session = Call(Client(codec), MediaOptions(connect_seconds=0.1), executor)
    await session.peer.answer(await session.client.offer(), "offer")
    left += parts_of(session.peer)
    await session.reach("failed")
    await session.peer.close()
    await session.client.close()
    executor.shutdown()


@pytest.mark.parametrize("codec", ["H264", "VP8"])
@pytest.mark.parametrize("story", [spoken, vanished, never_came])
def test_a_closed_session_is_freed_without_a_collection(
    codec: str, story: Callable[[str | None, Left], Coroutine[Any, Any, None]]
) -> None:
    async def body() -> None:
        left: Left = []
        with uncollected():
            await asyncio.create_task(story(codec, left))
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:  # aiortc's own connecting task sees the end at its next look
                await asyncio.wait(others)
            del others
            await asyncio.sleep(0)
            assert len(left) > 10
            assert kept(left) == []

    uvloop.run(body())


def test_an_answer_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    left: Left = []

    async def fail(connection: RTCPeerConnection) -> None:
        left.append(weakref.ref(connection))
        raise InvalidStateError("no answer today")

    async def refused(offer: str) -> None:
        executor = ThreadPoolExecutor(1)
        peer = Peer(SIZE, MediaOptions(), lambda state: None, executor)
        left.append(weakref.ref(peer))
        try:
            await peer.answer(offer, "offer")
        except BadOffer:
            executor.shutdown()
        else:
            pytest.fail("it was answered")

    async def body() -> None:
        client = Client()
        offer = await client.offer()
        monkeypatch.setattr(RTCPeerConnection, "createAnswer", fail)
        with uncollected():
            await asyncio.create_task(refused(offer))
            await asyncio.sleep(0)
            assert len(left) == 2
            assert kept(left) == []
        await client.close()

    uvloop.run(body())
