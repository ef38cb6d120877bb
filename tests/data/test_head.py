"""The built-in head: every file is there, of the size that the table says."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from data.clip import AvatarError
from data.head import builtin_folder, load_head


def test_the_builtin_head_is_whole() -> None:
    head = load_head()
    assert head.picture.shape == (512, 512, 3)
    assert head.opacity.shape == (512, 512)
    assert head.lids.shape == (3, head.lid_box.height, head.lid_box.width, 3)
    assert head.glances.shape[1:] == head.lids.shape[1:] and len(head.glances) == len(head.gazes)
    assert head.mouths.shape == (64, head.mouth_box.height, head.mouth_box.width, 3)
    assert head.states.shape == (64, len(head.parameters))
    assert head.states.min() >= 0 and head.states.max() <= 1


def test_states_are_cut_in_order() -> None:
    head = load_head()
    box = head.mouth_box
    there = head.picture[box.y : box.y + box.height, box.x : box.x + box.width].astype(int)
    apart = [np.abs(mouth - there).mean() for mouth in head.mouths.astype(int)]
    assert apart[0] < 3, "state 0 is the mouth at rest"
    assert np.argmax(apart) == np.argmax(head.states[:, 0]), "the widest jaw looks most different"


def test_only_the_person_was_rendered() -> None:
    opacity = load_head().opacity
    assert (opacity[100:500, 220:300] == 255).all()
    assert not opacity[:300, :60].any() and not opacity[:300, -60:].any()
    assert 0.3 < (opacity / 255).mean() < 0.7


def test_the_builtin_head_is_small() -> None:
    assert sum(path.stat().st_size for path in builtin_folder().iterdir()) < 6_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(builtin_folder(), tmp_path / "head"))


@pytest.mark.parametrize(
    "name", ["head.webp", "lids.webp", "glances.webp", "mouths.webp", "states.json"]
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(AvatarError, match=f"{name}: missing"):
        load_head(folder)


def test_a_sheet_of_another_size_is_refused(folder: Path) -> None:
    cv2.imwrite(str(folder / "lids.webp"), np.zeros((10, 20, 3), np.uint8))
    with pytest.raises(AvatarError, match=r"20 x 10, wanted \d+ x \d+ for 3 pictures"):
        load_head(folder)


def test_what_is_no_picture_is_refused(folder: Path) -> None:
    (folder / "head.webp").write_text("no picture")
    with pytest.raises(AvatarError, match="not a picture"):
        load_head(folder)


def test_a_head_with_its_background_is_refused(folder: Path) -> None:
    cv2.imwrite(str(folder / "head.webp"), np.zeros((512, 512, 3), np.uint8))
    with pytest.raises(AvatarError, match=r"head.webp: \[512, 512, 3\], wanted 4 channels"):
        load_head(folder)


def test_a_state_with_too_few_parameters_is_refused(folder: Path) -> None:
    table = json.loads((folder / "states.json").read_text())
    table["states"][3].pop()
    (folder / "states.json").write_text(json.dumps(table))
    with pytest.raises(AvatarError, match="8 parameters"):
        load_head(folder)
