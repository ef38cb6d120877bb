"""A face at rest is shown with packets that are coded once, and nobody sees where they begin."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import uvloop

from actors.avatars import edition_of
from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.webrtc.idle_loop import GROUP_TICKS, IdleLoops, LoopPicture
from actors.egress.webrtc.video_track import CATCH_UP_TICKS, REST_TICKS
from data.clip import Clip
from data.marking import VisibleMark
from data.units import VIDEO_TICK
from models.picture.visible_mark import MarkPatch
from runtime.idle_place import NOT_IDLE, IdlePlace, edition_number
from tests.actors.egress.webrtc.scenes import picture, psnr
from tests.actors.egress.webrtc.test_codecs import picture_decoder
from tests.actors.egress.webrtc.test_video_track import Studio

LENGTH = GROUP_TICKS + 20


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """With an avatar called `rests`, whose loop has a group and a part of one."""
    frames = np.stack([picture(number) for number in range(LENGTH)])
    size = (32, 32)
    clip = Clip(
        name="rests",
        engine="toy",
        frames=frames,
        placements=np.tile(np.eye(2, 3, dtype=np.float32), (LENGTH, 1, 1)),
        mask=np.full(size, 255, np.uint8),
    )
    clip.save(tmp_path / "avatars" / "rests")
    return tmp_path


def coded(loops: IdleLoops, number: int, codec: VideoCodec = "h264") -> LoopPicture | None:
    """The picture, once all that was asked for is made."""
    for _ in range(3):
        found = loops.picture("rests", None, codec, number)
        asked: list[Future[Any]] = [*loops._loops.values(), *loops._groups.values()]
        for future in asked:
            future.result(60)
    return found if found is not None else loops.picture("rests", None, codec, number)


def place(cache: Path, at: int) -> int:
    return IdlePlace(edition_number(edition_of("rests", cache).key), at).number


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_each_group_is_whole_by_itself_and_coded_once(cache: Path, codec: VideoCodec) -> None:
    loops = IdleLoops(cache, MediaOptions())
    for first, end in ((0, GROUP_TICKS), (GROUP_TICKS, LENGTH)):
        decoder = picture_decoder(codec)
        for at in range(first, end):
            made = coded(loops, place(cache, at), codec)
            assert made is not None
            assert made.keyframe == (at == first)
            assert made is loops.picture("rests", None, codec, place(cache, at))
            (frame,) = decoder.decode(av.Packet(made.data))
            assert psnr(frame.to_ndarray(), picture(at)) > 30
    loops.close()


def test_what_is_not_there_is_not_shown(cache: Path) -> None:
    loops = IdleLoops(cache, MediaOptions())
    assert coded(loops, place(cache, 0)) is not None
    assert coded(loops, place(cache, LENGTH)) is None, "beyond the loop"
    assert coded(loops, IdlePlace(1, 0).number) is None, "of another edition"
    assert loops.picture("nobody", None, "h264", place(cache, 0)) is None
    loops._loops["nobody", None].result(60)
    assert loops.picture("nobody", None, "h264", place(cache, 0)) is None
    loops.close()


def test_a_mark_is_in_the_loop_of_those_sessions_alone_that_have_it(cache: Path) -> None:
    loops, mark = IdleLoops(cache, MediaOptions()), VisibleMark("en", "top-left")
    plain = coded(loops, place(cache, 0))
    loops.picture("rests", mark, "h264", place(cache, 0))
    loops._loops["rests", mark].result(60)
    loops.picture("rests", mark, "h264", place(cache, 0))
    for group in list(loops._groups.values()):
        group.result(60)
    marked = loops.picture("rests", mark, "h264", place(cache, 0))
    assert marked is not None
    (frame,) = picture_decoder("h264").decode(av.Packet(marked.data))
    shown = picture(0).copy()
    MarkPatch(mark, shown.shape[1], shown.shape[0] * 2 // 3).draw(shown)
    assert psnr(frame.to_ndarray(), shown) > 25
    assert plain is coded(loops, place(cache, 0))
    loops.close()


def test_an_icon_that_is_gone_leaves_the_pictures_to_the_sessions(cache: Path) -> None:
    loops, gone = IdleLoops(cache, MediaOptions()), VisibleMark("en", "top-left", "/gone.png")
    assert loops.picture("rests", gone, "h264", place(cache, 0)) is None
    loops._loops["rests", gone].result(60)
    assert loops.picture("rests", gone, "h264", place(cache, 0)) is None
    loops.close()


class RestingStudio(Studio):
    """A track of a session whose face rests: picture n is place n of the loop."""

    def __init__(self, made: Callable[[int], LoopPicture | None]) -> None:
        super().__init__(begin=False)
        self.track.begin(self.encoder, made)
        self.worst = 99.0

    async def rest(self, ticks: range) -> list[bool]:
        """Of each tick, whether its picture came without the session's encoder."""
        return [await self.tick(tick, idle=tick) for tick in ticks]

    async def tick(self, tick: int, idle: int = NOT_IDLE, *, repeat: bool = False) -> bool:
        self.track.show(tick, picture(tick), repeat, idle)
        by_loop = not self.executor.jobs
        if not by_loop:
            self.executor.step()
        (frame,) = self.decoder.decode(av.Packet(bytes(await self.track.recv())))
        await asyncio.sleep(0)
        self.worst = min(self.worst, psnr(frame.to_ndarray(), picture(tick)))
        return by_loop


