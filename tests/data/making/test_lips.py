"""Lines of lips: their curve, their gap, their thickness."""

import numpy as np
import pytest

from data.making.lips import (
    COLUMNS,
    LIPS,
    LOWER_INNER,
    LOWER_OUTER,
    UPPER_INNER,
    UPPER_OUTER,
    LipLines,
    curve,
    heights,
)


def lips(gap: float) -> LipLines:
    x = np.linspace(100, 200, COLUMNS)
    bow = 10 * np.sin(np.linspace(0, np.pi, COLUMNS))
    apart = gap * 100 / 2 * np.sin(np.linspace(0, np.pi, COLUMNS))
    lines = (50 - apart - bow, 50 - apart, 50 + apart, 50 + apart + bow)
    return LipLines(*(np.column_stack([x, line]) for line in lines))


def test_they_are_read_from_landmarks() -> None:
    marks = np.arange(478 * 3, dtype=np.float64).reshape(478, 3)
    found = LipLines.of(marks)
    assert found.upper_outer[0].tolist() == marks[61, :2].tolist()
    assert found.lower_inner[5].tolist() == marks[14, :2].tolist()
    named = (UPPER_OUTER, UPPER_INNER, LOWER_INNER, LOWER_OUTER)
    assert all(len(line) == COLUMNS and LIPS.issuperset(line) for line in named)
    assert len(LIPS) == 80


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.3])
def test_the_gap_is_in_parts_of_the_width(gap: float) -> None:
    found = lips(gap)
    assert found.width == pytest.approx(100)
    assert found.gap == pytest.approx(gap, rel=0.05)
    assert found.thickness == pytest.approx(10, rel=0.05)
    assert np.allclose(found.middle[:, 1], 50)


def test_a_shift_moves_all_lines() -> None:
    moved = lips(0.1).shifted(-7.5)
    assert np.allclose(moved.upper_inner, lips(0.1).upper_inner - [0, 7.5])
    assert np.allclose(moved.lower_outer, lips(0.1).lower_outer - [0, 7.5])


def test_the_curve_meets_the_points_and_is_smooth() -> None:
    line = lips(0.2).lower_inner
    bent = curve(line, steps=10)
    assert np.allclose(bent[::10], line)
    assert np.abs(np.diff(bent[:, 1], 2)).max() < 0.12
    assert np.allclose(heights(line, line[:, 0]), line[:, 1])


def test_heights_go_on_level_beyond_the_corners() -> None:
    line = lips(0.0).upper_outer
    assert heights(line, np.array([0.0, 400.0])).tolist() == [line[0, 1], line[-1, 1]]
