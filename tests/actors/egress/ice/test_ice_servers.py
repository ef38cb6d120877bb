"""STUN and TURN servers: what they answer is used, and nobody waits for those that do not."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import uvloop
from aioice import stun

from actors.egress.ice.ice_server_watch import AGAIN_SECONDS, IceServerWatch
from actors.egress.ice.ice_servers import probe_all, usable
from actors.egress.options import MediaOptions
from actors.egress.webrtc.peer import Peer
from runtime.media_network import IceAddress
from tests.actors.egress.webrtc.client import Client
from tests.actors.egress.webrtc.scenes import SIZE
from tests.open_files import open_files

WAITED = 1.0
"""Far under aioice's 5 s, and loose for a busy machine: the wait itself is 0.2 s."""


class StunServer(asyncio.DatagramProtocol):
    """Answers a binding request as RFC 8489 says."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        asked = stun.parse_message(data)
        answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, asked.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = ("203.0.113.7", 4711)
        self.transport.sendto(bytes(answer), address)


@contextmanager
def silent(kind: socket.SocketKind) -> Iterator[int]:
    """The port of a server that takes what comes, and says nothing."""
    with socket.socket(type=kind) as server:
        server.bind(("0.0.0.0", 0))
        if kind == socket.SOCK_STREAM:
            server.listen()
        yield server.getsockname()[1]


async def answered(*servers: IceAddress) -> tuple[str, float]:
    """The answer to an offer with `servers`, and the seconds that it took."""
    executor = ThreadPoolExecutor(1)
    client = Client()
    offer = await client.offer()
    before = open_files()
    options = MediaOptions(ice_servers=IceServerWatch(servers))
    peer = Peer(SIZE, options, lambda state: None, executor)
    begun = time.monotonic()
    sdp, _ = await peer.answer(offer, "offer")
    took = time.monotonic() - begun
    await peer.close()
    await client.close()
    await asyncio.sleep(0)
    assert open_files() <= before
    executor.shutdown()
    return sdp, took


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (socket.SOCK_DGRAM, "stun:127.0.0.1:{}"),
        (socket.SOCK_DGRAM, "turn:127.0.0.1:{}"),
        (socket.SOCK_STREAM, "turn:127.0.0.1:{}?transport=tcp"),
        (socket.SOCK_STREAM, "turns:127.0.0.1:{}"),
    ],
)
def test_a_silent_server_is_not_waited_for(
    kind: socket.SocketKind, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    with silent(kind) as port, caplog.at_level(logging.WARNING):
        url = form.format(port)
        sdp, took = uvloop.run(answered(IceAddress((url,), "user", "secret")))
    assert took < WAITED
    assert "typ host" in sdp
    [record] = [record for record in caplog.records if "did not answer" in record.message]
    assert str(port) in record.__dict__["fields"]["server"]


def test_what_answers_is_used_though_another_is_silent() -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(StunServer, ("0.0.0.0", 0))
        there = transport.get_extra_info("sockname")[1]
        with silent(socket.SOCK_DGRAM) as port:
            sdp, took = await answered(
                IceAddress((f"turn:127.0.0.1:{port}",), "user", "secret"),
                IceAddress((f"stun:127.0.0.1:{there}",)),
            )
            assert took < WAITED
            assert "203.0.113.7 4711 typ srflx" in sdp
        transport.close()

    uvloop.run(body())


def test_each_url_is_probed() -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(StunServer, ("0.0.0.0", 0))
        there = f"stun:127.0.0.1:{transport.get_extra_info('sockname')[1]}"
        with silent(socket.SOCK_DGRAM) as port:
            gone = f"stun:127.0.0.1:{port}"
            found = await probe_all((IceAddress((gone, there)),), 1.0)
        assert found[gone] is None
        assert found[there] is not None
        transport.close()

    uvloop.run(body())


def test_a_server_that_is_silent_is_told_once_and_asked_again_beside_an_offer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body() -> None:
        now = [0.0]
        loop = asyncio.get_running_loop()
        with silent(socket.SOCK_DGRAM) as port:
            url = f"stun:127.0.0.1:{port}"
            watch = IceServerWatch((IceAddress((url,)),), lambda: now[0])
            watch.missed([url])
            watch.missed([url])
            assert watch.answering() == []
            assert not watch.asking
        transport, _ = await loop.create_datagram_endpoint(StunServer, ("127.0.0.1", port))
        now[0] = AGAIN_SECONDS
        assert watch.answering() == []
        assert watch.asking
        await asyncio.wait(watch.asking)
        assert [server.urls for server in watch.answering()] == [[url]]
        transport.close()
        watch.close()

    with caplog.at_level(logging.INFO):
        uvloop.run(body())
    told = [record.message for record in caplog.records if "ice_servers" in record.message]
    assert len(told) == 2
    assert "did not answer in time" in told[0]
    assert "answers again" in told[1]


def test_credentials_of_a_shared_secret_are_made_for_each_offer() -> None:
    server = IceAddress(("turn:a.example", "stun:a.example"), secret="north", seconds=60)
    [ours] = IceServerWatch((server,)).answering()
    until, _, name = str(ours.username).partition(":")
    assert 0 < int(until) - time.time() <= 60
    assert name == "ringtalk"
    assert ours.credential == server.signed(int(until) - 60).credential


def test_urls_that_cannot_be_asked_are_left_out() -> None:
    server = IceAddress(("stuns:a.example", "stun:a.example?transport=udp", "stun:b.example"))
    assert usable(server) == ["stun:b.example"]
    assert IceServerWatch((IceAddress(("stuns:a.example",)),)).answering() == []
