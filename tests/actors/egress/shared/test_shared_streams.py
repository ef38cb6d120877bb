"""One encoder for all who watch, only while they watch, and one keyframe a second for all."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.packet_tap import PicturePacket, SoundPacket
from actors.egress.shared.picture_stream import KEYFRAME_GAP, REFRESH_TICKS
from actors.egress.shared.shared_streams import SharedStreams, StandingTaps
from data.units import PLAYOUT_TICK, VIDEO_TICK
from tests.actors.egress.webrtc.scenes import SIZE, picture, tone
from tests.actors.session_rig import told


class Taken:
    """A `PacketTap` that keeps what it gets."""

    def __init__(self) -> None:
        self.pictures: list[PicturePacket] = []
        self.sounds: list[SoundPacket] = []

    def picture(self, packet: PicturePacket) -> None:
        self.pictures.append(packet)

    def sound(self, packet: SoundPacket) -> None:
        self.sounds.append(packet)

    @property
    def keyframes(self) -> list[int]:
        return [one.timestamp // VIDEO_TICK for one in self.pictures if one.keyframe]


class Stage:
    """The streams of one session, each tick of which is coded before the next."""

    def __init__(self) -> None:
        self.broken: list[BaseException] = []
        self.executor = ThreadPoolExecutor(1)
        self.streams = SharedStreams(SIZE, MediaOptions(), self.executor, self.broken.append)

    async def play(self, *ticks: int, repeat: bool = False, lost: bool = False) -> None:
        for tick in ticks:
            shown = None if lost else picture(tick)
            self.streams.play(tick, tone(tick), shown, repeat=repeat or lost)
            for _ in range(2):  # the job, and what it calls back
                await asyncio.wrap_future(self.executor.submit(lambda: None))
                await asyncio.sleep(0)

    async def close(self) -> None:
        await self.streams.close()
        self.executor.shutdown()


def test_nothing_is_coded_while_nobody_watches() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.play(0, 1)
        assert stage.streams.codecs == []
        one, other = Taken(), Taken()
        stage.streams.add(one, "h264")
        stage.streams.add(other, "vp8", sound=False)
        await stage.play(2)
        assert stage.streams.codecs == ["h264", "vp8"]
        stage.streams.remove(other, "vp8", sound=False)
        stage.streams.remove(one, "h264")
        await stage.play(3)
        assert stage.streams.codecs == []
        assert len(one.pictures) == len(other.pictures) == len(one.sounds) == 1
        assert other.sounds == []
        await stage.close()

    told(story())


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_all_get_the_very_same_packets(codec: VideoCodec) -> None:
    async def story() -> None:
        stage = Stage()
        viewers = [Taken() for _ in range(3)]
        for viewer in viewers:
            stage.streams.add(viewer, codec)
        await stage.play(*range(5))
        first = viewers[0]
        assert [one.timestamp for one in first.pictures] == [n * VIDEO_TICK for n in range(5)]
        assert [one.timestamp for one in first.sounds] == [n * PLAYOUT_TICK for n in range(5)]
        assert all(one.samples == PLAYOUT_TICK for one in first.sounds)
        for other in viewers[1:]:
            assert all(a is b for a, b in zip(first.pictures, other.pictures, strict=True))
            assert all(a is b for a, b in zip(first.sounds, other.sounds, strict=True))
        await stage.close()

    told(story())


def test_however_many_ask_a_keyframe_comes_once_a_second() -> None:
    async def story() -> None:
        stage = Stage()
        first = Taken()
        stage.streams.add(first, "h264")
        for tick in range(2 * KEYFRAME_GAP + 2):
            stage.streams.ask_keyframe("h264")
            stage.streams.ask_keyframe("h264")
            await stage.play(tick)
        assert first.keyframes == [0, KEYFRAME_GAP, 2 * KEYFRAME_GAP]
        await stage.close()

    told(story())


def test_a_late_viewer_gets_a_keyframe() -> None:
    async def story() -> None:
        stage = Stage()
        first, late = Taken(), Taken()
        stage.streams.add(first, "h264")
        await stage.play(*range(3))
        stage.streams.add(late, "h264")
        await stage.play(*range(3, KEYFRAME_GAP + 3))
        assert late.keyframes == [KEYFRAME_GAP]
        await stage.close()

    told(story())


def test_a_picture_that_stands_still_is_sent_for_a_keyframe_and_once_a_second() -> None:
    async def story() -> None:
        stage = Stage()
        viewer = Taken()
        stage.streams.add(viewer, "h264")
        await stage.play(0, repeat=True)
        assert viewer.keyframes == [0], "the first is read, though it repeats what was before"
        await stage.play(*range(1, REFRESH_TICKS), repeat=True)
        await stage.play(REFRESH_TICKS, lost=True)
        sent = [one.timestamp // VIDEO_TICK for one in viewer.pictures]
        assert sent == [0, REFRESH_TICKS]
        await stage.close()

    told(story())


def test_without_any_picture_there_is_sound() -> None:
    async def story() -> None:
        stage = Stage()
        viewer = Taken()
        stage.streams.add(viewer, "vp8")
        await stage.play(0, 1, lost=True)
        assert (len(viewer.pictures), len(viewer.sounds)) == (0, 2)
        await stage.play(2)
        assert viewer.keyframes == [2]
        await stage.close()

    told(story())


def test_who_knows_only_taps_is_served_while_added() -> None:
    async def story() -> None:
        stage = Stage()
        taps, tap = StandingTaps(stage.streams, SIZE, "vp8"), Taken()
        assert taps.codec == "vp8" and taps.size == SIZE
        await stage.play(0)
        taps.add(tap)
        taps.add(tap)
        await stage.play(1)
        taps.ask_keyframe()
        taps.remove(tap)
        taps.remove(tap)
        await stage.play(2)
        assert tap.keyframes == [1]
        assert stage.streams.codecs == []
        await stage.close()

    told(story())
