"""LiveTalking's list of custom clips, read; nothing else is."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from data.imports.actions import ListedAction, action_name, listed_actions
from data.imports.errors import ImportRefused
from data.imports.picture_folder import PictureFolder


def livetalking(root: Path, *items: dict[str, object]) -> Path:
    """A folder as LiveTalking's, with its list in `data`."""
    for name in ("reply", "思考"):
        folder = root / "data" / "customvideo" / name
        folder.mkdir(parents=True)
        for number in range(3):
            picture = np.full((8, 12, 3), 40 * number, np.uint8)
            cv2.imencode(".png", picture)[1].tofile(folder / f"{number}.png")
    (root / "data" / "customvideo" / "reply.wav").write_bytes(b"RIFF")
    path = root / "data" / "custom_config.json"
    path.write_text(json.dumps(items))
    return path


REPLY = {
    "audiotype": 2,
    "imgpath": "data/customvideo/reply",
    "audiopath": "data/customvideo/reply.wav",
}


def test_a_list_is_read_from_where_it_lies(tmp_path: Path) -> None:
    path = livetalking(tmp_path, REPLY, {"audiotype": 3, "imgpath": "data/customvideo/思考"})
    home = tmp_path / "data" / "customvideo"
    assert listed_actions(path) == [
        ListedAction("reply", 2, "data/customvideo/reply", home / "reply", home / "reply.wav"),
        ListedAction("action", 3, "data/customvideo/思考", home / "思考", None),
    ]
    elsewhere = tmp_path / "other" / "list.json"
    elsewhere.parent.mkdir()
    elsewhere.write_text(json.dumps([REPLY]))
    assert listed_actions(elsewhere, tmp_path)[0].pictures == home / "reply"


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], "names 0 clips"),
        ([{**REPLY, "imgpath": "data/none"}], "there is no folder 'data/none'.*--root"),
        ([{**REPLY, "audiopath": "none.wav"}], r"there is no file 'none\.wav'"),
        ([REPLY, REPLY], "audiotype 2 is there twice"),
        ([{"audiotype": "two", "imgpath": "a"}], "is no list of"),
        ([REPLY] * 65, "names 65 clips"),
    ],
)
def test_what_is_wrong_with_a_list_is_said(
    tmp_path: Path, items: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(ImportRefused, match=said):
        listed_actions(livetalking(tmp_path, *items))


def test_a_folder_s_name_becomes_an_action_s(tmp_path: Path) -> None:
    assert action_name("Hello World!") == "hello-world"
    assert action_name("Café_2") == "cafe_2"
    assert action_name("挥手") == "action"
    assert action_name("wave", {"wave", "wave-2"}) == "wave-3"
    assert len(action_name("x" * 80, {"x" * 32})) <= 32


def test_a_folder_s_pictures_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((8, 12, 3), number, np.uint8))
    lumas = [int(one.seen[0, 0, 0]) for one in PictureFolder(tmp_path).pictures()]
    assert lumas == [1, 2, 10]
    cv2.imwrite(str(tmp_path / "11.png"), np.zeros((6, 12, 3), np.uint8))
    with pytest.raises(ImportRefused, match=r"11\.png: 12 x 6, the first one is 12 x 8"):
        list(PictureFolder(tmp_path).pictures())
