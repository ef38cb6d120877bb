"""The idle clip: no seam, still background, blinks, and a face that sits where it should."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.clip import Clip
from data.head import load_head
from data.i420 import planes
from models.face.builtin import FACE, FACE_AT
from models.face.matte import background, matte
from models.face.motion import BLINKS, CLIP_FRAMES, breath, lids, pose
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


def test_a_matte_finds_the_shape_and_the_background() -> None:
    """A soft disc before a slope: both come back."""
    rows, columns = np.mgrid[0:200, 0:240].astype(np.float32)
    slope = np.stack([120 + rows / 20, 130 + columns / 24, np.full_like(rows, 140)], axis=-1)
    share = np.clip((60 - np.hypot(rows - 110, columns - 120)) / 4 + 0.5, 0, 1)[..., None]
    picture = (share * (30, 40, 50) + (1 - share) * slope).astype(np.float32)
    plate = background(picture)
    np.testing.assert_allclose(plate, slope, atol=0.5)
    np.testing.assert_allclose(matte(picture, plate), share[..., 0], atol=0.05)


def test_the_head_is_cut_out_whole() -> None:
    picture = load_head().picture.astype(np.float32)
    opacity = matte(picture, background(picture))
    assert (opacity[100:500, 220:300] == 1).all()
    assert not opacity[:400, :90].any() and not opacity[:400, -80:].any()
    assert 0.4 < opacity.mean() < 0.6
