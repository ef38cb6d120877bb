"""A clip becomes an action of an avatar; what cannot be one is refused with the reason."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.action import Action, ActionHead, action_folder, heads
from data.clip import Clip
from data.i420 import i420_from_bgr
from data.making.action import ActionWish, make_action
from data.making.action_seam import returns_of, thumbs_of
from data.making.errors import CannotMake
from data.making.face_fit import followed
from data.making.make import AvatarOrder, make_avatar
from data.making.sheet import SHEET
from data.making.source import VideoSource
from models.picture.paste import Paster
from tests.data.making.test_make import flat_latents, quiet

Picture = NDArray[np.uint8]
WriteClip = Callable[[Path, Iterable[Picture], int], Path]
Pan = Callable[[int], list[Picture]]


def an_avatar(folder: Path, engine: str, pan: Pan, write_clip: WriteClip) -> Path:
    """An avatar of 20 frames of the moving portrait."""
    path = write_clip(folder / "idle.mp4", pan(20), 25)
    latents = flat_latents if engine == "musetalk" else None
    make_avatar(path, AvatarOrder("eileen", engine, latents), folder / "eileen", quiet)
    return folder / "eileen"


def made(path: Path, head: ActionHead, engine: str, avatar: Path, **more: object) -> Action:
    wish = ActionWish(head, engine, **more)  # type: ignore[arg-type]
    return make_action(VideoSource(path), path.name, wish, avatar, quiet)[0]


@pytest.mark.parametrize("engine", ["wav2lip256", "musetalk"])
def test_a_clip_becomes_an_action_whose_faces_fit(
    engine: str, pan: Pan, write_clip: WriteClip, tmp_path: Path
) -> None:
    avatar = an_avatar(tmp_path, engine, pan, write_clip)
    path = write_clip(tmp_path / "wave.mp4", pan(34)[20:], 25)
    latents = flat_latents if engine == "musetalk" else None
    head = ActionHead("wave", faces=True)
    action = made(path, head, engine, avatar, latents=latents)
    assert heads(avatar) == [head]
    assert action.length == len(action.clip.frames) == 14
    assert action.clip.matched
    assert ("latents" in action.clip.engine_arrays) == (engine == "musetalk")
    paster, out = Paster(action.clip.mask), np.empty_like(action.clip.frames[0])
    for number in (0, 13):
        face = i420_from_bgr(np.ascontiguousarray(action.clip.engine_arrays["faces"][number]))
        paster.paste(out, action.clip.frames[number], face, action.clip.placements[number])
        change = np.abs(out[:240].astype(int) - action.clip.frames[number][:240])
        assert change.mean() < 0.7, "a face that is put back unchanged is not seen"
    assert action.returns.min() >= 0
    assert action.returns.max() < len(Clip.load(avatar).loop)
    assert cv2.imread(str(action_folder(avatar, "wave") / SHEET)) is not None
    assert [one.name for one in (avatar / "actions").iterdir()] == ["wave"]


def test_without_a_face_it_is_played_in_silence_and_has_a_sound(
    pan: Pan, write_clip: WriteClip, tmp_path: Path
) -> None:
    avatar = an_avatar(tmp_path, "wav2lip", pan, write_clip)
    blank = [np.full((240, 256, 3), 5 * number, np.uint8) for number in range(14)]
    path = write_clip(tmp_path / "away.mp4", blank, 25)
    (tmp_path / "Door.WAV").write_bytes(b"RIFF....")
    action = made(
        path, ActionHead("away", number=3), "wav2lip", avatar, sound=tmp_path / "Door.WAV"
    )
    assert (action.head.faces, action.head.number, action.head.sound) == (False, 3, "sound.wav")
    assert action.sound is not None
    assert action.sound.read_bytes() == b"RIFF...."
    assert action.clip.engine_arrays == {}


def test_the_face_is_looked_for_only_where_it_is_pasted(
    pan: Pan, write_clip: WriteClip, tmp_path: Path
) -> None:
    avatar = an_avatar(tmp_path, "wav2lip", pan, write_clip)
    pictures = pan(14)
    pictures[6] = np.full_like(pictures[6], 80)
    path = write_clip(tmp_path / "turn.mp4", pictures, 25)
    assert made(path, ActionHead("turn"), "wav2lip", avatar).length == 14
    with pytest.raises(CannotMake, match=r"no face is seen at 0\.24 s"):
        made(path, ActionHead("turn", faces=True), "wav2lip", avatar)
    assert not Action.load(action_folder(avatar, "turn")).head.faces, "the first one is kept"


def test_a_clip_of_another_shape_or_without_its_avatar_s_transparency_is_refused(
    pan: Pan, write_clip: WriteClip, tmp_path: Path
) -> None:
    avatar = an_avatar(tmp_path, "wav2lip", pan, write_clip)
    wide = write_clip(tmp_path / "wide.mp4", [np.zeros((120, 256, 3), np.uint8)] * 13, 25)
    with pytest.raises(CannotMake, match="are 256 x 120, those of the avatar 256 x 240"):
        made(wide, ActionHead("wide"), "wav2lip", avatar)
    clip = Clip.load(avatar)
    clear = np.zeros((len(clip.frames), 240, 256), np.uint8)
    cut_out = replace(clip, clear=clear, behind=np.array(clip.frames[0]))
    cut_out.save(tmp_path / "cut")
    doubled = [np.asarray(cv2.resize(one, (512, 480)), np.uint8) for one in pan(13)]
    large = write_clip(tmp_path / "large.mp4", doubled, 25)
    with pytest.raises(CannotMake, match=r"large\.mp4: has no transparency"):
        made(large, ActionHead("wave"), "wav2lip", tmp_path / "cut")
    assert not list((tmp_path / "cut" / "actions").iterdir())
    assert made(large, ActionHead("wave"), "wav2lip", avatar).clip.width == 256, "it is scaled"


def test_a_loop_is_looked_for_where_one_is_wanted(
    pan: Pan, write_clip: WriteClip, tmp_path: Path
) -> None:
    avatar = an_avatar(tmp_path, "wav2lip", pan, write_clip)
    path = write_clip(tmp_path / "sway.mp4", pan(14), 25)
    assert made(path, ActionHead("sway", loop=True), "wav2lip", avatar).length == 26
    mirrored = made(path, ActionHead("both", loop=True), "wav2lip", avatar, mirrored=True)
    assert mirrored.length == 28, "as LiveTalking shows it, both ends twice"


@pytest.mark.parametrize("name", ["", "Wave", "a b", "-x", "../x", "x" * 33, "nod!"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name for an action"):
        ActionWish(ActionHead(name), "wav2lip")


def test_the_loop_goes_on_at_the_frame_that_looks_most_alike() -> None:
    idle = np.array([[0.0], [10.0], [20.0], [10.0]], np.float32)
    returns, figures = returns_of(np.array([[9.0], [19.0], [1.0]], np.float32), idle)
    assert returns.tolist() == [1, 2, 0]
    assert figures.into == 11
    assert figures.out == 9
    assert figures.usual == 10
    assert figures.faded == pytest.approx(11 / 5)


def test_a_clip_is_compared_as_it_is_played(pan: Pan) -> None:
    frames = np.stack([i420_from_bgr(picture) for picture in pan(3)])
    places = np.tile(np.array([[1, 0, 0], [0, 1, 0]], np.float32), (3, 1, 1))
    clip = Clip("a", "wav2lip", frames, places, np.zeros((8, 8), np.uint8), order=np.array([2, 0]))
    np.testing.assert_array_equal(thumbs_of(clip)[1], thumbs_of(replace(clip, order=None))[0])


def test_a_drawn_face_follows_eyes_and_nose() -> None:
    rng = np.random.default_rng(3)
    first = rng.uniform(50, 200, (478, 3))
    turn = np.deg2rad(8)
    move = 1.1 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    other = first.copy()
    other[:, :2] = first[:, :2] @ move.T + (12, -7)
    placement = np.array([[0.5, 0, 30], [0, 0.5, 40]], np.float32)
    same, moved = followed(placement, first, np.stack([first, other]), spread=0)
    np.testing.assert_allclose(same, placement, atol=1e-4)
    np.testing.assert_allclose(moved[:, :2], move @ placement[:, :2], atol=1e-4)
    np.testing.assert_allclose(moved[:, 2], move @ placement[:, 2] + (12, -7), atol=1e-3)
