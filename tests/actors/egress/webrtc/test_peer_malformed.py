"""Packets that no browser sends, over real sockets, with an innocent session beside them."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from struct import pack
from typing import Any, Final

import hypothesis.strategies as st
import numpy as np
import pytest
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_RTPFB,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    pack_rtcp_packet,
)
from hypothesis import HealthCheck, given, seed, settings

from actors.egress.ice.transports import dtls_transports
from actors.egress.webrtc.receive_guard import SOURCES_MAX
from actors.egress.webrtc.retransmission import BURST_MIN
from data.units import PLAYOUT_CHUNK
from tests.actors.egress.webrtc.client import Call, Client, calling
from tests.actors.egress.webrtc.hostile import Hostile
from tests.actors.egress.webrtc.scenes import picture, tone
from tests.actors.egress.webrtc.test_peer_return import Way
from tests.actors.session_rig import Rig, told

EXAMPLES: Final = 120
PACKETS: Final = 12
"""Of each example: some 1500 packets in all."""

byte = st.integers(0, 255)
tails = st.binary(max_size=200)
"""What follows a header."""
rtcp = st.one_of(
    tails,
    st.builds(
        lambda count, kind, length, body: pack("!BBH", 0x80 | count, kind, length) + body,
        st.integers(0, 63),
        st.sampled_from([200, 201, 202, 203, 204, 205, 206, 207]),
        st.integers(0, 50),
        tails,
    ),
    st.builds(
        lambda count, kind, words: (
            pack("!BBH", 0x80 | count, kind, len(words)) + pack(f"!{len(words)}L", *words)
        ),
        st.integers(0, 63),
        st.sampled_from([200, 201, 202, 203, 205, 206]),
        st.lists(st.integers(0, 2**32 - 1), max_size=50),
    ),
    st.builds(
        lambda fci: bytes(
            RtcpPsfbPacket(RTCP_PSFB_APP, 1, 0, b"REMB" + fci + bytes(-len(fci) % 4))
        ),
        st.binary(max_size=40),
    ),
)
rtp = st.builds(
    lambda first, second, ssrc, extension, body: (
        pack("!BBHLL", 0x80 | first, second, 1, 1, ssrc) + extension + body
    ),
    st.integers(0, 63),
    st.sampled_from([96, 97, 111, 0, 8, 13, 239, 127]),
    st.integers(0, 2**32 - 1),
    st.one_of(
        st.just(b""),
        st.builds(
            lambda profile, body: pack("!HH", profile, len(body) // 4) + body[: len(body) // 4 * 4],
            st.sampled_from([0xBEDE, 0x1000, 0x1001, 0]),
            st.one_of(
                st.binary(max_size=64),
                st.builds(lambda n, fill: bytes([n << 4, *([fill] * 3)]), st.integers(0, 15), byte),
            ),
        ),
    ),
    tails,
)
sctp = st.lists(
    st.builds(
        lambda kind, flags, length, body: (
            pack("!BBH", kind, flags, len(body) + 4 if length is None else length)
            + body
            + bytes(-len(body) % 4)
        ),
        st.sampled_from([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 14, 130, 192, 99]),
        byte,
        st.one_of(st.none(), st.integers(0, 300)),
        tails,
    ),
    min_size=1,
    max_size=4,
).map(b"".join)
stun = st.builds(
    lambda kind, attribute, body: (
        pack("!HHL12sHH", kind, len(body) + 4, 0x2112A442, bytes(12), attribute, len(body)) + body
    ),
    st.sampled_from([0x001, 0x011, 0x101, 0x111, 0x003, 0x3FFF]),
    st.sampled_from([0x01, 0x06, 0x08, 0x09, 0x20, 0x24, 0x8028, 0x8029, 0x802A, 0x1234]),
    st.binary(max_size=30),
)
datagrams = st.one_of(
    tails,
    stun,
    st.builds(lambda first, body: bytes([first]) + body, st.integers(20, 63), tails),
    st.builds(lambda first, body: bytes([first]) + body, st.integers(128, 191), tails),
)
packets = st.one_of(
    *(
        st.tuples(st.just(name), made)
        for name, made in (("rtcp", rtcp), ("rtp", rtp), ("sctp", sctp), ("datagram", datagrams))
    )
)


class Attack:
    """A hostile client with all that a session can have, and an innocent one in the same loop."""

    def __init__(self, hostile: Call, innocent: Call) -> None:
        self.sender, self.hostile, self.innocent = Hostile(hostile), hostile, innocent
        self.tick = 3

    async def survives(self, sent: list[tuple[str, bytes]]) -> None:
        """Send all, and have both sessions go on: each is heard, and hears."""
        for kind, data in sent:
            await getattr(self.sender, kind)(data)
        await self.sender.is_heard()
        await self.innocent.play([self.tick])
        # One that claims to lose everything is shown fewer pictures.
        audio, heard = self.hostile.client.audio, len(self.hostile.client.audio.times)
        self.hostile.peer.play(self.tick, tone(self.tick), picture(self.tick), repeat=False)
        await audio.until_more(heard)
        self.tick += 1


async def attack(stack: AsyncExitStack) -> Attack:
    """Both sessions, connected; `stack` ends them."""
    back = Way(stack.enter_context(Rig())).back
    client = Client(speaks=True, channels=["events"])
    hostile = await stack.enter_async_context(calling(client=client, back=back))
    back.channel.tell("hello")
    await client.until(lambda: client.texts == ["hello"])
    innocent = await stack.enter_async_context(calling())
    for call in (hostile, innocent):
        await call.play(range(3))
    return Attack(hostile, innocent)


def test_no_bytes_end_a_session_or_touch_another() -> None:
    loop = asyncio.new_event_loop()
    unhandled: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: unhandled.append(context))

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(asyncio.wait_for(work, 60))

    async def begin() -> tuple[AsyncExitStack, Attack]:
        stack = AsyncExitStack()
        return stack, await attack(stack)

    stack, both = run(begin())

    @seed(20)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(packets, min_size=1, max_size=PACKETS))
    def fuzz(sent: list[tuple[str, bytes]]) -> None:
        run(both.survives(sent))

    try:
        fuzz()
        assert np.diff(both.innocent.client.audio.times).max() == PLAYOUT_CHUNK, "nothing is lost"
        assert both.hostile.states == both.innocent.states == ["connected"]
        assert not unhandled
        _has_not_grown(both.hostile)
    finally:
        run(stack.aclose())
        loop.close()


def _has_not_grown(session: Call) -> None:
    connection = session.peer._connection
    assert connection is not None
    for transport in dtls_transports(connection):
        assert len(transport._rtp_router.ssrc_table) <= SOURCES_MAX
        assert transport.transport._connection._queue.empty()


DATA_CHANNEL_OPEN: Final = pack("!BBHLHH", 3, 0, 0, 0, 0, 0)
KILLERS: Final[dict[str, tuple[str, bytes]]] = {
    "a REMB that names more senders than it has": (
        "rtcp",
        bytes(RtcpPsfbPacket(RTCP_PSFB_APP, 1, 0, b"REMB" + bytes([9, 0, 0, 1]))),
    ),
    "an empty datagram": ("datagram", b""),
    "a STUN priority of one byte": (
        "datagram",
        pack("!HHL12sHH", 1, 8, 0x2112A442, bytes(12), 0x24, 1) + bytes(4),
    ),
    "an SCTP parameter of no length": ("sctp", pack("!BBHHH", 4, 0, 8, 1, 0)),
    "an SCTP acknowledgement of everything": (
        "sctp",
        pack("!BBHLLHH", 3, 0, 16 + 4 * 300, 0, 1000, 300, 0) + pack("!HH", 0, 65535) * 300,
    ),
    "an RTP send time of two bytes": (
        "rtp",
        pack("!BBHLLHH", 0x90, 96, 1, 1, 5, 0xBEDE, 1) + bytes([0x31, 1, 1, 0]) + b"abc",
    ),
}


@pytest.mark.parametrize("name", KILLERS)
def test_a_malformed_packet_is_dropped_and_its_session_goes_on(name: str) -> None:
    async def body() -> None:
        async with AsyncExitStack() as stack:
            both = await attack(stack)
            for _ in range(3):
                await both.survives([KILLERS[name]])

    told(body())


def test_a_client_that_misses_every_packet_gets_few_again() -> None:
    async def body() -> None:
        async with AsyncExitStack() as stack:
            both = await attack(stack)
            video = both.hostile.client.video
            missing = [packet.sequence_number for packet in video.packets]
            ssrc, before = video.packets[0].ssrc, len(video.packets)
            nack = pack_rtcp_packet(
                RTCP_RTPFB,
                RTCP_RTPFB_NACK,
                pack("!LL", 1, ssrc) + pack("!HH", missing[0], 0xFFFF) * 300,
            )
            for _ in range(20):
                await both.survives([("rtcp", nack)])
            again = len(video.packets) - before
            assert again <= 20 * BURST_MIN + 20

    told(body())


def test_sources_without_end_leave_nothing() -> None:
    async def body() -> None:
        async with AsyncExitStack() as stack:
            both = await attack(stack)
            for start in range(0, 2000, 100):
                sent = [
                    ("rtp", pack("!BBHLL", 0x80, 96, 1, 1, 10_000 + start + one) + b"x")
                    for one in range(100)
                ]
                await both.survives(sent)
            _has_not_grown(both.hostile)

    told(body())
