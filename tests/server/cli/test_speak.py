"""`ringtalk speak`: a text or a sound into a film, through the real actors."""

import asyncio
import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import uvloop
from numpy.typing import NDArray

from data.units import PLAYOUT_RATE, TICKS_PER_SECOND
from runtime.errors import (
    CannotSpeak,
    RingtalkError,
    TextRefused,
    UnreadablePicture,
    UnreadableSound,
)
from server.cli.speak import speak
from tests.actors.ingest.sounds import wav
from tests.server.real_service import PATIENCE, SENTENCE, cache_with, settings


class Film:
    """What lies in the file: pictures, and mono sound at full scale 1."""

    def __init__(self, path: Path) -> None:
        with av.open(str(path)) as file:
            self.lips: list[float] = []
            for frame in file.decode(video=0):
                self.size = (frame.width, frame.height)
                self.lips.append(float(frame.to_ndarray()[285:345, 200:312].mean()))
            file.seek(0)
            sound = [frame.to_ndarray()[0] for frame in file.decode(audio=0)]
        self.sound: NDArray[np.float64] = np.concatenate(sound).astype(np.float64)

    def level(self, begin: float, end: float) -> float:
        """RMS of the sound between two times in seconds."""
        part = self.sound[round(begin * PLAYOUT_RATE) : round(end * PLAYOUT_RATE)]
        return float(np.sqrt(np.mean(np.square(part))))


def say(
    folder: Path, words: str | Path, output: Path, progress: list[tuple[int, int | None]]
) -> None:
    given = settings(cache_with(folder / "cache"), drain_seconds=0)

    async def within() -> None:
        async with asyncio.timeout(PATIENCE):
            await speak(given, words, output, lambda *step: progress.append(step))

    uvloop.run(within())


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_a_text_becomes_a_film(tmp_path: Path) -> None:
    progress: list[tuple[int, int | None]] = []
    before = children()
    output = tmp_path / "films" / "said.mp4"
    output.parent.mkdir()
    say(tmp_path, SENTENCE, output, progress)
    film = Film(output)
    seconds = len(film.lips) / TICKS_PER_SECOND
    assert film.size == (512, 512)
    assert len(film.sound) / PLAYOUT_RATE == pytest.approx(seconds, abs=0.1)
    assert film.level(0, 0.15) < 0.003, "it begins with the mouth at rest"
    assert film.level(0.3, seconds - 0.9) > 0.02
    assert film.level(seconds - 0.4, seconds) < 0.003
    speaking = film.lips[8:-20]
    assert np.std(speaking) > 4 * np.std(film.lips[:4])
    assert [total for _, total in progress] == [None] * len(progress)
    assert [entry.name for entry in output.parent.iterdir()] == ["said.mp4"]
    assert children() == before


def test_a_sound_becomes_a_film_as_long_as_it_is(tmp_path: Path) -> None:
    progress: list[tuple[int, int | None]] = []
    sound, output = tmp_path / "tone.wav", tmp_path / "said.mp4"
    sound.write_bytes(wav(2.0))
    say(tmp_path, sound, output, progress)
    film = Film(output)
    assert film.level(0.5, 2.0) > 0.1
    assert 2.0 < len(film.lips) / TICKS_PER_SECOND < 3.0
    assert {total for _, total in progress} <= {2 * TICKS_PER_SECOND}


@pytest.mark.parametrize(
    ("words", "error"),
    [("...", TextRefused), ("𒀀𒀁𒀂", CannotSpeak)],
)
def test_a_text_that_is_refused_leaves_no_file_and_no_process(
    tmp_path: Path, words: str, error: type[RingtalkError]
) -> None:
    before = children()
    with pytest.raises(error):
        say(tmp_path, words, tmp_path / "said.mp4", [])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["cache"]
    assert children() == before


def test_a_file_that_is_no_sound_leaves_no_file_and_no_process(tmp_path: Path) -> None:
    before = children()
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Anna")
    with pytest.raises(UnreadableSound, match=r"letter\.txt"):
        say(tmp_path, letter, tmp_path / "said.mp4", [])
    with pytest.raises(FileNotFoundError):
        say(tmp_path / "again", tmp_path / "nothing.wav", tmp_path / "said.mp4", [])
    assert not (tmp_path / "said.mp4").exists()
    assert children() == before


def test_a_film_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RingtalkError, match="no folder"):
        say(tmp_path, SENTENCE, tmp_path / "no folder" / "said.mp4", [])


def test_a_film_in_front_of_a_picture(tmp_path: Path) -> None:
    wall, output = tmp_path / "wall.png", tmp_path / "said.mp4"
    cv2.imwrite(str(wall), np.full((40, 40, 3), 255, np.uint8))
    given = settings(cache_with(tmp_path / "cache"), drain_seconds=0)

    async def within(background: str | Path) -> None:
        async with asyncio.timeout(PATIENCE):
            await speak(given, SENTENCE, output, lambda *_: None, background)

    uvloop.run(within(wall))
    with av.open(str(output)) as file:
        assert all(
            frame.to_ndarray(format="gray")[:8, :8].min() > 240 for frame in file.decode(video=0)
        )
    output.unlink()
    wall.write_bytes(b"no picture")
    with pytest.raises(UnreadablePicture):
        uvloop.run(within(wall))
    assert not output.exists()
