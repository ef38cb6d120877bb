"""What is kept of a session: its packets, in step, whole whatever happens."""

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from actors.egress.options import VideoCodec
from actors.egress.recording import session_recording
from actors.egress.recording.session_recording import KEYFRAME_SECONDS, WAITING_SECONDS
from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICK_MS, TICKS_PER_SECOND
from runtime.messages import ActorEvent
from tests.actors.egress.recording.studio import Studio, watch
from tests.actors.egress.webrtc.scenes import picture, pitch, psnr
from tests.actors.session_rig import told

ENDING = {"h264": "mp4", "vp8": "webm"}


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_what_left_is_in_the_film_at_its_time(tmp_path: Path, codec: VideoCodec) -> None:
    async def story() -> None:
        studio = Studio(tmp_path, codec)
        studio.show(998)  # the encoder's first keyframe is nobody's
        studio.ticks(999)
        recording = studio.begin()
        assert studio.asked == [True]
        studio.ticks(*range(1000, 1060))
        await recording.end()
        assert studio.states == ["recording", "done"]
        assert studio.news[-1].kind == ENDING[codec]
        assert studio.news[-1].seconds == pytest.approx(2.4, abs=0.04)

    told(story())
    assert {entry.name for entry in tmp_path.iterdir()} == {f"kept.{ENDING[codec]}", "kept.vtt"}
    film = watch(tmp_path / f"kept.{ENDING[codec]}")
    assert len(film.pictures) == 60
    for n, (time, seen) in enumerate(film.pictures):
        assert time == pytest.approx(n / TICKS_PER_SECOND, abs=0.001)
        assert psnr(seen, picture(1000 + n)) > 30
    assert film.seconds == pytest.approx(2.4, abs=0.02)
    assert len(film.sound) == pytest.approx(60 * PLAYOUT_TICK, abs=960)
    assert pitch(film.sound[PLAYOUT_RATE // 4 : PLAYOUT_RATE]) == pytest.approx(440, abs=2)


def test_sound_and_picture_stay_in_step_on_a_narrow_way(tmp_path: Path) -> None:
    """Pictures are skipped, packets hold 40 ms, ticks are given up with sound and all: a click is
    where its picture is."""
    click = np.full(PLAYOUT_TICK, 12_000, np.int16)
    click[::40] = -12_000
    silent = np.zeros(PLAYOUT_TICK, np.int16)

    async def story() -> None:
        studio = Studio(tmp_path)
        recording = studio.begin()
        for tick in range(500, 620):
            if 540 <= tick < 555:
                continue  # given up
            studio.play(tick, click if tick == 600 else silent, TICK_MS if tick > 520 else 20)
            if tick < 520 or tick % 8 == 0:
                studio.bitrate = 1_000_000 if tick < 520 else 50_000
                studio.show(tick)
        await recording.end()

    told(story())
    film = watch(tmp_path / "kept.mp4")
    times = [round(time * TICKS_PER_SECOND) for time, _ in film.pictures]
    assert times == [*range(20), *(t - 500 for t in range(520, 540, 8)), *range(60, 120, 8)]
    heard = np.abs(film.sound) > 0.1 * np.abs(film.sound).max()
    assert np.argmax(heard) / PLAYOUT_TICK == pytest.approx(100, abs=0.5)
    assert len(film.sound) == pytest.approx(120 * PLAYOUT_TICK, abs=PLAYOUT_TICK)


def test_another_picture_size_goes_on_in_the_same_film(tmp_path: Path) -> None:
    async def story() -> None:
        studio = Studio(tmp_path)
        recording = studio.begin()
        studio.ticks(*range(30))
        studio.another_size((128, 96))
        studio.ticks(*range(30, 60))
        await recording.end()

    told(story())
    film = watch(tmp_path / "kept.mp4")
    assert [seen.shape for _, seen in film.pictures] == [(192, 192)] * 30 + [(144, 128)] * 30


def test_captions_are_where_they_were_heard(tmp_path: Path) -> None:
    async def story() -> None:
        studio = Studio(tmp_path)
        recording = studio.begin()

        def tell(kind: str, tick: int, text: str = "", ms: int = 0) -> None:
            recording.told(ActorEvent("s", kind, 1, tick, text=text, end_ms=ms))

        studio.ticks(*range(100, 125))
        tell("sentence", 125, "Fish & <chips>, said he.", 1000)
        studio.ticks(*range(125, 160))
        tell("sentence", 160, "Then it broke off", 2000)
        tell("word", 160, "Then", 400)
        tell("word", 170, "it", 400)
        studio.ticks(*range(160, 180))
        tell("interrupted", 180)
        studio.ticks(*range(180, 200))
        await recording.end()

    told(story())
    film = watch(tmp_path / "kept.mp4")
    shown = [(1.0, 2.4, "Fish & <chips>, said he."), (2.4, 3.2, "Then it…")]
    assert film.captions == shown
    assert (tmp_path / "kept.vtt").read_text() == (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:02.400\nFish &amp; &lt;chips&gt;, said he.\n\n"
        "00:00:02.400 --> 00:00:03.200\nThen it…\n\n"
    )


def test_it_asks_for_keyframes_so_that_a_player_can_search(tmp_path: Path) -> None:
    async def story() -> None:
        studio = Studio(tmp_path)
        recording = studio.begin()
        every = round(KEYFRAME_SECONDS * TICKS_PER_SECOND)
        for tick in range(2 * every + 50):
            studio.play(tick)
            if tick % 5 == 0:
                studio.show(tick)
                assert not any(studio.asked), "only where the way has room"
                await studio.yielded()
        await recording.end()

    told(story())
    keyframes = watch(tmp_path / "kept.mp4").keyframes
    assert keyframes[0] == 0
    assert len(keyframes) == 3
    assert np.diff(keyframes).max() <= KEYFRAME_SECONDS + 1


@pytest.mark.parametrize(
    ("bound", "said"), [({"max_seconds": 2}, "max_seconds"), ({"max_bytes": 20_000}, "max_mb")]
)
def test_it_ends_by_itself_at_its_limits(tmp_path: Path, bound: dict[str, int], said: str) -> None:
    async def story() -> None:
        studio = Studio(tmp_path, **bound)  # type: ignore[arg-type]
        studio.begin()
        studio.ticks(*range(100))
        await studio.over.wait()
        assert studio.states == ["recording", "done"]
        assert said in studio.news[-1].detail

    told(story())
    seconds = watch(tmp_path / "kept.mp4").seconds
    assert 0.2 < seconds <= 2.08


def test_nothing_was_sent(tmp_path: Path) -> None:
    async def story() -> None:
        studio = Studio(tmp_path)
        recording = studio.begin()
        studio.play(1)
        await recording.end()
        assert studio.states == ["empty"]

    told(story())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_stands_still_ends_it_and_holds_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        studio = Studio(tmp_path)
        moves = threading.Event()
        studio.threads.submit(moves.wait)  # the disk has the only thread
        recording = studio.begin()
        studio.ticks(*range(round((WAITING_SECONDS + 3) * TICKS_PER_SECOND)))
        held = len(recording._batch.pictures)
        assert held <= WAITING_SECONDS * TICKS_PER_SECOND + 1
        moves.set()
        await studio.over.wait()
        assert studio.states == ["recording", "failed"]
        assert "fast enough" in studio.news[-1].detail

    told(story())


def test_a_disk_that_never_moves_again_keeps_no_session_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_recording, "STUCK_SECONDS", 0.0)

    async def story() -> None:
        studio = Studio(tmp_path)
        moves = threading.Event()
        studio.threads.submit(moves.wait)
        recording = studio.begin()
        studio.ticks(*range(50))
        await recording.end()
        assert studio.states == ["recording", "failed"]
        assert studio.news[-1].detail == "it cannot be written: the disk stands still"
        moves.set()

    told(story())


def test_a_folder_that_is_gone_ends_it_and_is_not_named(tmp_path: Path) -> None:
    async def story() -> None:
        studio = Studio(tmp_path / "gone")
        recording = studio.begin()
        studio.ticks(*range(10))
        await recording.end()
        assert studio.states == ["recording", "failed"]
        assert studio.news[-1].detail == "it cannot be written: No such file or directory"

    told(story())


CHILD = """
import sys
import threading
from pathlib import Path
from tests.actors.egress.recording import test_session_recording as tests
getattr(tests, sys.argv[1])(Path(sys.argv[2]), sys.argv[3])
"""


def _child(name: str, folder: Path, codec: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, name, str(folder), codec]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _dies(folder: Path, codec: VideoCodec) -> None:
    """Run in a process of its own, which is killed while it records."""

    async def story() -> None:
        studio = Studio(folder, codec)
        recording = studio.begin()
        studio.ticks(*range(30))
        for second in range(1, 7):
            job = recording._job
            while job is not None and not job.done():
                await studio.yielded()
            studio.ticks(*range(second * 30, second * 30 + 30))
        os.kill(os.getpid(), signal.SIGKILL)

    told(story())


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_what_was_written_plays_when_the_process_is_killed(
    tmp_path: Path, codec: VideoCodec
) -> None:
    died = _child("_dies", tmp_path, codec)
    assert died.returncode == -signal.SIGKILL, died.stderr
    film = watch(tmp_path / f"kept.{ENDING[codec]}")
    assert len(film.pictures) > 100
    assert len(film.sound) == pytest.approx(len(film.pictures) * PLAYOUT_TICK, abs=PLAYOUT_RATE)
    for n, (time, seen) in enumerate(film.pictures):
        assert time == pytest.approx(n / TICKS_PER_SECOND, abs=0.001)
        assert psnr(seen, picture(n)) > 30


ROOM = 60_000


def _fills(folder: Path, codec: VideoCodec) -> None:
    """Run in a process of its own, in which a file may have ROOM bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))

    async def story() -> None:
        studio = Studio(folder, codec)
        studio.begin()
        tick = 0
        while not studio.over.is_set():
            studio.ticks(tick)
            await studio.yielded()
            tick += 1
        assert studio.states == ["recording", "failed"]
        assert studio.news[-1].detail == "it cannot be written: File too large"
        studio.ticks(tick)  # the session goes on

    told(story())


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_disk_that_is_full_leaves_what_is_there(tmp_path: Path, codec: VideoCodec) -> None:
    done = _child("_fills", tmp_path, codec)
    assert done.returncode == 0, done.stderr
    path = tmp_path / f"kept.{ENDING[codec]}"
    assert path.stat().st_size <= ROOM
    film = watch(path)
    assert len(film.pictures) > 25
    for n, (_, seen) in enumerate(film.pictures):
        assert psnr(seen, picture(n)) > 30
