"""A framing cuts and reduces a head, and everything still fits it to the pixel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.clip import AvatarError
from data.framing import framed
from data.head import Box, Framing
from tests.data.tiny_head import FRAMINGS, MOUTH, RISE, SIDE, tiny_head


def test_a_square_is_two_thirds_of_the_master(tmp_path: Path) -> None:
    head = framed(tiny_head(tmp_path), "square")
    assert head.picture.shape == (96, 96, 3) and head.opacity.shape == (96, 96)
    assert head.mouth_box == Box(32, 56, 32, 24)
    assert head.lid_box == Box(24, 28, 48, 16) and head.brow_box == Box(24, 16, 48, 16)
    assert head.mouths.shape == (5, 24, 32, 3) and head.lids.shape == (3, 16, 48, 3)
    assert head.glances.shape == (4, 16, 48, 3) and head.brows.shape == (3, 16, 48, 3)
    assert head.brow_rise == tuple(RISE)
    assert head.pivot == pytest.approx((48, 94)) and head.shoulders == pytest.approx((84, 304 / 3))
    assert head.framings == {"square": Framing(0, 0, 96, 96, 96, 96)}
    assert framed(head, "square").scale == pytest.approx(head.scale)


def test_scale_tells_how_large_a_person_is(tmp_path: Path) -> None:
    head = tiny_head(tmp_path)
    assert head.scale == pytest.approx(1.5)
    assert framed(head, "square").scale == pytest.approx(1)
    assert framed(head, "landscape").scale == pytest.approx(1.5)


@pytest.mark.parametrize("framing", ["square", "landscape", "portrait"])
def test_the_mouth_at_rest_is_the_heads_own_after_framing(tmp_path: Path, framing: str) -> None:
    head = framed(tiny_head(tmp_path), framing)
    assert (head.mouth_box.of(head.opacity) == 255).all()
    np.testing.assert_array_equal(head.mouths[0], head.mouth_box.of(head.picture))


def test_a_framing_as_large_as_its_part_is_that_part(tmp_path: Path) -> None:
    head = tiny_head(tmp_path)
    wide = framed(head, "landscape")
    crop = FRAMINGS["landscape"]
    np.testing.assert_array_equal(wide.picture, crop.of(head.picture))
    np.testing.assert_array_equal(wide.mouths, head.mouths)
    assert wide.mouth_box == Box(MOUTH.x - crop.x, MOUTH.y - crop.y, MOUTH.width, MOUTH.height)


def test_what_is_transparent_lends_no_colour(tmp_path: Path) -> None:
    head = tiny_head(tmp_path)
    picture = np.full_like(head.picture, 200)
    picture[head.opacity == 0] = 0
    small = framed(replace(head, picture=picture), "square")
    seen = small.picture[small.opacity > 0]
    assert seen.min() >= 199


def test_a_head_without_brows_stays_one(tmp_path: Path) -> None:
    head = framed(tiny_head(tmp_path, brows=False), "square")
    assert len(head.brows) == 0


def test_an_unknown_framing_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(AvatarError, match=r"'round'; there are: square, landscape, portrait"):
        framed(tiny_head(tmp_path), "round")


def test_a_box_between_pixels_or_outside_is_refused(tmp_path: Path) -> None:
    head = tiny_head(tmp_path)
    with pytest.raises(AvatarError, match="between pixels"):
        framed(replace(head, mouth_box=Box(97, 108, 48, 36)), "square")
    tight = {"square": Framing(90, 24, 144, 144, 96, 96)}
    with pytest.raises(AvatarError, match="or outside"):
        framed(replace(head, framings=tight), "square")
    uneven = {"square": Framing(0, 0, SIDE, 144, 96, 96)}
    with pytest.raises(AvatarError, match="not reduced evenly"):
        framed(replace(head, framings=uneven), "square")
