"""A mark is read on light and dark, lies in its corner, and leaves the rest of a picture alone."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from data.build.mark_words import WORDS
from data.i420 import i420_shape, planes
from data.marking import MARK_WORDS_FOLDER, MarkCorner, MarkLanguage, VisibleMark
from models.picture.visible_mark import MarkPatch


def grey(width: int, height: int, level: int) -> NDArray[np.uint8]:
    picture = np.full(i420_shape(width, height), 100, np.uint8)
    planes(picture)[0][:] = level
    return picture


def marked(
    mark: VisibleMark, level: int = 120, size: tuple[int, int] = (512, 512)
) -> NDArray[np.uint8]:
    picture = grey(*size, level)
    MarkPatch(mark, *size).draw(picture)
    return picture


@pytest.mark.parametrize("level", [16, 120, 235])
def test_words_stand_out_from_their_plate_whatever_lies_below(level: int) -> None:
    luma = planes(marked(VisibleMark("en", "bottom-right"), level))[0]
    part = luma[470:500, 340:500].astype(int)
    assert part.max() >= 230
    assert part.max() - np.median(part) > 90


@pytest.mark.parametrize("corner", get_args(MarkCorner))
def test_it_lies_in_its_corner(corner: MarkCorner) -> None:
    changed = planes(marked(VisibleMark("en", corner)))[0] != 120
    rows, columns = np.nonzero(changed)
    assert (rows.mean() < 256) == corner.startswith("top")
    assert (columns.mean() < 256) == corner.endswith("left")
    assert changed.mean() < 0.03
    assert rows.min() > 5
    assert columns.max() < 506


@pytest.mark.parametrize("size", [(128, 128), (512, 512), (720, 1280), (1280, 720)])
@pytest.mark.parametrize("language", get_args(MarkLanguage))
def test_every_language_fits_into_every_picture(
    language: MarkLanguage, size: tuple[int, int]
) -> None:
    changed = planes(marked(VisibleMark(language, "top-left"), size=size))[0] != 120
    columns = np.flatnonzero(changed.any(axis=0))
    assert 0 < columns[0] <= columns[-1] < size[0] - 1


def test_a_chinese_glyph_is_as_high_as_the_rule_says() -> None:
    luma = planes(marked(VisibleMark("zh", "top-left"), 16, (720, 1280)))[0]
    rows = np.flatnonzero((luma > 180).any(axis=1))
    assert rows[-1] - rows[0] + 1 >= 0.05 * 720


def test_its_colour_is_none() -> None:
    picture = marked(VisibleMark("en", "top-left"))
    _, u, v = planes(picture)
    for plane in (u, v):
        assert set(np.unique(plane[20:30, 12:60])) <= set(range(100, 129))
    luma = planes(picture)[0]
    y, x = np.unravel_index(int(luma.argmax()), luma.shape)
    assert abs(int(u[y // 2, x // 2]) - 128) <= 12


def test_every_language_has_words_of_its_own() -> None:
    assert set(WORDS) == set(get_args(MarkLanguage))
    assert {path.stem for path in MARK_WORDS_FOLDER.glob("*.png")} == set(WORDS)


def test_an_icon_takes_the_words_place(tmp_path: Path) -> None:
    icon = np.zeros((40, 40, 4), np.uint8)
    icon[10:30, 10:30] = 255
    Image.fromarray(icon).save(tmp_path / "icon.png")
    luma = planes(marked(VisibleMark("en", "top-left", str(tmp_path / "icon.png"))))[0]
    assert luma.max() >= 230
    assert np.ptp(np.flatnonzero((luma != 120).any(axis=0))) < 60


def test_what_is_no_icon_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(ValueError, match="is no PNG or WebP"):
        MarkPatch(VisibleMark("en", "top-left", str(tmp_path / "text.png")), 128, 128)
    Image.new("RGBA", (8, 8)).save(tmp_path / "clear.png")
    with pytest.raises(ValueError, match="nothing is to be seen"):
        MarkPatch(VisibleMark("en", "top-left", str(tmp_path / "clear.png")), 128, 128)
