"""A clip's sound lies beside its pictures, whatever is wrong with it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.making.clip_sound import clip_sound
from data.units import FEATURE_TICK
from perf.faces.flicker_clips import write_video
from perf.faces.spoken_clips import write_spoken

TICKS = 50


def beep(at: int) -> NDArray[np.float32]:
    """Two seconds with a tone in one tick."""
    ticks = np.zeros((TICKS, FEATURE_TICK), np.float32)
    ticks[at] = 0.5 * np.sin(np.arange(FEATURE_TICK) * 0.4)
    return ticks


def still(count: int) -> list[NDArray[np.uint8]]:
    return [np.full((64, 64, 3), 90, np.uint8)] * count


def test_a_tone_is_heard_in_its_tick(tmp_path: Path) -> None:
    path = write_spoken(tmp_path / "a.mov", still(TICKS), beep(30))
    sound = clip_sound(path, TICKS)
    assert sound is not None
    assert sound.shape == (TICKS, FEATURE_TICK)
    loud = np.abs(sound).mean(axis=1)
    assert int(loud.argmax()) == 30


def test_what_is_longer_or_shorter_than_its_pictures_is_cut_and_filled(tmp_path: Path) -> None:
    path = write_spoken(tmp_path / "a.mov", still(TICKS), beep(30))
    for ticks in (20, 80):
        sound = clip_sound(path, ticks)
        assert sound is not None
        assert len(sound) == ticks


def test_a_clip_without_a_sound_track_has_none(tmp_path: Path) -> None:
    assert clip_sound(write_video(tmp_path / "a.mov", still(20)), 20) is None


def test_a_damaged_track_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    """Its second half is cut out of the file: the pictures are not refused for it."""
    whole, broken = tmp_path / "a.mov", tmp_path / "b.mov"
    write_spoken(whole, still(TICKS), beep(10))
    raw = whole.read_bytes()
    broken.write_bytes(raw[: len(raw) // 2])
    sound = clip_sound(broken, TICKS)
    assert sound is None or abs(int(np.abs(sound).mean(axis=1)[:20].argmax()) - 10) <= 1
