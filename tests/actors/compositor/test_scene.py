"""Fades and cuts, seen in the pixels."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from actors.compositor.scene import FADE_IN, FADE_OUT, Scene
from data.clip import Clip
from data.i420 import i420_from_bgr, planes
from data.marking import VisibleMark
from models.picture.background import Background
from models.picture.packed_matte import PackedMatte
from models.picture.paste import Paster
from models.picture.visible_mark import MarkPatch
from runtime.layouts import i420
from tests.actors.compositor.test_background_cache import with_matte
from tests.actors.session_rig import FACE, IDLE, SHAPE, face, opacity, plain_clip

FRAMES = 3


class Shown:
    """A scene that is shown tick by tick."""

    def __init__(self) -> None:
        clip = plain_clip(FRAMES)
        self.scene = Scene(clip, Paster(clip.mask))
        self.tick = 0
        self.picture = np.zeros(i420(SHAPE.picture), np.uint8)

    def show(self, luma: int | None, *, cut: bool = False) -> float:
        """The opacity of the face in the next tick."""
        idle = IDLE + self.tick % FRAMES
        self.picture[:] = 0
        self.scene.show(self.tick, None if luma is None else face(luma), self.picture, cut=cut)
        self.tick += 1
        assert self.picture[0, 0] == idle, "around the face the idle clip plays on"
        return opacity(self.picture, idle)


def about(opacities: Sequence[float]) -> object:
    return pytest.approx(list(opacities), abs=0.02)


def test_without_speech_the_idle_clip_plays_over_and_over() -> None:
    shown = Shown()
    for tick in range(2 * FRAMES):
        assert shown.show(None) == 0
        np.testing.assert_array_equal(shown.picture, plain_clip(FRAMES).frames[tick % FRAMES])


def test_the_loop_is_played_in_its_order() -> None:
    clip = replace(plain_clip(FRAMES), order=np.array([0, 1, 2, 2, 1]))
    scene = Scene(clip, Paster(clip.mask))
    picture = np.zeros(i420(SHAPE.picture), np.uint8)
    same = []
    for tick in range(10):
        same.append(scene.show(tick, None, picture, cut=False))
        np.testing.assert_array_equal(picture, clip.frames[[0, 1, 2, 2, 1][tick % 5]])
    assert [tick for tick in range(10) if same[tick]] == [3, 8], "it stands still where it turns"


def test_speech_fades_in_and_out() -> None:
    shown = Shown()
    speaking = [shown.show(FACE) for _ in range(4)]
    after = [shown.show(None) for _ in range(5)]
    assert speaking == about([*FADE_IN, 1, 1])
    assert after == about([*FADE_OUT, 0, 0])


def test_what_fades_out_is_the_last_face() -> None:
    shown = Shown()
    shown.show(FACE)
    shown.show(100)
    shown.show(None)
    idle = IDLE + (shown.tick - 1) % FRAMES
    assert int(shown.picture[16, 24]) == pytest.approx(idle + FADE_OUT[0] * (100 - idle), abs=1)


def test_speech_that_goes_on_before_it_faded_does_not_blink() -> None:
    shown = Shown()
    for _ in range(3):
        shown.show(FACE)
    shown.show(None)
    again = [shown.show(FACE) for _ in range(3)]
    assert min(again) >= min(FADE_IN) - 0.02
    assert again[-1] == pytest.approx(1, abs=0.02)


def test_an_interrupt_cuts_at_once() -> None:
    shown = Shown()
    for _ in range(3):
        shown.show(FACE)
    assert shown.show(None, cut=True) == 0
    assert shown.show(None) == 0


def test_speech_right_behind_an_interrupt_fades_in_anew() -> None:
    shown = Shown()
    for _ in range(3):
        shown.show(FACE)
    speaking = [shown.show(FACE, cut=True), shown.show(FACE)]
    assert speaking == about(FADE_IN)


def test_a_cut_in_the_middle_of_a_fade_ends_it() -> None:
    shown = Shown()
    shown.show(FACE)
    assert shown.show(None) > 0
    assert shown.show(None, cut=True) == 0


def test_only_a_picture_that_equals_the_one_before_is_a_repeat() -> None:
    clip = plain_clip(1)
    scene, picture = Scene(clip, Paster(clip.mask)), np.zeros(i420(SHAPE.picture), np.uint8)

    def show(luma: int | None = None, *, cut: bool = False) -> bool:
        return scene.show(7, None if luma is None else face(luma), picture, cut=cut)

    assert [show(), show(), show()] == [False, True, True]
    assert [show(FACE), show(), show()] == [False] * 3, "it fades out"
    assert [show(), show()] == [False, True]
    assert not show(cut=True), "what an interrupt dropped cannot be repeated"


def test_a_clip_that_moves_never_repeats() -> None:
    clip = plain_clip(FRAMES)
    scene, picture = Scene(clip, Paster(clip.mask)), np.zeros(i420(SHAPE.picture), np.uint8)
    assert not any(scene.show(tick, None, picture, cut=False) for tick in range(2 * FRAMES))


@pytest.mark.parametrize(("matched", "grey"), [(False, IDLE + 20), (True, IDLE)])
def test_faces_are_matched_only_where_the_clip_says_so(matched: bool, grey: int) -> None:
    frames = np.full((1, 96, 64), IDLE, np.uint8)
    mask = np.pad(np.full((16, 16), 255, np.uint8), 8)
    places = np.array([[[1, 0, 16], [0, 1, 16]]], np.float32)
    clip = Clip("ada", "any", frames, places, mask, matched=matched)
    scene, picture = Scene(clip, Paster(clip.mask)), np.zeros((96, 64), np.uint8)
    made = np.full((48, 32), IDLE + 20, np.uint8)
    for _ in range(len(FADE_IN) + 1):
        scene.show(0, made, picture, cut=False)
    assert picture[32, 32] == grey


def test_each_frame_s_mask_is_used_with_it() -> None:
    plain = plain_clip(2)
    masks = np.stack([np.full_like(plain.mask, 255), np.zeros_like(plain.mask)])
    clip = replace(plain, mask=masks)
    scene, picture = Scene(clip, Paster(clip.mask)), np.zeros(i420(SHAPE.picture), np.uint8)
    seen = []
    for tick in range(6):
        scene.show(tick, face(FACE), picture, cut=False)
        seen.append(bool((picture[: SHAPE.picture[1]] == FACE).any()))
    assert seen[2:] == [True, False, True, False]


def test_a_background_of_the_session_s_own_is_behind_idle_pictures_and_faces() -> None:
    clip = with_matte(FRAMES)
    half = clip.width // 2
    white = np.full_like(clip.frames[0], 128)
    white[: clip.height] = 235
    assert clip.clear is not None
    assert clip.behind is not None
    scene = Scene(clip, Paster(clip.mask), Background(clip.clear, clip.behind, white))
    picture = np.zeros_like(white)
    for said in (None, face(FACE), face(FACE), None):
        scene.show(0, said, picture, cut=False)
        assert (picture[:10, :half] == 235).all()
        assert (picture[:10, half:] == clip.frames[0][:10, half:]).all()


def test_a_picture_in_front_of_another_background_is_no_repetition() -> None:
    clip = with_matte(1)
    assert clip.clear is not None
    assert clip.behind is not None
    scene = Scene(clip, Paster(clip.mask))
    first, second = np.zeros_like(clip.frames[0]), np.zeros_like(clip.frames[0])
    scene.show(0, None, first, cut=False)
    assert scene.show(1, None, second, cut=False)
    scene.set_background(Background(clip.clear, clip.behind, np.full_like(first, 60)))
    assert not scene.show(2, None, second, cut=False)
    assert scene.show(3, None, second, cut=False)
    assert (first != second).any()
    scene.set_background(None)
    assert not scene.show(4, None, second, cut=False)
    np.testing.assert_array_equal(first, second)


def test_a_mark_lies_over_idle_pictures_and_speech() -> None:
    clip = plain_clip(FRAMES)
    patch = MarkPatch(VisibleMark("en", "top-left"), clip.width, clip.height)
    plain, marked = Scene(clip, Paster(clip.mask)), Scene(clip, Paster(clip.mask), mark=patch)
    one, other = (np.zeros(i420(SHAPE.picture), np.uint8) for _ in range(2))
    for tick, said in enumerate([None, None, face(FACE), face(FACE), None, None]):
        same = plain.show(tick, said, one, cut=False)
        assert marked.show(tick, said, other, cut=False) == same
        patch.draw(one)
        np.testing.assert_array_equal(one, other)
    assert (planes(other)[0] != clip.frames[5 % FRAMES][0, 0]).any()


def test_a_transparent_session_has_each_tick_s_matte_below_its_picture() -> None:
    clip = with_matte(FRAMES)
    assert clip.clear is not None
    assert clip.behind is not None
    black = Background(
        clip.clear, clip.behind, i420_from_bgr(np.zeros((clip.height, clip.width, 3), np.uint8))
    )
    matte = PackedMatte(clip.width, clip.height)
    plain = Scene(clip, Paster(clip.mask), black)
    scene = Scene(clip, Paster(clip.mask), black, matte=matte)
    above = np.zeros(i420(SHAPE.picture), np.uint8)
    packed = np.zeros(i420((clip.width, 2 * clip.height)), np.uint8)
    for tick, said in enumerate([None, face(FACE), face(FACE), None, None]):
        plain.show(tick, said, above, cut=False)
        scene.show(tick, said, packed, cut=False)
        luma = planes(packed)[0]
        np.testing.assert_array_equal(luma[: clip.height], planes(above)[0])
        below = luma[clip.height :]
        assert (below[:, : clip.width // 2] == 16).all()
        assert (below[:, clip.width // 2 :] == 235).all()
