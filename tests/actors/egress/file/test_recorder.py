"""A recording is whole or absent."""

import asyncio
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import uvloop
from numpy.typing import NDArray

from actors.egress.file.recorder import WAITING_MAX, Recorder
from actors.egress.options import MediaOptions
from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICKS_PER_SECOND
from tests.actors.egress.webrtc.scenes import SIZE, picture, pitch, psnr, tone


async def record(path: Path, ticks: Iterable[int], repeats: Container[int] = ()) -> None:
    recorder = Recorder(path, SIZE, MediaOptions())
    for tick in ticks:
        repeat = tick in repeats
        shown = np.zeros_like(picture(tick)) if repeat else picture(tick)
        recorder.play(tick, tone(tick), shown, repeat)
        await recorder.ready()
    await recorder.close()
    await recorder.close()


def watch(
    path: Path,
) -> tuple[list[tuple[float, NDArray[Any]]], NDArray[np.float64], tuple[int, int]]:
    """The file's pictures as (time in s, I420), its sound, and its matrix and range."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        facts = (int(stream.codec_context.colorspace), int(stream.codec_context.color_range))
        frames = [(frame.time, frame.to_ndarray()) for frame in file.decode(video=0)]
        file.seek(0)
        sound = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    return frames, sound.astype(np.float64), facts


def test_every_tick_is_in_the_file_at_its_time(tmp_path: Path) -> None:
    path = tmp_path / "said.mp4"
    uvloop.run(record(path, range(1000, 1060)))
    frames, sound, colours = watch(path)
    assert len(frames) == 60
    for n, (time, seen) in enumerate(frames):
        assert time == pytest.approx(n / TICKS_PER_SECOND)
        assert psnr(seen, picture(1000 + n)) > 35
    assert colours == (6, 1)
    assert len(sound) == pytest.approx(60 * PLAYOUT_TICK, abs=2048)
    assert pitch(sound[PLAYOUT_RATE // 4 : PLAYOUT_RATE]) == pytest.approx(440, abs=2)
    assert [entry.name for entry in tmp_path.iterdir()] == ["said.mp4"]


def test_the_index_stands_before_the_media(tmp_path: Path) -> None:
    path = tmp_path / "said.mp4"
    uvloop.run(record(path, range(10)))
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_repeat_shows_the_last_picture_and_a_gap_keeps_the_times(tmp_path: Path) -> None:
    path = tmp_path / "said.mp4"
    ticks = [*range(20), *range(30, 50)]
    uvloop.run(record(path, ticks, repeats={5, 6}))
    frames, sound, _ = watch(path)
    for _, seen in frames[5:7]:
        assert psnr(seen, picture(4)) > 35
    times = [round(time * TICKS_PER_SECOND) for time, _ in frames]
    assert times == ticks
    loud = np.abs(sound[: 50 * PLAYOUT_TICK - 4096])
    assert loud[22 * PLAYOUT_TICK : 28 * PLAYOUT_TICK].max() < 0.01
    assert loud[32 * PLAYOUT_TICK : 40 * PLAYOUT_TICK].max() > 0.2


def test_an_older_file_is_replaced_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "said.mp4"
    path.write_bytes(b"old")

    async def body() -> None:
        recorder = Recorder(path, SIZE, MediaOptions())
        recorder.play(0, tone(0), picture(0), repeat=False)
        await recorder.ready()
        assert path.read_bytes() == b"old"
        await recorder.abort()
        await recorder.close()

    uvloop.run(body())
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["said.mp4"]


def test_who_does_not_wait_is_refused_and_loses_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        recorder = Recorder(tmp_path / "said.mp4", SIZE, MediaOptions())
        with pytest.raises(OverflowError, match="ready"):
            for tick in range(WAITING_MAX + 2):
                recorder.play(tick, tone(tick), picture(tick), repeat=False)
        await recorder.ready()
        await recorder.close()

    uvloop.run(body())
    frames, _, _ = watch(tmp_path / "said.mp4")
    assert len(frames) == WAITING_MAX + 1


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "said.mp4"

    async def body() -> None:
        recorder = Recorder(path, SIZE, MediaOptions())
        recorder.play(0, tone(0), picture(0), repeat=False)
        with pytest.raises(FileNotFoundError, match="nowhere"):
            await recorder.close()
        with pytest.raises(FileNotFoundError, match="nowhere"):
            await recorder.ready()

    uvloop.run(body())


def test_nothing_played_is_no_file(tmp_path: Path) -> None:
    async def body() -> None:
        recorder = Recorder(tmp_path / "said.mp4", SIZE, MediaOptions())
        with pytest.raises(ValueError, match="nothing was played"):
            await recorder.close()

    uvloop.run(body())
    assert list(tmp_path.iterdir()) == []


def test_ticks_only_go_forward(tmp_path: Path) -> None:
    async def body() -> None:
        recorder = Recorder(tmp_path / "said.mp4", SIZE, MediaOptions())
        recorder.play(4, tone(4), picture(4), repeat=False)
        with pytest.raises(ValueError, match="only go forward"):
            recorder.play(4, tone(4), picture(4), repeat=False)
        await recorder.abort()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    uvloop.run(body())


@pytest.mark.parametrize("name", ["said.mov", "said", "said.mp4.part", ".mp4"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"allowed are \.mp4 and \.webp"):
        Recorder(tmp_path / name, SIZE, MediaOptions())
