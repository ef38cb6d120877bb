"""Renders become the files that the service reads, pixel for pixel."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.build.person.pack import BROW_BOX, FRAMINGS, LID_BOX, MOUTH_BOX, PIVOT, SHOULDERS, pack
from data.head import SQUARE, Box, load_head

STATES = [[0.0] * 8, [0.1] * 8, [0.2] * 8]
NAMES = ["jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong"]
CLOSURE = (0.5, 1.0)
GLANCES = ((-7.0, 0.5),)
RISE = (0.5, 1.0)
MASTER = Box(0, 0, 1280, 1280)


def picture(folder: Path, name: str, box: Box, seed: int) -> NDArray[np.uint8]:
    pixels = np.random.default_rng(seed).integers(0, 256, (box.height, box.width, 4), np.uint8)
    pixels[..., 3] |= 1  # a colour under full transparency is nobody's
    cv2.imwrite(str(folder / f"{name}.png"), pixels)
    return pixels


def smooth(folder: Path, name: str, box: Box, seed: int) -> NDArray[np.uint8]:
    """As a face is: what WebP gives away at its best quality."""
    small = np.random.default_rng(seed).integers(60, 200, (4, 4, 3), np.uint8)
    pixels = np.full((box.height, box.width, 4), 255, np.uint8)
    pixels[..., :3] = cv2.resize(small, (box.width, box.height), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(folder / f"{name}.png"), pixels)
    return pixels


def test_what_was_rendered_is_what_is_read(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    whole = picture(parts, "head", MASTER, 0)
    mouths = [smooth(parts, f"mouth00{n}", MOUTH_BOX, n) for n in (1, 2)]
    lids = [picture(parts, f"lid{n}", LID_BOX, 9 + n) for n in range(2)]
    brows = [picture(parts, f"brow{n}", BROW_BOX, 30 + n) for n in range(2)]
    look = picture(parts, "glance0", LID_BOX, 20)
    pack(parts, tmp_path, NAMES, STATES, CLOSURE, GLANCES, RISE)
    head = load_head(tmp_path)
    np.testing.assert_array_equal(head.picture, whole[..., :3])
    np.testing.assert_array_equal(head.opacity, whole[..., 3])
    np.testing.assert_array_equal(head.mouths[0], MOUTH_BOX.of(head.picture))
    apart = np.abs(head.mouths[1:].astype(int) - np.stack(mouths)[..., :3])
    assert apart.mean() < 2
    np.testing.assert_array_equal(head.lids, np.stack(lids)[..., :3])
    np.testing.assert_array_equal(head.glances, look[None, ..., :3])
    np.testing.assert_array_equal(head.brows, np.stack(brows)[..., :3])
    boxes = (head.mouth_box, head.lid_box, head.brow_box)
    assert boxes == (MOUTH_BOX, LID_BOX, BROW_BOX)
    assert (head.lid_closure, head.brow_rise) == (CLOSURE, RISE)
    assert (head.pivot, head.shoulders, head.framings) == (PIVOT, SHOULDERS, FRAMINGS)
    assert head.parameters == tuple(NAMES)
    np.testing.assert_allclose(head.states, STATES)
    assert (tmp_path / "sheet.png").is_file()


@pytest.mark.parametrize("box", [MOUTH_BOX, LID_BOX, BROW_BOX])
def test_boxes_are_even_in_every_framing(box: Box) -> None:
    square = FRAMINGS[SQUARE]
    for value in (box.x - square.x, box.y - square.y, box.width, box.height):
        assert value % 6 == 0
    for framing in FRAMINGS.values():
        assert (box.x - framing.x) % 2 == 0 and (box.y - framing.y) % 2 == 0
        assert framing.x <= box.x and box.x + box.width <= framing.x + framing.width
        assert framing.y <= box.y and box.y + box.height <= framing.y + framing.height


def test_a_part_that_is_not_there_is_named(tmp_path: Path) -> None:
    picture(tmp_path, "head", MASTER, 0)
    with pytest.raises(FileNotFoundError, match="mouth001"):
        pack(tmp_path, tmp_path, NAMES, STATES, CLOSURE, GLANCES, RISE)
