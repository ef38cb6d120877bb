"""What the video track does when the encoder is slow, absent, or breaks."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import av
import numpy as np
import pytest
import uvloop
from aiortc.mediastreams import MediaStreamError

from actors.egress.options import MediaOptions
from actors.egress.packet_tap import PicturePacket, SoundPacket
from actors.egress.webrtc.bitrate import BitrateTarget
from actors.egress.webrtc.codecs import open_encoder
from actors.egress.webrtc.video_track import KEYFRAME_GAP, PACKETS_MAX, REFRESH_TICKS, VideoTrack
from data.units import VIDEO_TICK
from tests.actors.egress.webrtc.scenes import SIZE, picture, psnr


class StepExecutor(Executor):
    """Does one job when told to."""

    def __init__(self) -> None:
        self.jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.jobs.append((future, lambda: fn(*args, **kwargs)))
        return future

    def step(self) -> None:
        future, job = self.jobs.popleft()
        try:
            result = job()
        except Exception as error:  # noqa: BLE001  # handed on, as an executor does
            future.set_exception(error)
        else:
            future.set_result(result)


class Studio:
    """A track, its executor, and a decoder of what comes out."""

    def __init__(self, begin: bool = True) -> None:
        self.executor = StepExecutor()
        self.broken: list[BaseException] = []
        self.bitrate = BitrateTarget(1_000_000, 300_000, 3_000_000)
        self.track = VideoTrack(SIZE, self.bitrate, self.executor, self.broken.append)
        self.encoder = open_encoder("h264", SIZE, MediaOptions())
        self.decoder = av.CodecContext.create("h264", "r")
        if begin:
            self.track.begin(self.encoder)

    def show(self, tick: int, repeat: bool = False) -> None:
        shown = np.zeros_like(picture(0)) if repeat else picture(tick)
        self.track.show(tick, shown, repeat)

    async def out(self) -> tuple[int, np.ndarray]:
        """Encode one picture; its tick and what it looks like."""
        self.executor.step()
        packet = await self.track.recv()
        assert packet.pts is not None
        (frame,) = self.decoder.decode(av.Packet(bytes(packet)))
        return packet.pts // VIDEO_TICK, frame.to_ndarray()


def test_while_the_encoder_is_busy_only_the_newest_picture_waits() -> None:
    async def body() -> None:
        studio = Studio()
        for tick in range(5):
            studio.show(tick)
        assert len(studio.executor.jobs) == 1
        for wanted in (0, 4):
            tick, seen = await studio.out()
            assert tick == wanted
            assert psnr(seen, picture(wanted)) > 30
        assert not studio.executor.jobs
        assert studio.track.dropped == 3

    uvloop.run(body())


def test_a_repeat_of_what_is_being_encoded_does_not_wait() -> None:
    async def body() -> None:
        studio = Studio()
        studio.show(0)
        studio.show(1, repeat=True)
        assert (await studio.out())[0] == 0
        assert not studio.executor.jobs
        studio.show(2, repeat=True)
        assert (await studio.out())[0] == 2, "for receivers that wait for the next picture"
        for tick in range(3, 2 + REFRESH_TICKS):
            studio.show(tick, repeat=True)
            assert not studio.executor.jobs, "a still picture costs nothing"
        studio.show(2 + REFRESH_TICKS, repeat=True)
        tick, seen = await studio.out()
        assert tick == 2 + REFRESH_TICKS
        assert psnr(seen, picture(0)) > 30
        assert studio.track.dropped == 0

    uvloop.run(body())


def test_a_keyframe_that_is_wanted_is_made_of_a_picture_that_stands_still() -> None:
    async def body() -> None:
        studio = Studio()
        studio.show(0)
        await studio.out()
        studio.track.ask_keyframe()
        studio.show(KEYFRAME_GAP, repeat=True)
        assert (await studio.out())[0] == KEYFRAME_GAP
        assert studio.track.keyframes == 2

    uvloop.run(body())


def test_a_repeat_of_what_waits_takes_its_place_without_loss() -> None:
    async def body() -> None:
        studio = Studio()
        studio.show(0)
        studio.show(1)
        studio.show(2, repeat=True)
        await studio.out()
        tick, seen = await studio.out()
        assert tick == 2
        assert psnr(seen, picture(1)) > 30
        assert studio.track.dropped == 0

    uvloop.run(body())


def test_hush_drops_what_waits_and_forgets_how_it_looked() -> None:
    async def body() -> None:
        studio = Studio()
        studio.show(0)
        studio.show(1)
        studio.track.hush()
        assert studio.track.dropped == 1
        assert (await studio.out())[0] == 0
        assert not studio.executor.jobs
        studio.show(2, repeat=True)
        tick, seen = await studio.out()
        assert tick == 2
        assert psnr(seen, picture(0)) > psnr(seen, picture(1))
        studio.show(33)
        studio.show(34)
        studio.track.hush()
        studio.show(35)
        assert psnr((await studio.out())[1], picture(33)) > 30
        assert psnr((await studio.out())[1], picture(35)) > 30

    uvloop.run(body())


def test_before_a_client_listens_nothing_is_encoded_and_then_the_newest_is() -> None:
    async def body() -> None:
        studio = Studio(begin=False)
        for tick in range(4):
            studio.show(tick)
        studio.show(4, repeat=True)
        assert not studio.executor.jobs
        studio.track.begin(studio.encoder)
        tick, seen = await studio.out()
        assert tick == 4
        assert psnr(seen, picture(3)) > 30
        assert (studio.track.keyframes, studio.track.dropped) == (1, 0)

    uvloop.run(body())


def test_keyframes_on_demand_keep_their_distance_and_none_is_forgotten() -> None:
    async def body() -> None:
        studio = Studio()
        keyframes = []
        for tick in range(20):
            if tick in (1, 2, 3, 12):
                studio.track.ask_keyframe()
            before = studio.track.keyframes
            studio.show(tick)
            await studio.out()
            keyframes += [tick] * (studio.track.keyframes - before)
        assert keyframes == [0, 5, 12]

    uvloop.run(body())


def test_a_sender_that_takes_nothing_costs_no_memory_and_resumes_with_a_keyframe() -> None:
    async def body() -> None:
        studio = Studio()
        for tick in range(PACKETS_MAX + 3):
            studio.show(tick)
            job = studio.track._job
            assert job is not None
            studio.executor.step()
            await asyncio.wait([asyncio.wrap_future(job)])
        assert len(studio.track.packets) <= PACKETS_MAX
        assert studio.track.dropped == PACKETS_MAX
        packets = [await studio.track.recv() for _ in range(len(studio.track.packets))]
        assert packets[0].pts == PACKETS_MAX * VIDEO_TICK
        studio.show(99)
        studio.executor.step()
        await studio.track.recv()
        assert studio.track.keyframes == 2

    uvloop.run(body())


def test_an_encoder_that_breaks_is_reported_once_and_not_used_again() -> None:
    class Broken:
        def encode(
            self, frame: av.VideoFrame, tick: int, *, keyframe: bool, bitrate: int
        ) -> tuple[bytes, bool]:
            raise OSError("no memory")

    async def body() -> None:
        studio = Studio(begin=False)
        studio.track.begin(Broken())
        studio.show(0)
        studio.show(1)
        job = studio.track._job
        assert job is not None
        studio.executor.step()
        await asyncio.wait([asyncio.wrap_future(job)])
        studio.show(2)
        assert not studio.executor.jobs
        assert [str(error) for error in studio.broken] == ["no memory"]

    uvloop.run(body())


def test_close_waits_for_the_encoder_and_sends_the_reader_away() -> None:
    async def body() -> None:
        studio = Studio()
        studio.show(0)
        reader = asyncio.ensure_future(studio.track.recv())
        closing = asyncio.ensure_future(studio.track.close())
        done, _ = await asyncio.wait([closing], timeout=0)
        assert not done
        studio.executor.step()
        await closing
        with pytest.raises(MediaStreamError):
            await reader
        studio.show(1)
        assert not studio.executor.jobs

    uvloop.run(body())


class Copies:
    """A tap that keeps the pictures."""

    def __init__(self) -> None:
        self.pictures: list[PicturePacket] = []

    def picture(self, packet: PicturePacket) -> None:
        self.pictures.append(packet)

    def sound(self, packet: SoundPacket) -> None:
        raise AssertionError("a video track has no sound")


def test_a_tap_gets_what_the_sender_gets_until_it_is_removed() -> None:
    async def body() -> None:
        studio, copies = Studio(), Copies()
        studio.track.taps.add(copies)
        sent = []
        for tick in (3, 4):
            studio.show(tick)
            studio.executor.step()
            packet = await studio.track.recv()
            sent.append((bytes(packet), packet.pts))
        studio.track.taps.remove(copies)
        studio.show(5)
        studio.executor.step()
        await studio.track.recv()
        assert [(one.data, one.timestamp) for one in copies.pictures] == sent
        assert [one.keyframe for one in copies.pictures] == [True, False]

    uvloop.run(body())


def test_a_tap_has_its_keyframe_and_a_narrow_way_is_spared_what_is_not_needed() -> None:
    async def body() -> None:
        studio, copies = Studio(), Copies()
        studio.track.taps.add(copies)

        async def show(tick: int, wished: bool | None) -> None:
            if wished is not None:
                studio.track.taps.ask_keyframe(needed=wished)
            studio.show(tick)
            await studio.out()

        await show(0, None)
        await show(10, None)
        await show(20, False)
        studio.bitrate.begin()
        assert studio.bitrate.narrow
        await show(30, None)  # another encoder
        await show(200, False)
        await show(400, True)
        shown = [one.timestamp // VIDEO_TICK for one in copies.pictures if one.keyframe]
        assert shown == [0, 20, 30, 400]

    uvloop.run(body())
