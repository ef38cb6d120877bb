"""Renders become the files that the house reads, pixel for pixel."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.head import Box, load_head
from data.person.pack import LID_BOX, MOUTH_BOX, pack

STATES = [[0.0] * 8, [0.1] * 8, [0.2] * 8]
NAMES = ["jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong"]
CLOSURE = (0.5, 1.0)
GLANCES = ((-7.0, 0.5),)


def picture(folder: Path, name: str, box: Box, seed: int) -> NDArray[np.uint8]:
    pixels = np.random.default_rng(seed).integers(0, 256, (box.height, box.width, 4), np.uint8)
    pixels[..., 3] |= 1  # a colour under full transparency is nobody's
    cv2.imwrite(str(folder / f"{name}.png"), pixels)
    return pixels


def test_what_was_rendered_is_what_is_read(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    whole = picture(parts, "head", Box(0, 0, 512, 512), 0)
    x, y = MOUTH_BOX.x, MOUTH_BOX.y
    mouths = [whole[y : y + MOUTH_BOX.height, x : x + MOUTH_BOX.width]]
    mouths += [picture(parts, f"mouth00{n}", MOUTH_BOX, n) for n in (1, 2)]
    lids = [picture(parts, f"lid{n}", LID_BOX, 9 + n) for n in range(2)]
    look = picture(parts, "glance0", LID_BOX, 20)
    pack(parts, tmp_path, NAMES, STATES, CLOSURE, GLANCES)
    head = load_head(tmp_path)
    np.testing.assert_array_equal(head.picture, whole[..., :3])
    np.testing.assert_array_equal(head.opacity, whole[..., 3])
    np.testing.assert_array_equal(head.mouths, np.stack(mouths)[..., :3])
    np.testing.assert_array_equal(head.lids, np.stack(lids)[..., :3])
    np.testing.assert_array_equal(head.glances, look[None, ..., :3])
    assert (head.mouth_box, head.lid_box, head.lid_closure) == (MOUTH_BOX, LID_BOX, CLOSURE)
    assert head.parameters == tuple(NAMES)
    np.testing.assert_allclose(head.states, STATES)
    assert (tmp_path / "sheet.png").is_file()


def test_a_part_that_is_not_there_is_named(tmp_path: Path) -> None:
    picture(tmp_path, "head", Box(0, 0, 512, 512), 0)
    with pytest.raises(FileNotFoundError, match="mouth001"):
        pack(tmp_path, tmp_path, NAMES, STATES, CLOSURE, GLANCES)
