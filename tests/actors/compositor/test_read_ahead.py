"""A clip's first second lies in memory before it is played; a clip in memory is left alone."""

from pathlib import Path

import numpy as np

from actors.compositor.read_ahead import read_ahead
from data.clip import Clip


def clip(count: int) -> Clip:
    frames = np.arange(count, dtype=np.uint8)[:, None, None] * np.ones((1, 48, 32), np.uint8)
    places = np.tile(np.eye(2, 3, dtype=np.float32), (count, 1, 1))
    mask = np.full((8, 8), 255, np.uint8)
    return Clip("a", "builtin", frames, places, mask, order=np.arange(count)[::-1].copy())


def test_frames_are_what_they_were(tmp_path: Path) -> None:
    clip(40).save(tmp_path / "a")
    mapped = Clip.load(tmp_path / "a")
    read_ahead(mapped)
    assert np.array_equal(mapped.frames, clip(40).frames)


def test_a_clip_shorter_than_a_second_and_one_in_memory(tmp_path: Path) -> None:
    clip(3).save(tmp_path / "a")
    read_ahead(Clip.load(tmp_path / "a"))
    read_ahead(clip(3))
