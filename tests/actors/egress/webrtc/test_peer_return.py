"""The way back of a session, over real sockets: what a client says, and its data channel."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence

import numpy as np
import pytest
from aiortc.rtp import AnyRtcpPacket
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from actors.egress.webrtc.event_channel import BACKLOG, BUFFERED_MAX, EventChannel
from actors.egress.webrtc.microphone import Microphone, MicrophoneCounts
from actors.egress.webrtc.peer import ReturnPath
from actors.egress.webrtc.sctp_guard import STREAMS_MAX
from data.units import PLAYOUT_CHUNK
from tests.actors.egress.webrtc.client import Call, Client, calling
from tests.actors.egress.webrtc.voice import coded, delay, narrow, voice
from tests.actors.session_rig import Rig, read, told
from tests.open_files import open_files

Frame = NDArray[np.float32]


class Way:
    """A session's way back, and ingest's end of the wall."""

    def __init__(self, rig: Rig) -> None:
        self.registry = CollectorRegistry()
        outlet = rig.stand("egress").outlets["mic"]
        self.inlet = rig.stand("ingest").inlets["mic"]
        counts = MicrophoneCounts(self.registry)
        microphone = Microphone(outlet, counts, asyncio.get_running_loop())
        self.channel = EventChannel("s")
        self.back = ReturnPath(microphone, self.channel)

    async def hear(self, count: int) -> tuple[list[int], Frame]:
        """The next frames' numbers and their sound."""
        found = [await read(self.inlet, "sound") for _ in range(count)]
        return [mark.tick for mark, _ in found], np.array([frame for _, frame in found]).ravel()


Story = Callable[[Call, Way], Coroutine[None, None, None]]


async def call_with(story: Story, *, speaks: bool = False, channels: Sequence[str] = ()) -> None:
    with Rig() as rig:
        way = Way(rig)
        client = Client(speaks=speaks, channels=channels)
        async with calling(client=client, back=way.back) as session:
            await story(session, way)


def test_what_a_client_says_is_in_the_ring() -> None:
    said = voice(5)

    async def story(session: Call, way: Way) -> None:
        frames: list[Frame] = []
        for number, payload in enumerate(coded(said)):
            session.client.voice.speak(payload, number * PLAYOUT_CHUNK)
            [heard], frame = await way.hear(1)
            assert heard == number
            frames.append(frame)
        lag, likeness = delay(np.concatenate(frames), narrow(said))
        assert lag < 160
        assert likeness > 0.95
        await session.play(range(3))

    told(call_with(story, speaks=True))


@pytest.mark.parametrize("first", [True, False])
def test_what_a_client_says_in_a_section_of_its_own_is_in_the_ring(first: bool) -> None:
    async def story(session: Call, way: Way) -> None:
        for number, payload in enumerate(coded(voice(2))):
            session.client.voice.speak(payload, number * PLAYOUT_CHUNK)
            assert (await way.hear(1))[0] == [number]
        await session.play(range(3))

    async def body() -> None:
        with Rig() as rig:
            way, client = Way(rig), Client()
            client.connection.addTransceiver(client.voice, direction="sendonly")
            if first:
                offered = client.connection._RTCPeerConnection__transceivers  # type: ignore[attr-defined]  # their order
                offered.insert(0, offered.pop())
            async with calling(client=client, back=way.back) as session:
                await story(session, way)

    told(body())


def test_a_microphone_is_told_how_its_packets_arrive() -> None:
    """Receiver reports (RFC 3550): a browser fits its packets to them."""

    async def story(session: Call, way: Way) -> None:
        sender = session.client.connection.getSenders()[1]
        reported = asyncio.Event()
        handle = sender._handle_rtcp_packet

        async def tap(packet: AnyRtcpPacket) -> None:
            await handle(packet)
            reported.set()

        sender._handle_rtcp_packet = tap  # type: ignore[method-assign]  # a tap
        for number, payload in enumerate(coded(voice(1))):
            session.client.voice.speak(payload, number * PLAYOUT_CHUNK)
        await reported.wait()
        assert any(one.type == "remote-inbound-rtp" for one in (await sender.getStats()).values())

    told(call_with(story, speaks=True))


def test_a_client_that_only_listens_is_not_listened_to() -> None:
    async def story(session: Call, way: Way) -> None:
        answer = session.client.connection.remoteDescription.sdp
        assert answer.count("a=sendonly") == 2
        assert "m=application" not in answer
        await session.play(range(3))
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("audio-decoder") == 1, "the client's own"
        way.channel.tell("for nobody")
        assert way.inlet.take() is None

    told(call_with(story))