@pytest.fixture
def made(cache: Path) -> Callable[[int], LoopPicture | None]:
    loops = IdleLoops(cache, MediaOptions())
    zero = place(cache, 0)
    for at in (0, GROUP_TICKS):
        assert coded(loops, zero + at) is not None
    return lambda idle: loops.picture("rests", None, "h264", zero + idle)


def test_a_face_that_rests_comes_in_at_a_groups_beginning_and_speech_takes_over_at_once(
    made: Callable[[int], LoopPicture | None],
) -> None:
    async def body() -> None:
        studio = RestingStudio(made)
        by_loop = await studio.rest(range(GROUP_TICKS + 10))
        assert by_loop == [False] * GROUP_TICKS + [True] * 10
        before = studio.track.keyframes
        assert not await studio.tick(GROUP_TICKS + 10)
        assert studio.track.keyframes == before + 1
        assert not await studio.tick(GROUP_TICKS + 11)
        assert studio.track.keyframes == before + 1
        assert studio.worst > 30, "no picture is far from what it shows"

    uvloop.run(body())


def test_a_short_pause_is_no_rest(made: Callable[[int], LoopPicture | None]) -> None:
    async def body() -> None:
        studio = RestingStudio(made)
        await studio.rest(range(5))
        for tick in range(5, GROUP_TICKS - REST_TICKS + 1):
            await studio.tick(tick)
        assert not any(await studio.rest(range(GROUP_TICKS - REST_TICKS + 1, GROUP_TICKS + 5)))

    uvloop.run(body())


def test_pictures_that_late_ticks_left_out_follow_and_many_are_a_keyframe(
    made: Callable[[int], LoopPicture | None],
) -> None:
    async def body() -> None:
        studio = RestingStudio(made)
        await studio.rest(range(GROUP_TICKS + 3))
        before = studio.track.keyframes
        late = GROUP_TICKS + 3
        studio.track.show(late, picture(0), True)
        assert not studio.executor.jobs and not studio.track.packets
        studio.track.show(late + 1, picture(late + 1), False, late + 1)
        assert not studio.executor.jobs
        for tick in (late, late + 1):
            packet = await studio.track.recv()
            assert packet.pts == tick * VIDEO_TICK
            (frame,) = studio.decoder.decode(av.Packet(bytes(packet)))
            assert psnr(frame.to_ndarray(), picture(tick)) > 30
        assert await studio.tick(late + 2, idle=late + 2)
        assert studio.track.keyframes == before
        far = late + 3 + CATCH_UP_TICKS
        assert not await studio.tick(far, idle=far)
        assert studio.track.keyframes == before + 1
        assert studio.worst > 30

    uvloop.run(body())


def test_a_keyframe_that_is_asked_for_is_the_encoders(
    made: Callable[[int], LoopPicture | None],
) -> None:
    async def body() -> None:
        asked = RestingStudio(made)
        await asked.rest(range(GROUP_TICKS + 3))
        before = asked.track.keyframes
        asked.track.ask_keyframe()
        assert await asked.rest(range(GROUP_TICKS + 3, GROUP_TICKS + 5)) == [False, False]
        assert asked.track.keyframes == before + 1
        assert asked.worst > 30

    uvloop.run(body())


def test_a_way_that_takes_less_than_the_loop_has_the_encoder_of_its_own(
    made: Callable[[int], LoopPicture | None],
) -> None:
    async def body() -> None:
        studio = RestingStudio(made)
        studio.bitrate.report(0.4, None)
        assert not studio.bitrate.whole
        assert not any(await studio.rest(range(GROUP_TICKS + 5)))

    uvloop.run(body())


def test_a_number_is_its_place_and_edition() -> None:
    for there in (IdlePlace(0, 0), IdlePlace(edition_number("a"), 7499)):
        assert IdlePlace.of(there.number) == there
        assert there.number > NOT_IDLE
    assert edition_number("a") != edition_number("b")
