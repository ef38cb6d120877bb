"""From the idle loop into an action and back, seen in the pixels."""

import numpy as np
import pytest

from actors.compositor.crossfade import SHARES
from actors.compositor.scene import Scene
from actors.compositor.shown_clip import ShownClip
from data.clip import Clip
from models.picture.background import Background
from models.picture.paste import Paster
from runtime.body_timeline import IDLE, ShownSegment
from runtime.layouts import i420
from tests.actors.compositor.test_background_cache import with_matte
from tests.actors.session_rig import FACE, SHAPE, face, plain_clip
from tests.actors.session_rig import IDLE as GREY
from tests.data.tiny_action import LUMA, tiny_action

WAVE = ShownSegment(5, 1, 0)
BACK = ShownSegment(12, IDLE, 0)


class Shown:
    """A scene with an action, tick by tick."""

    def __init__(self, clip: Clip, *, faces: bool = True) -> None:
        self.scene = Scene(clip, Paster(clip.mask))
        action = tiny_action(clip, frames=7, faces=faces)
        paster = Paster(action.clip.mask) if faces else None
        self.scene.add(1, ShownClip.of(action, paster, None))
        self.picture = np.zeros(i420(SHAPE.picture), np.uint8)
        self.same: list[bool] = []

    def show(self, frame: int, luma: int | None = None) -> tuple[float, float]:
        """The luma beside the face, and in its middle."""
        segment = BACK if frame >= 12 else WAVE if frame >= 5 else ShownSegment(0, IDLE, 0)
        shown = None if luma is None else face(luma)
        self.same.append(self.scene.show(frame, shown, self.picture, cut=False, segment=segment))
        return float(self.picture[0, 0]), float(self.picture[16, 24])


def test_four_frames_lie_between_two_clips() -> None:
    shown = Shown(plain_clip(1))
    beside = [shown.show(frame)[0] for frame in range(20)]
    assert beside[:5] == [GREY] * 5
    faded = [share * (LUMA + place) + (1 - share) * GREY for place, share in enumerate(SHARES)]
    assert beside[5:9] == pytest.approx(faded, abs=1)
    assert beside[9:12] == [LUMA + place for place in (4, 5, 6)]
    assert max(np.abs(np.diff(beside))) <= 0.21 * (LUMA - GREY) + 2, "nowhere a jump"
    assert beside[16:] == [GREY] * 4
    assert not any(shown.same[5:16]), "no picture between is told to be the one before"


def test_a_face_that_speaks_is_drawn_once_and_whole_between_them() -> None:
    shown = Shown(plain_clip(1))
    middles = [shown.show(frame, FACE)[1] for frame in range(20)]
    assert middles[2:] == pytest.approx([FACE] * 18, abs=1)


def test_a_face_fades_with_the_only_clip_that_has_a_place_for_it() -> None:
    shown = Shown(plain_clip(1), faces=False)
    middles = [shown.show(frame, FACE)[1] for frame in range(12)]
    assert middles[4] == pytest.approx(FACE, abs=1)
    assert middles[4] > middles[5] > middles[6] > middles[7] > middles[8]
    assert middles[9:] == [LUMA + place for place in (4, 5, 6)]


def test_a_fade_that_is_overtaken_goes_on_from_what_is_seen() -> None:
    shown = Shown(plain_clip(1))
    for frame in range(7):
        shown.show(frame)
    seen = float(shown.picture[0, 0])
    shown.scene.show(7, None, shown.picture, cut=False, segment=ShownSegment(7, IDLE, 0))
    assert float(shown.picture[0, 0]) == pytest.approx(0.8 * seen + 0.2 * GREY, abs=1)


def test_the_session_s_background_stands_behind_both() -> None:
    clip = with_matte(1)
    assert clip.clear is not None
    assert clip.behind is not None
    white = np.full_like(clip.behind, 128)
    white[: clip.height] = 235
    shown = Shown(clip)
    action = tiny_action(clip, frames=7)
    assert action.clip.clear is not None
    behind = Background(clip.clear, clip.behind, white)
    shown.scene.set_background(behind, {1: Background(action.clip.clear, clip.behind, white)})
    lit = [shown.show(frame)[0] for frame in range(20)]
    assert min(lit) > 200


def test_the_first_picture_of_a_scene_is_never_between_two() -> None:
    shown = Shown(plain_clip(1))
    assert shown.show(6)[0] == LUMA + 1, "as after a restart in the middle of an action"
