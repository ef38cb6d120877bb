"""The addresses of this machine, as ICE candidates: which, on what ports, and what they are called.

In: one of aioice's connections that gathers, what the settings say of the network. Out: its
candidates. aioice takes any port of every address but loopback; here they are those of the settings
(`udp_ports`, `bind`), and loopback where there is nothing else, so that a machine without a network
serves itself. Runs in the egress process's event loop. The sockets become the connection's, which
closes them.
"""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any, Final

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol, server_reflexive_candidate
from aioice.turn import UDP_SOCKET_BUFFER_SIZE

from runtime.errors import NoMediaAddress, OutOfResources, RingtalkError
from runtime.media_network import MediaNetwork, UdpPorts

LOOPBACK: Final = ("127.0.0.1", "::1")

Relayed = Callable[[], Awaitable[list[Candidate]]]
"""What aioice gathers itself: the candidates of a TURN server."""


async def gather(
    ice: Connection, network: MediaNetwork, addresses: list[str], relayed: Relayed, seconds: float
) -> list[Candidate]:
    """The candidates of the only component of `ice`; servers have `seconds` to answer.

    addresses: of this machine, without loopback."""
    chosen = network.bind or tuple(addresses) or LOOPBACK
    opened = [await _opened(ice, address, network.ports) for address in chosen]
    protocols = [protocol for protocol in opened if protocol is not None]
    ice._protocols += protocols
    relays = asyncio.ensure_future(relayed())
    reflexive = await _reflexive(ice, protocols, seconds)
    hosts = [protocol.local_candidate for protocol in protocols]
    return [*_announced(hosts, network.announce), *reflexive, *await relays]


async def _opened(ice: Connection, address: str, ports: UdpPorts | None) -> StunProtocol | None:
    """A socket at the address; None where there is none to be had."""
    sock = _bound(address, ports)
    if sock is None:
        return None
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_SOCKET_BUFFER_SIZE)
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(lambda: StunProtocol(ice), sock=sock)
    host, port = sock.getsockname()[:2]
    protocol.local_candidate = _host(host, port)
    return protocol


def _host(address: str, port: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=1,
        transport="udp",
        priority=candidate_priority(1, "host"),
        host=address,
        port=port,
        type="host",
    )


def _bound(address: str, ports: UdpPorts | None) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for port in (0,) if ports is None else _shuffled(ports):
        sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            sock.bind((address, port))
        except OSError:
            sock.close()
            continue
        return sock
    return None


def _shuffled(ports: UdpPorts) -> Iterable[int]:
    """Every port once, from one of them on: few of the first that are tried are taken."""
    begin = random.randrange(len(ports))
    return (ports.first + (begin + step) % len(ports) for step in range(len(ports)))


async def _reflexive(
    ice: Connection, protocols: list[StunProtocol], seconds: float
) -> list[Candidate]:
    """What a STUN server sees of the IPv4 sockets, where it answers in time."""
    server = ice.stun_server
    ours = [one for one in protocols if ip_address(one.local_candidate.host).version == 4]
    if server is None or not ours:
        return []
    asked = [asyncio.ensure_future(server_reflexive_candidate(one, server)) for one in ours]
    done, pending = await asyncio.wait(asked, timeout=seconds)
    for task in pending:
        task.cancel()
    return [task.result()[0] for task in done if task.exception() is None]


def _announced(hosts: list[Candidate], names: tuple[str, ...]) -> list[Candidate]:
    """The candidates under the addresses by which clients know this machine (1:1 NAT), each in the
    place of this machine's own of the same family."""
    families: dict[int, list[str]] = {}
    for name in names:
        families.setdefault(ip_address(name).version, []).append(name)
    told: dict[tuple[str, int], Candidate] = {}
    for host in hosts:
        for name in families.get(ip_address(host.host).version, [host.host]):
            told[name, host.port] = _host(name, host.port)
    return list(told.values())


def why_none(network: MediaNetwork) -> RingtalkError:
    """What to raise where no socket could be opened."""
    if network.bind and not any(_can_bind(address) for address in network.bind):
        told = ", ".join(network.bind)
        return NoMediaAddress(f"none of {told} is an address of this machine (setting bind)")
    if network.ports is not None:
        return OutOfResources(f"every UDP port of {network.ports} is taken (setting udp_ports)")
    return NoMediaAddress("no UDP socket can be opened on this machine")


def _can_bind(address: str) -> bool:
    sock: Any = _bound(address, None)
    if sock is None:
        return False
    sock.close()
    return True
