"""The built-in people: every file is there, of the size that the table says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from data.clip import AvatarError
from data.framing import framed
from data.head import (
    FIRST_PERSON,
    SQUARE,
    Head,
    avatar_name,
    builtin_folder,
    framings_of,
    load_head,
    people,
)
from runtime.settings import Settings
from tests.data.tiny_head import BROWS, MOUTH, RISE, save_head, tiny_head

MEGABYTE = 1_000_000


@pytest.fixture(scope="module", params=people())
def head(request: pytest.FixtureRequest) -> Head:
    return framed(load_head(builtin_folder() / request.param), SQUARE)


def test_a_person_is_whole(head: Head) -> None:
    assert head.picture.shape == (512, 512, 3)
    assert head.opacity.shape == (512, 512)
    assert head.lids.shape == (3, head.lid_box.height, head.lid_box.width, 3)
    assert head.glances.shape[1:] == head.lids.shape[1:] and len(head.glances) == len(head.gazes)
    assert head.mouths.shape[1:3] == (head.mouth_box.height, head.mouth_box.width)
    assert head.states.shape == (len(head.mouths), len(head.parameters))
    assert len(head.states) >= 64
    assert head.states.min() >= 0 and head.states.max() <= 1
    assert head.shoulders[0] < head.shoulders[1] and 0 < head.pivot[0] < 512
    assert head.scale == 1


def test_states_are_cut_in_order(head: Head) -> None:
    there = head.mouth_box.of(head.picture).astype(int)
    apart = [np.abs(mouth - there).mean() for mouth in head.mouths.astype(int)]
    assert apart[0] < 3, "state 0 is the mouth at rest"
    assert head.states[np.argmax(apart), 0] > 0.6, "a wide jaw looks most different"


def test_only_the_person_was_rendered(head: Head) -> None:
    box = head.mouth_box
    middle = slice(box.x + box.width // 3, box.x + 2 * box.width // 3)
    assert (head.opacity[box.y : box.y + box.height // 2, middle] == 255).all()
    assert not head.opacity[:200, :20].any() and not head.opacity[:200, -20:].any()
    assert 0.25 < (head.opacity / 255).mean() < 0.75


def test_people_are_small() -> None:
    sizes = {
        name: sum(path.stat().st_size for path in (builtin_folder() / name).iterdir())
        for name in people()
    }
    assert max(sizes.values()) < 6 * MEGABYTE
    assert sum(sizes.values()) < 12 * MEGABYTE


def test_people_have_names_and_framings() -> None:
    assert people()[0] == FIRST_PERSON
    for name in people():
        square = framings_of(name)[SQUARE]
        assert (square.out_width, square.out_height) == (512, 512)
    assert avatar_name("mira", SQUARE) == "mira"
    assert avatar_name("mira", "landscape") == "mira-landscape"


def test_what_a_person_reads_names_everybody_and_who_is_first() -> None:
    first, *others = people()
    extra = Settings.model_fields["avatar"].json_schema_extra
    assert isinstance(extra, dict)
    assert f"`builtin` (that is `{first}`)" in str(extra["allowed"])
    assert all(f"`{name}`" in str(extra["allowed"]) for name in others)
    text = (Path(__file__).parents[2] / "README.md").read_text()
    assert f"My name is {first.capitalize()}." in text
    assert all(f"`{name}`" in text for name in people())


def test_a_master_is_read_with_its_brows(tmp_path: Path) -> None:
    head = tiny_head(tmp_path)
    assert (head.brow_box, head.brow_rise) == (BROWS, tuple(RISE))
    assert head.brows.shape == (3, BROWS.height, BROWS.width, 3)
    assert head.scale == 1.5
    assert list(head.framings) == ["square", "landscape", "portrait"]


def test_the_mouth_at_rest_is_the_heads_own_whatever_the_sheet_says(tmp_path: Path) -> None:
    head = tiny_head(tmp_path)
    np.testing.assert_array_equal(head.mouths[0], MOUTH.of(head.picture))
    sheet = np.asarray(cv2.imread(str(tmp_path / "mouths.webp")))
    assert (sheet[: MOUTH.height, : MOUTH.width] != head.mouths[0]).any()
    np.testing.assert_array_equal(head.mouths[1], sheet[:, MOUTH.width : 2 * MOUTH.width])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_head(tmp_path / "head")


@pytest.mark.parametrize(
    "name", ["head.webp", "lids.webp", "glances.webp", "brows.webp", "mouths.webp", "states.json"]
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
    cv2.imwrite(str(folder / "head.webp"), np.zeros((240, 240, 3), np.uint8))
    with pytest.raises(AvatarError, match=r"head.webp: \[240, 240, 3\], wanted 4 channels"):
        load_head(folder)


def _shorten(table: dict[str, Any]) -> None:
    table["states"][3].pop()


def _no_square(table: dict[str, Any]) -> None:
    del table["framings"]["square"]


def _half_brows(table: dict[str, Any]) -> None:
    del table["brow_box"]


def _jumping_brows(table: dict[str, Any]) -> None:
    table["brow_rise"] = [0.1, 0.2, 1.0]


def _outside(table: dict[str, Any]) -> None:
    table["mouth_box"]["x"] = 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_shorten, "8 parameters"),
        (_no_square, "framings lack 'square'"),
        (_half_brows, "brow_box and brow_rise come together"),
        (_jumping_brows, "does not rise evenly to 1"),
        (_outside, "mouth_box is not inside head.webp, 240 x 240"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    table = json.loads((folder / "states.json").read_text())
    change(table)
    (folder / "states.json").write_text(json.dumps(table))
    with pytest.raises(AvatarError, match=said):
        load_head(folder)
