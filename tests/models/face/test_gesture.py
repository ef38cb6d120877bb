"""What the built-in people can do: poses, the head that turns, and the clips made of them."""

from pathlib import Path

import numpy as np
import pytest

from data.action import Action, action_folder, heads
from data.head import load_head
from models.face import idle
from models.face.gesture import AT_REST, GESTURES, GesturePose
from models.face.head_turn import HeadTurn
from models.face.smile import STEPS, smiles
from tests.data.tiny_head import tiny_head


@pytest.mark.parametrize("name", sorted(GESTURES))
def test_a_gesture_begins_and_ends_at_rest_and_never_jumps(name: str) -> None:
    gesture = GESTURES[name]
    shown = [gesture.poses[number] for number in gesture.order]
    assert shown[:AT_REST] == shown[-AT_REST:] == [GesturePose()] * AT_REST
    turns = np.array([(one.pitch, one.yaw, one.roll) for one in shown])
    assert np.abs(np.diff(turns, axis=0)).max() < 4.5, "degrees from one tick to the next"
    smiling = np.array([one.smile for one in shown])
    assert np.abs(np.diff(smiling)).max() < 0.3


def test_a_head_that_nods_moves_its_face_and_not_its_shoulders() -> None:
    head = load_head()
    turn = HeadTurn.of(head)
    nose = np.array([head.lid_box.x + head.lid_box.width / 2], np.float32)
    eyes = np.array([head.lid_box.y + head.lid_box.height / 2], np.float32)
    held = GesturePose(pitch=9.0)
    right, below = turn.motion(nose, eyes, held)
    assert below[0] > 15
    assert abs(float(right[0])) < 1
    _, shoulders = turn.motion(nose, np.array([turn.bottom], np.float32), held)
    assert shoulders[0] == 0
    mirrored = turn.motion(nose, eyes, GesturePose(yaw=8.0))[0]
    assert mirrored[0] == pytest.approx(-turn.motion(nose, eyes, GesturePose(yaw=-8.0))[0][0])


def test_what_is_seen_is_where_the_motion_came_from() -> None:
    turn = HeadTurn.of(load_head())
    x, y = (np.linspace(low, low + 300, 7, dtype=np.float32) for low in (480, 380))
    held = GesturePose(pitch=7.0, yaw=-9.0, roll=5.0)
    from_x, from_y = turn.seen(x, y, held)
    move_x, move_y = turn.motion(from_x, from_y, held)
    np.testing.assert_allclose(from_x + move_x, x, atol=0.5)
    np.testing.assert_allclose(from_y + move_y, y, atol=0.5)


def test_a_smile_grows() -> None:
    head = load_head()
    made, rest = smiles(head), head.mouth_box.of(head.picture)
    assert made.shape == (STEPS, *rest.shape)
    away = [float(np.abs(one.astype(int) - rest).mean()) for one in made]
    assert away[-1] > 1
    assert away == sorted(away)


@pytest.mark.parametrize("brows", [True, False])
def test_every_built_in_avatar_is_prepared_with_its_actions(tmp_path: Path, brows: bool) -> None:
    head = tiny_head(tmp_path / "head", brows=brows)
    clip = idle.write_clip(tmp_path / "tiny", "tiny", head)
    assert [one.name for one in heads(tmp_path / "tiny")] == sorted(GESTURES)
    for name, gesture in GESTURES.items():
        action = Action.load(action_folder(tmp_path / "tiny", name))
        assert action.head.faces
        assert action.length == len(gesture.order)
        assert len(action.clip.frames) == len(gesture.poses), "each pose is stored once"
        assert (action.clip.width, action.clip.height) == (clip.width, clip.height)
        assert action.clip.replaceable
        still = np.abs(action.clip.frames[0].astype(int) - clip.frames[action.returns[0]])
        assert still.max() <= 2, "at rest it is the idle frame that the loop goes on behind"
