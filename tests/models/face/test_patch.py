"""What of a head is pasted, and how it fades."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.atlas import CANVAS
from data.clip import AvatarError
from data.framing import framed
from data.head import Box, Head, load_head
from data.i420 import planes, yuv_from_bgr
from models.face.patch import face_atlas, face_mask, patch_box
from tests.data.tiny_head import BROWS, MOUTH, tiny_head

SQUARE = framed(load_head(), "square")


@pytest.fixture
def head(tmp_path: Path) -> Head:
    return tiny_head(tmp_path)


def test_a_patch_holds_mouth_and_brows(head: Head) -> None:
    box = patch_box(head)
    assert (box.x, box.y) == (84, 48)
    assert (box.x + box.width, box.y + box.height) == (156, 144)
    still = replace(head, brows=head.brows[:0])
    assert patch_box(still) == MOUTH


def test_an_atlas_is_cut_where_the_patch_lies(head: Head) -> None:
    atlas, box = face_atlas(head), patch_box(head)
    assert atlas.rest.shape == (box.height * 3 // 2, box.width)
    assert atlas.mouth_at == (MOUTH.x - box.x, MOUTH.y - box.y)
    assert atlas.brow_at == (BROWS.x - box.x, BROWS.y - box.y)
    steps = 6
    assert len(atlas.mouths) == len(head.mouths) and len(atlas.brows) == 3 * steps
    luma = yuv_from_bgr(box.of(head.picture))[..., 0]
    np.testing.assert_allclose(planes(atlas.rest)[0], luma, atol=0.51)
    brow = yuv_from_bgr(head.brows[1])[..., 0]
    np.testing.assert_allclose(planes(atlas.brows[2 * steps - 1])[0], brow, atol=0.51)


def test_the_mouth_at_rest_is_the_rest_of_the_face(head: Head) -> None:
    atlas = face_atlas(head)
    x, y = atlas.mouth_at
    rest, mouth = planes(atlas.rest), planes(atlas.mouths[0])
    np.testing.assert_array_equal(rest[0][y : y + MOUTH.height, x : x + MOUTH.width], mouth[0])
    half = slice(y // 2, (y + MOUTH.height) // 2), slice(x // 2, (x + MOUTH.width) // 2)
    np.testing.assert_array_equal(rest[1][half], mouth[1])


def test_a_face_that_is_too_large_is_refused(head: Head) -> None:
    wide = np.zeros((600, 600, 3), np.uint8)
    box = Box(0, 0, CANVAS[0] + 2, 100)
    mouths = np.zeros((5, box.height, box.width, 3), np.uint8)
    with pytest.raises(AvatarError, match="allowed are 324 x 456"):
        face_atlas(replace(head, picture=wide, mouth_box=box, mouths=mouths, brows=head.brows[:0]))


def test_the_mask_is_whole_over_mouth_and_brows_and_gone_elsewhere(head: Head) -> None:
    mask, box = face_mask(head), patch_box(head)
    assert mask.shape == CANVAS[::-1] and mask.dtype == np.uint8
    assert not mask[box.height :].any() and not mask[:, box.width :].any()
    mouth = Box(MOUTH.x - box.x, MOUTH.y - box.y, MOUTH.width, MOUTH.height).of(mask)
    brows = Box(BROWS.x - box.x, BROWS.y - box.y, BROWS.width, BROWS.height).of(mask)
    assert mouth[mouth.shape[0] // 2, mouth.shape[1] // 2] == 255
    assert brows.max() > 150
    for part in (mouth, brows):
        assert not part[[0, -1]].any() and not part[:, [0, -1]].any()
    between = mask[BROWS.y + BROWS.height - box.y : MOUTH.y - box.y]
    assert not between.any(), "the eyes stay the clip's"


def test_brows_that_do_not_move_are_not_pasted(head: Head) -> None:
    still = replace(head, brows=head.brows[:0])
    mask = face_mask(still)
    assert not mask[MOUTH.height :].any()


def test_nothing_is_pasted_where_the_background_shows() -> None:
    mask, box = face_mask(SQUARE), patch_box(SQUARE)
    inner = mask[: box.height, : box.width]
    assert not inner[box.of(SQUARE.opacity) < 255].any()
    assert np.abs(np.diff(mask.astype(int), axis=0)).max() <= 45
    mouth = SQUARE.mouth_box
    middle = Box(mouth.x - box.x + 40, mouth.y - box.y + 32, 96, 90)
    assert (middle.of(mask) >= 250).all(), "lips, teeth and chin"
