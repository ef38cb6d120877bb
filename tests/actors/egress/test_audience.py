"""Those who watch a session, with real clients on this machine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from aiortc.rtp import RtpPacket

from actors.egress.audience import Audience
from actors.egress.options import MediaOptions
from data.units import PLAYOUT_RATE, TICKS_PER_SECOND, VIDEO_CLOCK
from runtime.errors import NoCommonCodec, TooManyViewers, UnknownViewer
from runtime.messages import ActorNews, ViewerCount
from tests.actors.egress.webrtc.client import Client
from tests.actors.egress.webrtc.scenes import SIZE, noise, picture, tone
from tests.actors.session_rig import told


class Hall:
    """An audience, its news, and its clients."""

    def __init__(self, executor: ThreadPoolExecutor, most: int) -> None:
        self.counts: list[int] = []
        self.changed = asyncio.Event()
        self.audience = Audience(
            "s", SIZE, MediaOptions(), executor, most, self._heard, lambda kind, error: None
        )
        self.tick = 0
        self.clients: list[Client] = []

    def _heard(self, news: ActorNews) -> None:
        if isinstance(news, ViewerCount):
            self.counts.append(news.count)
            self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def enter(self, name: str, codec: str | None = None) -> Client:
        """A client that is connected."""
        client = Client(codec)
        self.clients.append(client)
        before = len(self.counts)
        await client.accept(await self.audience.watch(name, await client.offer(), "offer"))
        await self.until(lambda: len(self.counts) > before)
        return client

    async def play(
        self, count: int, *seen: Client, shown: Callable[[int], object] = picture
    ) -> None:
        """Ticks, each when all of `seen` have the one before; they wait for no keyframe."""
        for _ in range(count):
            had = [(one, len(one.video.times), len(one.audio.times)) for one in seen]
            image = shown(self.tick)
            self.audience.play(self.tick, tone(self.tick), image, repeat=False)  # type: ignore[arg-type]
            self.tick += 1
            for one, pictures, sounds in had:
                await one.video.until_more(pictures)
                await one.audio.until_more(sounds)

    async def hear(self, one: Client) -> None:
        """One tick, until its sound is there."""
        had = len(one.audio.times)
        self.audience.play(self.tick, tone(self.tick), picture(self.tick), repeat=False)
        self.tick += 1
        await one.audio.until_more(had)

    async def close(self) -> None:
        for client in self.clients:
            await client.close()
        await self.audience.close()


@asynccontextmanager
async def hall(most: int = 5) -> AsyncIterator[Hall]:
    executor = ThreadPoolExecutor(2)
    made = Hall(executor, most)
    try:
        yield made
    finally:
        await made.close()
        executor.shutdown()


def test_viewers_of_both_codecs_see_and_hear_the_same_ticks() -> None:
    async def story() -> None:
        async with hall() as it:
            first, other = await it.enter("a", "H264"), await it.enter("b", "VP8")
            await it.play(12, first, other)
            await first.video.until(lambda: len(first.video.frames) >= 8)
            await other.video.until(lambda: len(other.video.frames) >= 8)
            for client in (first, other):
                steps = [b - a for a, b in pairwise(client.video.times)]
                assert set(steps) == {VIDEO_CLOCK // TICKS_PER_SECOND}
                steps = [b - a for a, b in pairwise(client.audio.times)]
                assert set(steps) == {PLAYOUT_RATE // TICKS_PER_SECOND}
                assert (client.video.frames[0].width, client.video.frames[0].height) == SIZE
            await it.audience.unwatch("a")
            await it.until(lambda: it.counts[-1] == 1)
            with pytest.raises(UnknownViewer):
                await it.audience.unwatch("a")
            await it.play(3, other)
            assert it.counts == [1, 2, 1]

    told(story())


def test_sound_and_pictures_are_reported_on_one_line() -> None:
    async def story() -> None:
        async with hall() as it:
            one = await it.enter("a")
            while not (one.video.reports and one.audio.reports):
                await it.play(1, one)
            offsets = []
            for ear, rate in ((one.video, VIDEO_CLOCK), (one.audio, PLAYOUT_RATE)):
                info, zero = ear.reports[0].sender_info, ear.packets[0].timestamp
                seconds = (info.rtp_timestamp - zero) % (1 << 32) / rate
                offsets.append(info.ntp_timestamp / (1 << 32) - seconds)
            assert offsets[0] == pytest.approx(offsets[1], abs=0.001)

    told(story())


def test_a_late_viewer_waits_for_the_next_keyframe_of_all() -> None:
    async def story() -> None:
        async with hall() as it:
            first = await it.enter("a")
            await it.play(3, first)
            late = await it.enter("b")
            await it.play(TICKS_PER_SECOND + 2, first)
            await late.video.until(lambda: len(late.video.times) >= 3)
            assert len(late.video.times) <= 8, "nothing before a keyframe is sent"
            assert len(first.video.times) == 3 + TICKS_PER_SECOND + 2

    told(story())


def again(client: Client) -> list[RtpPacket]:
    """The packets that came in the stream of retransmissions."""
    return [one for one in client.video.packets if one.ssrc != client.video.packets[0].ssrc]


def is_again(packet: RtpPacket, number: int) -> bool:
    """Whether it holds the packet of this number (RFC 4588)."""
    return int.from_bytes(packet.payload[:2], "big") == number


def test_what_is_lost_on_the_way_is_sent_again() -> None:
    async def story() -> None:
        async with hall() as it:
            one = await it.enter("a")
            await it.play(2, one)
            lost: list[int] = []

            def lose(packet: RtpPacket) -> bool:
                if not lost:
                    lost.append(packet.sequence_number)
                    return True
                return False

            one.video.lose = lose
            for _ in range(10):
                await it.hear(one)
            await one.video.until(lambda: any(is_again(packet, lost[0]) for packet in again(one)))

    told(story())


def test_a_slow_viewer_gets_fewer_pictures_and_nobody_else_does() -> None:
    async def story() -> None:
        async with hall() as it:
            fast, slow = await it.enter("a"), await it.enter("b")
            receiver = slow.video.receiver  # its own estimates would follow the test's
            receiver._RTCRtpReceiver__remote_bitrate_estimator = None  # type: ignore[attr-defined]
            await it.play(2 * TICKS_PER_SECOND, fast, shown=noise)
            await slow.video.until_more(0)
            viewer = it.audience._viewers["b"]
            while viewer._flow.rate is None:  # once it is known how much is sent
                await slow.estimate(60_000)
                await it.play(1, fast, shown=noise)
            before, had = it.tick, len(slow.video.times)
            await it.play(TICKS_PER_SECOND, fast, shown=noise)
            await slow.audio.until_more(it.tick - 1)
            assert len(slow.video.times) - had < (it.tick - before) // 2
            assert len(fast.video.times) == it.tick

    told(story())


def test_no_more_watch_than_may_and_a_place_is_free_again() -> None:
    async def story() -> None:
        async with hall(most=1) as it:
            await it.enter("a")
            second = Client()
            it.clients.append(second)
            with pytest.raises(TooManyViewers, match="max_viewers"):
                await it.audience.watch("b", await second.offer(), "offer")
            await it.clients[0].close()
            await it.until(lambda: it.counts[-1] == 0)
            await it.enter("c")

    told(story())


def test_an_offer_without_a_codec_of_ours_leaves_nothing() -> None:
    async def story() -> None:
        async with hall(most=1) as it:
            client = Client()
            it.clients.append(client)
            sdp = (await client.offer()).replace("opus/48000/2", "G722/16000/1")
            with pytest.raises(NoCommonCodec):
                await it.audience.watch("a", sdp, "offer")
            await it.enter("b")

    told(story())
