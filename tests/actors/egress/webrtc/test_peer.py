"""A session from end to end, over real sockets, with a real client."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import uvloop

from actors.egress.options import MediaOptions, VideoCodec
from data.units import PLAYOUT_CHUNK, PLAYOUT_TICK, VIDEO_TICK
from runtime.errors import BadOffer
from tests.actors.egress.webrtc.client import PATIENCE, Call, Client, calling, samples
from tests.actors.egress.webrtc.scenes import SIZE, noise, picture, pitch, psnr, tone
from tests.open_files import open_files

NTP_MS = (1 << 32) / 1000
FIRST_KEYFRAMES = 2
"""A small one, and when it is through a better one."""


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_pictures_and_sound_arrive_as_they_were_sent(codec: str) -> None:
    async def body() -> None:
        async with calling(codec) as session:
            ticks = range(1000, 1030)
            await session.play(ticks)
            video, audio = session.client.video, session.client.audio
            await video.until(lambda: len(video.frames) >= len(ticks) - 1)
            for tick, frame in zip(ticks, video.frames, strict=False):
                assert (frame.width, frame.height) == SIZE
                assert psnr(frame.to_ndarray(), picture(tick)) > 30
            assert np.diff(video.times).tolist() == [VIDEO_TICK] * (len(ticks) - 1)
            assert np.diff(audio.times).tolist() == [PLAYOUT_CHUNK] * (2 * len(ticks) - 1)
            await audio.until(lambda: len(audio.frames) >= 40)
            heard = samples(audio.frames)[2 * PLAYOUT_TICK :]
            assert pitch(heard) == pytest.approx(440, abs=2)
            loudness = np.sqrt(np.mean(heard.reshape(-1, PLAYOUT_CHUNK) ** 2, axis=1))
            assert loudness.min() > 0.7 * 8000 / np.sqrt(2)
            assert (session.peer.keyframes, session.peer.dropped_pictures) == (FIRST_KEYFRAMES, 0)

    uvloop.run(body())


def test_both_sender_reports_put_a_tick_at_one_time() -> None:
    async def body() -> None:
        async with calling() as session:
            tick = 500
            video, audio = session.client.video, session.client.audio
            while not (video.reports and audio.reports):
                await session.play([tick])
                tick += 1
            lines = []
            for ear, tick_length in ((video, VIDEO_TICK), (audio, PLAYOUT_TICK)):
                report = ear.reports[-1].sender_info
                ahead = (report.rtp_timestamp - ear.times[0]) / tick_length
                lines.append(report.ntp_timestamp / NTP_MS - 40 * ahead)
            unit = 1 / 90 + 1 / 48  # ms: each report rounds to its clock
            assert lines[0] == pytest.approx(lines[1], abs=unit)

    uvloop.run(body())


def test_the_picture_before_the_connection_is_sent_with_it_as_a_keyframe() -> None:
    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        session = Call(Client(), MediaOptions(), executor)
        session.peer.play(6, tone(6), picture(6), repeat=False)
        session.peer.play(7, tone(7), np.zeros_like(picture(7)), repeat=True)
        await session.connect()
        await session.client.video.until(lambda: bool(session.client.video.times))
        session.peer.play(8, tone(8), np.zeros_like(picture(8)), repeat=True)
        await session.client.video.until(lambda: bool(session.client.video.frames))
        assert psnr(session.client.video.frames[0].to_ndarray(), picture(6)) > 30
        assert session.peer.keyframes <= FIRST_KEYFRAMES
        assert len(session.client.audio.times) <= 2
        await session.client.close()
        await session.peer.close()
        executor.shutdown()

    uvloop.run(body())


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_a_picture_loss_indication_brings_a_keyframe(codec: str) -> None:
    async def body() -> None:
        async with calling(codec) as session:
            await session.play(range(10))
            assert session.peer.keyframes == FIRST_KEYFRAMES
            await session.client.ask_keyframe()
            tick = 10
            while session.peer.keyframes == FIRST_KEYFRAMES and tick < 40:
                await session.play([tick])
                tick += 1
            assert session.peer.keyframes == FIRST_KEYFRAMES + 1
            await session.play(range(tick, tick + 10))
            assert session.peer.keyframes == FIRST_KEYFRAMES + 1

    uvloop.run(body())


def test_an_estimate_below_what_is_sent_lowers_the_bitrate_within_its_bounds() -> None:
    async def body() -> None:
        async with calling() as session:
            await session.play(range(25), shown=noise)
            assert session.peer.target_bitrate >= 1_000_000
            for estimate, target in ((500_000, 500_000), (100_000, 100_000), (1_000, 20_000)):
                tick = (session.peer._last_tick or 0) + 1
                while session.peer.target_bitrate != target:
                    assert tick < 200
                    await session.client.estimate(estimate + 500)  # so that the next one falls
                    await session.client.estimate(estimate)
                    session.peer._report(0.05, None)  # it bears the estimate out
                    heard = len(session.client.audio.times)
                    session.peer.play(tick, tone(tick), noise(tick), repeat=False)
                    await session.client.audio.until_more(heard)
                    tick += 1

    uvloop.run(body())


def test_lost_packets_are_sent_again() -> None:
    async def body() -> None:
        async with calling("VP8") as session:
            video = session.client.video
            await session.play(range(5), shown=noise)
            original = video.packets[0].payload_type
            video.lose = lambda packet: (
                packet.payload_type == original and packet.sequence_number % 7 == 3
            )
            await session.play(range(5, 30), shown=noise)
            video.lose = lambda packet: False
            await session.play(range(30, 32), shown=noise)
            await video.until(lambda: len(video.frames) >= 30)
            assert len(video.lost) > 5
            assert all(
                psnr(frame.to_ndarray(), noise(tick)) > 18
                for tick, frame in enumerate(video.frames[:30])
            )
            assert session.peer.keyframes == FIRST_KEYFRAMES

    uvloop.run(body())


def test_hush_takes_back_the_second_half_of_a_tick() -> None:
    async def body() -> None:
        async with calling() as session:
            audio = session.client.audio
            await session.play(range(20))
            session.peer.play(20, tone(20), picture(20), repeat=False)
            session.peer.hush()
            await audio.until(lambda: len(audio.times) >= 41)
            await session.play(range(21, 31), sound=lambda tick: tone(tick, level=9))
            await audio.until(lambda: len(audio.frames) >= 50)
            assert np.diff(audio.times).max() <= 2 * PLAYOUT_CHUNK
            loud = np.abs(samples(audio.frames)).reshape(-1, PLAYOUT_CHUNK).max(axis=1)
            assert loud[30] > 5000
            assert loud[43:].max() < 100

    uvloop.run(body())


def test_a_microphone_is_accepted_and_not_listened_to() -> None:
    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        session = Call(Client(audio_direction="sendrecv"), MediaOptions(), executor)
        sdp = await session.connect()
        assert sdp.count("a=sendonly") == 2
        await session.play(range(3))
        await session.client.close()
        await session.peer.close()
        executor.shutdown()

    uvloop.run(body())


@pytest.mark.parametrize(
    ("offered", "prefer", "got"),
    [(None, "h264", "H264"), (None, "vp8", "VP8"), ("VP8", "h264", "VP8"), ("H264", "vp8", "H264")],
)
def test_the_preferred_codec_is_taken_when_it_is_offered(
    offered: str | None, prefer: VideoCodec, got: str
) -> None:
    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        session = Call(Client(offered), MediaOptions(prefer=prefer), executor)
        sdp, _ = await session.peer.answer(await session.client.offer(), "offer")
        video = sdp[sdp.index("m=video") :]
        payload = video.split()[3]
        assert f"a=rtpmap:{payload} {got}/90000" in video
        await session.client.close()
        await session.peer.close()
        executor.shutdown()

    uvloop.run(body())


def test_a_client_that_says_goodbye_closes_the_call_once() -> None:
    async def body() -> None:
        async with calling() as session:
            await session.play(range(3))
            await session.client.close()
            await session.reach("closed")
            session.peer.play(50, tone(50), picture(50), repeat=False)
            await session.peer.close()
            await session.peer.close()
            assert session.states == ["connected", "closed"]

    uvloop.run(body())


def test_a_client_that_vanishes_is_noticed() -> None:
    async def body() -> None:
        options = MediaOptions(quiet_seconds=2.0, lost_seconds=2.5)
        async with calling(options=options) as session:
            await session.play(range(3))
            session.client.vanish()
            tick = 3
            while "failed" not in session.states:
                assert tick < 1000
                session.peer.play(tick, tone(tick), picture(tick), repeat=False)
                session.state_changed.clear()
                await asyncio.wait(
                    [asyncio.ensure_future(session.state_changed.wait())], timeout=0.04
                )
                tick += 1
            await session.peer.close()
            assert session.states == ["connected", "disconnected", "failed", "closed"]

    uvloop.run(body())


def test_a_client_that_never_comes_is_given_up() -> None:
    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        session = Call(Client(), MediaOptions(connect_seconds=0.2), executor)
        await session.peer.answer(await session.client.offer(), "offer")
        await session.reach("failed")
        await session.client.close()
        await session.peer.close()
        assert session.states == ["failed", "closed"]
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:  # aiortc's own connecting task sees the end at its next look
            _, pending = await asyncio.wait(left, timeout=PATIENCE)
            assert not pending
        executor.shutdown()

    uvloop.run(body())


def test_closing_leaves_no_task_and_no_descriptor() -> None:
    async def body() -> None:
        async def one_call(ticks: int) -> None:
            async with calling() as session:
                await session.play(range(ticks))

        await one_call(1)
        before = open_files()
        for ticks in (0, 1, 5):
            await one_call(ticks)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        assert open_files() == before

    uvloop.run(body())


def test_closing_in_the_middle_of_an_answer_leaves_nothing() -> None:
    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        client = Client()
        offer = await client.offer()
        before = open_files()
        session = Call(client, MediaOptions(), executor)
        answering = asyncio.ensure_future(session.peer.answer(offer, "offer"))
        await asyncio.wait([answering], timeout=0)
        await session.peer.close()
        await asyncio.wait([answering], timeout=PATIENCE)
        assert isinstance(answering.exception(), BadOffer | None)
        assert open_files() == before
        assert session.peer.state == "closed"
        with pytest.raises(RuntimeError, match="closed"):
            await session.peer.answer(offer, "offer")
        await client.close()
        executor.shutdown()

    uvloop.run(body())


def test_ticks_only_go_forward() -> None:
    async def body() -> None:
        executor = ThreadPoolExecutor(1)
        session = Call(Client(), MediaOptions(), executor)
        session.peer.play(3, tone(3), picture(3), repeat=False)
        with pytest.raises(ValueError, match="only go forward"):
            session.peer.play(3, tone(3), picture(3), repeat=False)
        await session.peer.close()
        await session.client.close()
        executor.shutdown()

    uvloop.run(body())
