"""`ringtalk avatar action` adds, imports, lists and removes; what is wrong is said in one line."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from data.action import Action, ActionHead, action_folder, heads
from data.clip import Clip
from perf.faces.flicker_clips import write_video
from tests.actors.ingest.sounds import wav
from tests.actors.session_rig import plain_clip
from tests.server.cli.test_avatar import home, live_folder, run

__all__ = ["home"]


@pytest.fixture
def anna(home: Path) -> Path:
    """An avatar of 48 x 32, for the built-in engine."""
    plain_clip(5).save(home / "anna")
    return home / "anna"


def clip(path: Path, count: int = 14, size: tuple[int, int] = (96, 64)) -> str:
    pictures = [np.full((size[1], size[0], 3), 10 * n, np.uint8) for n in range(count)]
    return str(write_video(path, pictures, 25))


def test_a_clip_becomes_an_action_that_is_listed_and_removed(anna: Path, tmp_path: Path) -> None:
    source, sound = clip(tmp_path / "away.mp4"), tmp_path / "door.wav"
    sound.write_bytes(wav(0.5))
    done = run(
        "action", "add", "anna", "away", "--from", source, "--sound", str(sound), "--number", "4"
    )
    assert done.exit_code == 0, done.output
    assert "away: 14 frames, into it " in done.output
    assert "grey levels" in done.output
    assert heads(anna) == [ActionHead("away", faces=False, number=4, sound="sound.wav")]
    assert (action_folder(anna, "away") / "sheet.png").is_file()
    again = run("action", "add", "anna", "away", "--from", source)
    assert (again.exit_code, "--replace" in again.output) == (2, True)
    assert run("action", "add", "anna", "away", "--from", source, "--replace").exit_code == 0
    listed = run("action", "list", "anna")
    assert listed.exit_code == 0
    assert "away" in listed.output
    assert run("action", "remove", "anna", "away").exit_code == 0
    gone = run("action", "remove", "anna", "away")
    assert (gone.exit_code, "there are: none" in gone.output) == (1, True)


def test_livetalking_s_list_is_taken_over(anna: Path, tmp_path: Path) -> None:
    for number in range(3):
        folder = tmp_path / "lt" / "data" / "reply"
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{number}.png"), np.full((32, 48, 3), 50 * number, np.uint8))
    (tmp_path / "lt" / "data" / "reply.wav").write_bytes(wav(0.3))
    item = {"audiotype": 2, "imgpath": "data/reply", "audiopath": "data/reply.wav"}
    (tmp_path / "lt" / "data" / "custom.json").write_text(json.dumps([item]))
    done = run("action", "import", "anna", str(tmp_path / "lt" / "data" / "custom.json"))
    assert done.exit_code == 0, done.output
    action = Action.load(action_folder(anna, "reply"))
    assert action.head == ActionHead("reply", False, True, 2, "sound.wav", "data/reply")
    assert action.length == 6, "there and back, both ends twice"
    one = run("action", "import", "anna", str(folder), "--name", "think", "--number", "3")
    assert one.exit_code == 0, one.output
    assert [head.name for head in heads(anna)] == ["reply", "think"]


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (("add", "mira", "wave", "--from", "CLIP"), "'mira' is built in", 1),
        (("add", "nobody", "wave", "--from", "CLIP"), "no avatar is called 'nobody'", 1),
        (("add", "anna", "Wave!", "--from", "CLIP"), "is no name for an action", 2),
        (("add", "anna", "wave", "--from", "none.mp4"), "no such file", 1),
        (("add", "anna", "wave", "--from", "PHOTO"), "is a photo; an action is made of a", 1),
        (("add", "anna", "wave", "--from", "TEXT"), "cannot be read as a video", 1),
        (("add", "anna", "wave", "--from", "WIDE"), "are 96 x 32, those of the avatar 48", 1),
        (("add", "anna", "wave", "--from", "CLIP", "--sound", "TEXT"), "t.txt: ", 1),
        (("add", "anna", "w", "--from", "CLIP", "--while-speaking"), "no face is seen at 0.00", 1),
        (("import", "anna", "TEXT"), "is no list of", 1),
        (("list", "nobody"), "no avatar is called 'nobody'", 1),
        (("remove", "anna", "../anna"), "has no action", 1),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: tuple[str, ...], said: str, status: int, anna: Path, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "p.png"), np.zeros((32, 48, 3), np.uint8))
    (tmp_path / "t.txt").write_text("Dear Anna, " * 20)
    files = {"PHOTO": str(tmp_path / "p.png"), "TEXT": str(tmp_path / "t.txt")}
    if "CLIP" in arguments:
        files["CLIP"] = clip(tmp_path / "c.mp4")
    if "WIDE" in arguments:
        files["WIDE"] = clip(tmp_path / "w.mp4", size=(96, 32))
    done = run("action", *(files.get(argument, argument) for argument in arguments))
    assert done.exit_code == status, done.output
    line = done.output.strip().splitlines()[-1]
    assert line.startswith("ringtalk: ")
    assert said in line
    assert heads(anna) == []


def test_an_action_of_an_engine_whose_weights_are_missing_is_refused_with_a_way_out(
    home: Path, tmp_path: Path
) -> None:
    assert run("import", str(live_folder(tmp_path / "ben"))).exit_code == 0
    avatar = Clip.load(home / "ben")
    musetalk = Clip(
        "ben", "musetalk", avatar.frames, avatar.placements, np.zeros((256, 256), np.uint8)
    )
    musetalk.save(home / "ben")
    source = clip(tmp_path / "c.mp4", size=(120, 100))
    done = run("action", "add", "ben", "wave", "--from", source, "--while-speaking")
    assert done.exit_code == 1
    assert "needs the VAE" in done.output
    assert run("action", "add", "ben", "wave", "--from", source).exit_code == 0
