"""Where media arrive: the ports, the addresses, and what clients are told of them."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvloop

from actors.egress.options import MediaOptions
from actors.egress.webrtc.peer import Peer
from runtime.errors import NoMediaAddress, OutOfResources
from runtime.media_network import MediaNetwork, UdpPorts
from tests.actors.egress.webrtc.client import Client
from tests.actors.egress.webrtc.scenes import SIZE
from tests.open_files import open_files

LOOPBACK = ("127.0.0.1",)


async def candidates(network: MediaNetwork, offer: str) -> list[list[str]]:
    """Those of the answer to an offer: the words of each."""
    executor = ThreadPoolExecutor(1)
    peer = Peer(SIZE, MediaOptions(network=network), lambda state: None, executor)
    try:
        sdp, _ = await peer.answer(offer, "offer")
    finally:
        await peer.close()
        executor.shutdown()
    return [line.split() for line in sdp.splitlines() if line.startswith("a=candidate:")]


def told(network: MediaNetwork) -> set[tuple[str, int]]:
    """The addresses and ports that an answer names."""

    async def body() -> set[tuple[str, int]]:
        client = Client()
        try:
            found = await candidates(network, await client.offer())
        finally:
            await client.close()
        assert all(words[6:8] == ["typ", "host"] for words in found)
        return {(words[4], int(words[5])) for words in found}

    return uvloop.run(body())


def free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_media_use_the_ports_and_addresses_that_they_may() -> None:
    port = free_port()
    assert told(MediaNetwork(UdpPorts(port, port), LOOPBACK)) == {("127.0.0.1", port)}


def test_a_port_that_is_taken_is_passed_over_and_none_left_is_told() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        network = MediaNetwork(UdpPorts(port, port), LOOPBACK)
        before = open_files()
        with pytest.raises(OutOfResources, match=f"every UDP port of {port}-{port} is taken"):
            told(network)
        assert open_files() <= before
        more = MediaNetwork(UdpPorts(port, port + 20), LOOPBACK)
        [(_, other)] = told(more)
        assert port < other <= port + 20


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(NoMediaAddress, match=r"none of 203\.0\.113\.9 is an address of"):
        told(MediaNetwork(bind=("203.0.113.9",)))


def test_clients_are_told_the_announced_address_with_our_port() -> None:
    port = free_port()
    network = MediaNetwork(UdpPorts(port, port), LOOPBACK, ("203.0.113.7", "198.51.100.2"))
    assert told(network) == {("203.0.113.7", port), ("198.51.100.2", port)}
    assert told(MediaNetwork(UdpPorts(port, port), LOOPBACK, ("2001:db8::7",))) == {
        ("127.0.0.1", port)
    }


def test_a_machine_without_a_network_serves_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: [])
    assert "127.0.0.1" in {host for host, _ in told(MediaNetwork())}
