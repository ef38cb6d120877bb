"""Backgrounds of sessions: colours and pictures made to fit, shared, and forgotten."""

import asyncio
import gc
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from actors.compositor.background_cache import BackgroundCache
from data.clip import Clip
from data.i420 import planes
from runtime.errors import BadBackground, FixedBackground, UnknownBackground
from tests.actors.session_rig import plain_clip

BEHIND = 40


def with_matte(frames: int = 3) -> Clip:
    """`plain_clip` whose left half is background and nothing else."""
    clip = plain_clip(frames)
    behind = np.full_like(clip.frames[0], 128)
    behind[: clip.height] = BEHIND
    clear = np.zeros((frames, clip.height, clip.width), np.uint8)
    clear[:, :, : clip.width // 2] = 255
    pictures = clip.frames.copy()
    pictures[:, : clip.height, : clip.width // 2] = BEHIND
    return replace(clip, frames=pictures, clear=clear, behind=behind)


def shown(wanted: str) -> NDArray[np.uint8]:
    """The luma of the first frame in front of it."""
    clip = with_matte()
    background = asyncio.run(BackgroundCache().of("plain", clip, wanted))
    assert background is not None
    picture = clip.frames[0].copy()
    background.apply(picture, 0)
    return planes(picture)[0]


def test_a_colour_is_lit_and_the_person_is_not_touched() -> None:
    clip, luma = with_matte(), shown("#ffffff")
    half = clip.width // 2
    np.testing.assert_array_equal(luma[:, half:], planes(clip.frames[0])[0][:, half:])
    assert luma[:, :half].min() > 140
    assert luma[:, :half].max() > luma[:, :half].min(), "it falls off to the corners"


def test_a_picture_fills_it(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((30, 90, 3), 255, np.uint8))
    clip, luma = with_matte(), shown(str(path))
    assert (luma[:, : clip.width // 2] == 235).all()


def test_the_avatar_s_own_is_nothing_to_do() -> None:
    assert asyncio.run(BackgroundCache().of("plain", with_matte(), "")) is None
    assert asyncio.run(BackgroundCache().of("plain", plain_clip(), "")) is None


def test_sessions_share_one_and_the_last_one_frees_it() -> None:
    backgrounds, clip = BackgroundCache(), with_matte()
    another = with_matte()
    wishes = [(clip, "#204060"), (clip, "#204060"), (clip, "#204061"), (another, "#204060")]

    async def story() -> list[int]:
        made = [await backgrounds.of("plain", seen, wanted) for seen, wanted in wishes]
        return [made.index(one) for one in made]

    assert asyncio.run(story()) == [0, 0, 2, 3]
    gc.collect()
    assert not backgrounds._used


def test_an_avatar_without_a_matte_keeps_its_own() -> None:
    with pytest.raises(FixedBackground, match="of 'anna' is part of its pictures") as caught:
        asyncio.run(BackgroundCache().of("anna", plain_clip(), "#204060"))
    assert caught.value.status == 409


def test_what_is_no_background_is_refused(tmp_path: Path) -> None:
    for wanted in ("red", "#20", "wall.png"):
        with pytest.raises(BadBackground, match="neither"):
            shown(wanted)
    with pytest.raises(UnknownBackground, match="'gone' is gone"):
        shown(str(tmp_path / "gone.jpg"))
