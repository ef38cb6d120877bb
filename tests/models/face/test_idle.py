"""The idle clip: no seam, still background, blinks, and a face that sits where it should."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.clip import Clip
from data.head import load_head
from data.i420 import i420_from_bgr, planes
from models.face.backdrop import DEFAULT, backdrop
from models.face.builtin import FACE, FACE_AT
from models.face.idle import idle_clip
from models.face.motion import BLINKS, CLIP_FRAMES, GLANCES, breath, glance, lids, pose
from models.face.patch import state_faces
from models.paste import Paster


def luma(clip: Clip, number: int) -> NDArray[np.float32]:
    return planes(np.array(clip.frames[number]))[0].astype(np.float32)


def test_the_clip_is_what_the_compositor_plays(idle: Clip) -> None:
    assert idle.frames.shape == (CLIP_FRAMES, 768, 512)
    assert idle.face_size == (FACE.width, FACE.height)
    assert (idle.name, idle.engine) == ("builtin", "builtin")


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
    assert set(looking) == set(range(len(load_head().gazes) + 1))
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
    poses = np.stack([pose(n) for n in range(CLIP_FRAMES)])
    np.testing.assert_allclose(pose(CLIP_FRAMES), pose(0), atol=1e-9)
    assert breath(CLIP_FRAMES) == pytest.approx(breath(0))
    assert all(0 <= breath(n) <= 1 for n in range(CLIP_FRAMES))
    nose = poses[:, :, :2] @ np.array([256.0, 250.0]) + poses[:, :, 2]
    assert 2 < np.ptp(nose, axis=0).max() < 12
    steps = np.linalg.norm(np.diff(nose, axis=0), axis=1)
    assert steps.max() < 0.3, "pixels a tick: nothing jerks"
    assert np.abs(np.diff(nose, n=2, axis=0)).max() < 0.02


def test_the_resting_face_pasted_on_any_frame_changes_little(idle: Clip) -> None:
    """Placement, light and mask agree: where the face is pasted nothing shows."""
    head = load_head()
    x, y = FACE_AT
    face = state_faces(head, FACE_AT, FACE)[0]
    paster = Paster(idle.mask)
    for number in (0, 75, 150, 225):
        frame = np.array(idle.frames[number])
        out = np.empty_like(frame)
        paster.paste(out, frame, face, idle.placements[number])
        apart = np.abs(planes(out)[0].astype(int) - planes(frame)[0])
        assert apart.mean() < 0.3
        assert np.percentile(apart[y : y + FACE.height, x : x + FACE.width], 99) < 6


def test_a_backdrop_is_even_and_lit_behind_the_head() -> None:
    plain = backdrop((512, 512)).astype(float)
    assert plain.shape == (512, 512, 3)
    assert np.abs(plain[150:220, 220:290].mean(axis=(0, 1)) - np.array(DEFAULT) * 1.05).max() < 3
    assert plain[0, 0].mean() < plain[180, 256].mean() - 20
    assert np.abs(np.diff(plain, axis=0)).max() <= 2


def test_the_person_stands_before_any_background(idle: Clip) -> None:
    """What is opaque stays as it was; where nobody is, the background shows as it is."""
    green = np.zeros((512, 512, 3), np.uint8)
    green[:] = (40, 180, 40)
    head = load_head()
    other = idle_clip(head, green)
    frame, before = luma(other, 0), luma(idle, 0)
    wall = i420_from_bgr(green)[0, 0]
    nobody = cv2.erode((head.opacity == 0).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    inside = cv2.erode((head.opacity == 255).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    assert (frame[nobody] == wall).all()
    assert np.abs(frame - before)[inside].max() <= 1
    with pytest.raises(ValueError, match="a background is"):
        idle_clip(head, green[:100])
