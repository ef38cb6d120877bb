"""The idle clip: no seam, still background, blinks, and a face that sits where it should."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.backdrop import DEFAULT, backdrop
from data.clip import AvatarError, Clip
from data.framing import framed
from data.head import MOUTHS_OF, SQUARE, Box, load_head
from data.i420 import i420_from_bgr, planes
from models.face.builtin import FACE, BuiltinEngine
from models.face.idle import prepare, write_clip
from models.face.layers import LayeredHead
from models.face.motion import BLINKS, CLIP_FRAMES, GLANCES, breath, glance, lids, pose
from models.face.patch import patch_box
from models.picture.paste import Paster
from tests.data.tiny_head import tiny_head

HEAD = framed(load_head(), SQUARE)


def luma(clip: Clip, number: int) -> NDArray[np.float32]:
    return planes(np.array(clip.frames[number]))[0].astype(np.float32)


def test_the_clip_is_what_the_compositor_plays(idle: Clip) -> None:
    assert idle.frames.shape == (CLIP_FRAMES, 768, 512)
    assert idle.face_size == (FACE.width, FACE.height)
    assert (idle.name, idle.engine) == (MOUTHS_OF, "builtin")
    assert idle.replaceable


def test_the_loop_has_no_seam(idle: Clip) -> None:
    """The last frame is as near the first as any two neighbours are."""
    steps = [
        float(np.abs(luma(idle, n) - luma(idle, (n + 1) % CLIP_FRAMES)).mean())
        for n in range(-12, 12)
    ]
    assert steps[11] <= max(steps[:11] + steps[12:]) * 1.05
    placed = np.abs(np.diff(np.vstack([idle.placements, idle.placements[:1]]), axis=0))
    assert placed[-1].max() <= placed[:-1].max() * 1.05


def test_it_moves_but_the_background_does_not(idle: Clip) -> None:
    some = np.stack([luma(idle, n) for n in range(0, CLIP_FRAMES, 20)])
    assert np.ptp(some[:, :380, :60], axis=0).max() == 0
    assert np.ptp(some[:, :380, -60:], axis=0).max() == 0
    assert np.ptp(some[:, 130:230, 150:360], axis=0).max() > 20


def test_blinks_are_uneven_and_short() -> None:
    shut = [lids(n) for n in range(CLIP_FRAMES)]
    assert max(shut) == 3
    assert sum(level > 0 for level in shut) == 5 * len(BLINKS)
    assert len(set(np.diff(BLINKS))) == len(BLINKS) - 1
    assert shut[0] == shut[-1] == 0
    assert lids(CLIP_FRAMES + BLINKS[0]) == lids(BLINKS[0])


def test_a_blink_changes_the_eyes_and_nothing_else(idle: Clip) -> None:
    before, shut = luma(idle, BLINKS[0] - 1), luma(idle, BLINKS[0] + 1)
    apart = np.abs(shut - before)
    assert apart[170:210, 160:350].mean() > 5
    assert apart[260:, :].mean() < 0.5
    assert apart[:120].mean() < 0.5


def test_eyes_look_about_but_not_while_they_blink() -> None:
    looking = [glance(n) for n in range(CLIP_FRAMES)]
    assert set(looking) == set(range(len(HEAD.gazes) + 1))
    assert 0.2 < np.mean(np.array(looking) > 0) < 0.5, "mostly at you"
    assert not any(lids(n) and looking[n] for n in range(CLIP_FRAMES))
    assert glance(CLIP_FRAMES + GLANCES[0][0]) == glance(GLANCES[0][0]) > 0
    assert looking[0] == looking[-1] == 0


def test_a_glance_changes_the_eyes_and_nothing_else(idle: Clip) -> None:
    first = GLANCES[0][0]
    apart = np.abs(luma(idle, first) - luma(idle, first - 1))
    assert apart[190:220, 180:335].mean() > 2
    assert apart[260:, :].mean() < 0.5 and apart[:150].mean() < 0.5


def test_motion_repeats_and_stays_small() -> None:
    neck = (256.0, 470.0)
    poses = np.stack([pose(n, neck, 1.0) for n in range(CLIP_FRAMES)])
    np.testing.assert_allclose(pose(CLIP_FRAMES, neck, 1.0), poses[0], atol=1e-9)
    assert breath(CLIP_FRAMES) == pytest.approx(breath(0))
    assert all(0 <= breath(n) <= 1 for n in range(CLIP_FRAMES))
    nose = poses[:, :, :2] @ np.array([256.0, 250.0]) + poses[:, :, 2]
    assert 2 < np.ptp(nose, axis=0).max() < 12
    steps = np.linalg.norm(np.diff(nose, axis=0), axis=1)
    assert steps.max() < 0.3, "pixels a tick: nothing jerks"
    assert np.abs(np.diff(nose, n=2, axis=0)).max() < 0.02


def test_a_larger_person_moves_as_much_for_its_size() -> None:
    """A point at the same place of the person moves 1.5 times as far."""
    small, large = (256.0, 470.0), (384.0, 705.0)
    for number in range(0, CLIP_FRAMES, 17):
        one, other = pose(number, small, 1.0), pose(number, large, 1.5)
        at = np.array([256.0, 250.0])
        moved = one[:, :2] @ at + one[:, 2] - at
        further = other[:, :2] @ (at * 1.5) + other[:, 2] - at * 1.5
        np.testing.assert_allclose(further, moved * 1.5, atol=1e-9)


def test_silence_pasted_on_any_frame_changes_little(
    engine: BuiltinEngine, avatar: int, idle: Clip
) -> None:
    """Speech begins and ends without a jump: placement, light and mask agree."""
    face = np.empty((1, *engine.face.shape), np.uint8)
    [quiet] = engine.stream().push(np.zeros(640 * 3, np.float32))
    engine.render(quiet[None], np.array([avatar], np.int32), np.zeros(1, np.int32), face)
    paster, box = Paster(idle.mask), patch_box(HEAD)
    for number in (0, 75, 150, 225):
        frame = np.array(idle.frames[number])
        out = np.empty_like(frame)
        paster.paste(out, frame, face[0], idle.placements[number])
        apart = np.abs(planes(out)[0].astype(int) - planes(frame)[0])
        assert apart.mean() < 0.3
        assert np.percentile(box.of(apart.astype(np.uint8)), 99) < 6


def test_a_backdrop_is_even_and_lit_behind_the_head() -> None:
    plain = backdrop((512, 512)).astype(float)
    assert plain.shape == (512, 512, 3)
    assert np.abs(plain[150:220, 220:290].mean(axis=(0, 1)) - np.array(DEFAULT) * 1.05).max() < 3
    assert plain[0, 0].mean() < plain[180, 256].mean() - 20
    assert np.abs(np.diff(plain, axis=0)).max() <= 2


def behind_of(shape: tuple[int, ...], colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    picture = np.zeros(shape, np.uint8)
    picture[:] = colour
    return picture


def test_the_person_stands_before_any_background() -> None:
    """What is opaque stays as it was; where nobody is, the background shows as it is."""
    green = behind_of(HEAD.picture.shape, (40, 180, 40))
    shown = []
    for behind in (green, backdrop(HEAD.opacity.shape)):
        frame, clear = (stage := LayeredHead(HEAD, behind)).empty()
        stage.draw(0, frame, clear)
        shown.append(planes(frame)[0].astype(int))
    wall = i420_from_bgr(green)[0, 0]
    nobody = cv2.erode((HEAD.opacity == 0).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    inside = cv2.erode((HEAD.opacity == 255).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    assert (shown[0][nobody] == wall).all()
    assert np.abs(shown[0] - shown[1])[inside].max() <= 1
    assert (clear[nobody] == 255).all() and not clear[inside].any()


def test_another_background_can_be_put_behind(tmp_path: Path) -> None:
    """A frame, its own background taken away and another added where it is clear, is the frame
    that would have been made before the other."""
    head = framed(tiny_head(tmp_path), SQUARE)
    one, other = (
        behind_of(head.picture.shape, colour) for colour in ((30, 60, 90), (200, 180, 170))
    )
    first, second = (LayeredHead(head, behind) for behind in (one, other))
    frame, clear = first.empty()
    wanted, _ = second.empty()
    for number in (0, BLINKS[0] + 1, 155):
        first.draw(number, frame, clear)
        second.draw(number, wanted, clear.copy())
        share = clear.astype(np.float32) / 255
        apart = planes(i420_from_bgr(other))[0].astype(np.float32) - planes(i420_from_bgr(one))[0]
        made = planes(frame)[0] + apart * share
        assert np.abs(made - planes(wanted)[0]).max() <= 1.5


def test_a_clip_is_written_whole_with_what_is_behind(tmp_path: Path) -> None:
    head = framed(tiny_head(tmp_path / "head"), "landscape")
    behind = behind_of(head.picture.shape, (90, 60, 30))
    clip = write_clip(tmp_path / "anna", "anna", head, behind)
    assert clip.frames.shape == (CLIP_FRAMES, 216, 240) and clip.name == "anna"
    assert clip.clear is not None and clip.clear.shape == (CLIP_FRAMES, 144, 240)
    assert clip.behind is not None
    np.testing.assert_array_equal(clip.behind, i420_from_bgr(behind))
    frame, clear = (stage := LayeredHead(head, behind)).empty()
    for number in (0, 1, CLIP_FRAMES - 1):
        stage.draw(number, frame, clear)
        np.testing.assert_array_equal(clip.frames[number], frame)
        np.testing.assert_array_equal(clip.clear[number], clear)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["anna", "head"]


def test_the_face_sits_where_it_was_cut(tmp_path: Path) -> None:
    """A placement takes the patch's first pixel to where the frame shows it."""
    head = framed(tiny_head(tmp_path / "head"), "portrait")
    clip = write_clip(tmp_path / "anna", "anna", head)
    box = patch_box(head)
    assert isinstance(box, Box)
    for number in (0, 100):
        at = clip.placements[number] @ np.array([0, 0, 1.0])
        moved = pose(number, head.pivot, head.scale)
        np.testing.assert_allclose(at, moved @ np.array([box.x, box.y, 1.0]), atol=1e-3)


def test_what_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    head = framed(tiny_head(tmp_path / "head"), SQUARE)
    with pytest.raises(ValueError, match="a background is"):
        write_clip(tmp_path / "anna", "anna", head, np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(AvatarError, match="no framing is called 'round'"):
        prepare(tmp_path / "anna", framing="round")
    assert not (tmp_path / "anna").exists()
