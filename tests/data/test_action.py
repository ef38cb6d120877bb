"""Actions on disk: what is saved is loaded, what is broken is named."""

from pathlib import Path

import numpy as np
import pytest

from data.action import (
    Action,
    ActionHead,
    action_folder,
    heads,
    read_head,
    remove,
    require_fit,
)
from data.clip import AvatarError
from tests.actors.compositor.test_background_cache import with_matte
from tests.actors.session_rig import plain_clip
from tests.data.tiny_action import save_action, tiny_action


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    made = tiny_action(plain_clip(), number=4, sound=b"RIFF", source="data/wave")
    save_action(made, tmp_path, b"RIFF")
    found = Action.load(action_folder(tmp_path, "wave"))
    assert found.head == ActionHead("wave", True, False, 4, "sound.wav", "data/wave")
    assert found.sound is not None
    assert found.sound.read_bytes() == b"RIFF"
    np.testing.assert_array_equal(found.clip.frames, made.clip.frames)
    assert heads(tmp_path) == [found.head]


def test_a_clip_that_is_played_on_turns_and_a_loop_begins_again() -> None:
    once, loop = tiny_action(plain_clip(), frames=4), tiny_action(plain_clip(), frames=4, loop=True)
    assert [once.frame(tick) for tick in range(9)] == [0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert [loop.frame(tick) for tick in range(9)] == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    assert tiny_action(plain_clip(), frames=1).frame(7) == 0


def test_what_is_broken_is_left_out_of_the_list_and_named_when_it_is_loaded(tmp_path: Path) -> None:
    for name in ("wave", "lost", "torn", "other"):
        save_action(tiny_action(plain_clip(), name), tmp_path)
    (action_folder(tmp_path, "lost") / "action.json").unlink()
    (action_folder(tmp_path, "torn") / "returns.npy").write_bytes(b"no array")
    action_folder(tmp_path, "other").rename(action_folder(tmp_path, "renamed"))
    assert [head.name for head in heads(tmp_path)] == ["torn", "wave"]
    with pytest.raises(AvatarError, match=r"action\.json"):
        read_head(action_folder(tmp_path, "lost"))
    with pytest.raises(AvatarError, match=r"returns\.npy"):
        Action.load(action_folder(tmp_path, "torn"))
    with pytest.raises(AvatarError, match="does not belong to renamed"):
        Action.load(action_folder(tmp_path, "renamed"))


def test_a_sound_outside_its_folder_is_refused(tmp_path: Path) -> None:
    made = tiny_action(plain_clip())
    folder = save_action(made, tmp_path)
    text = (folder / "action.json").read_text().replace('"sound": ""', '"sound": "../../secret"')
    (folder / "action.json").write_text(text)
    with pytest.raises(AvatarError, match="does not belong"):
        Action.load(folder)


def test_an_action_fits_its_avatar_or_says_why_not() -> None:
    clip = plain_clip()
    require_fit(tiny_action(clip).clip, clip)
    with pytest.raises(AvatarError, match="background to be replaced"):
        require_fit(tiny_action(clip).clip, with_matte())


def test_an_action_is_removed_by_its_name(tmp_path: Path) -> None:
    save_action(tiny_action(plain_clip()), tmp_path)
    remove(tmp_path, "wave")
    assert heads(tmp_path) == []
    for name in ("wave", "../wave", ""):
        with pytest.raises(FileNotFoundError):
            remove(tmp_path, name)