def test_texts_come_in_order_also_those_from_before_the_channel() -> None:
    async def story() -> None:
        with Rig() as rig:
            way = Way(rig)
            for number in range(BACKLOG + 6):
                way.channel.tell(f"early {number}")
            client = Client(channels=["events"])
            async with calling(client=client, back=way.back) as session:
                await session.client.until(lambda: len(client.texts) == BACKLOG)
                for number in range(200):
                    way.channel.tell(f"später {number}")
                await client.until(lambda: len(client.texts) == BACKLOG + 200)
                early = [f"early {number}" for number in range(6, BACKLOG + 6)]
                assert client.texts == early + [f"später {number}" for number in range(200)]

    told(story())


def test_a_channel_of_another_name_is_closed_and_what_a_client_sends_is_dropped() -> None:
    async def story(session: Call, way: Way) -> None:
        other, events = session.client.channels
        await session.client.until(lambda: other.readyState == "closed")
        await session.client.until(lambda: events.readyState == "open")
        events.send('{"type":"interrupt"}')
        events.send(b"\x00" * 1000)
        way.channel.tell("still here")
        await session.client.until(lambda: session.client.texts == ["still here"])
        await session.play(range(3))

    told(call_with(story, channels=["other", "events"]))


def test_a_client_that_takes_nothing_loses_its_channel_and_not_its_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(session: Call, way: Way) -> None:
        client = session.client
        way.channel.tell("hello")
        await client.until(lambda: client.texts == ["hello"])
        text = "x" * 16_000
        with caplog.at_level(logging.WARNING, "actors.egress.webrtc.event_channel"):
            for _ in range(10 * BUFFERED_MAX // len(text)):
                way.channel.tell(text)
        assert [record.getMessage() for record in caplog.records] == [
            "the data channel of a session is closed: 272000 bytes wait for the client already"
        ]
        [events] = client.channels
        await client.until(lambda: events.readyState == "closed")
        assert len(client.texts) <= 2 + BUFFERED_MAX // len(text)
        way.channel.tell("for nobody")
        await session.play(range(3))

    told(call_with(story, channels=["events"]))


def test_a_client_that_floods_its_channel_is_cut_off_and_not_its_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(session: Call, way: Way) -> None:
        client = session.client
        way.channel.tell("hello")
        await client.until(lambda: client.texts == ["hello"])
        assert client.connection.sctp is not None
        client.connection.sctp._remote_max_message_size = 0  # a client that keeps no rule
        [events] = client.channels
        with caplog.at_level(logging.WARNING, "actors.egress.webrtc.event_channel"):
            events.send(b"x" * 4_000_000)
            await client.until(lambda: events.readyState == "closed")
        assert [record.args for record in caplog.records] == [
            ("the client sent more than its window allows",)
        ]
        way.channel.tell("for nobody")
        await session.play(range(3))

    told(call_with(story, channels=["events"]))


def test_a_client_that_opens_channels_without_end_is_cut_off(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(session: Call, way: Way) -> None:
        client = session.client
        with caplog.at_level(logging.WARNING, "actors.egress.webrtc.event_channel"):
            await client.until(lambda: client.channels[-1].readyState == "closed")
        assert [record.args for record in caplog.records] == [
            (f"the client opened more than {STREAMS_MAX} streams",)
        ]
        await session.play(range(3))

    told(call_with(story, channels=["events"] * (STREAMS_MAX + 5)))


def test_a_client_may_open_its_channel_again() -> None:
    async def story(session: Call, way: Way) -> None:
        client = session.client
        way.channel.tell("one")
        await client.until(lambda: client.texts == ["one"])
        client.channels.append(client._open("events"))
        await client.until(lambda: client.channels[0].readyState == "closed")
        way.channel.tell("two")
        await client.until(lambda: client.texts == ["one", "two"])

    told(call_with(story, channels=["events"]))


def test_a_call_with_a_voice_and_a_channel_leaves_nothing() -> None:
    async def story() -> None:
        async def one_call(packets: int) -> None:
            async def talk(session: Call, way: Way) -> None:
                for number, payload in enumerate(coded(voice(1))[:packets]):
                    session.client.voice.speak(payload, number * PLAYOUT_CHUNK)
                await way.hear(packets)
                way.channel.tell("hello")
                await session.client.until(lambda: session.client.texts == ["hello"])

            await call_with(talk, speaks=True, channels=["events"])

        await one_call(1)
        files, threads = open_files(), threading.active_count()
        for packets in (0, 1, 10):
            await one_call(packets)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        assert open_files() == files
        assert threading.active_count() == threads

    told(story())


def test_a_voice_keeps_a_call_alive_without_reports() -> None:
    async def story(session: Call, way: Way) -> None:
        assert session.peer._liveness is not None
        session.peer._liveness._heard_at = before = 0.0
        session.client.voice.speak(coded(voice(1))[0], 0)
        await way.hear(1)
        assert session.peer._liveness._heard_at > before

    told(call_with(story, speaks=True))
