"""The idle loop is the part of a clip in which the head is calm and the mouth shut."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks.finder import FaceFinder
from data.making.errors import CannotMake
from data.making.idle_stretch import MOST_FRAMES, idle_stretch
from data.making.lips import LOWER_INNER, LipLines

Marks = NDArray[np.float64]
SECOND = 25


@pytest.fixture(scope="module")
def shut(astronaut: NDArray[np.uint8], finder: FaceFinder) -> Marks:
    """Landmarks of the astronaut with her lips touching."""
    (face,) = finder.find(astronaut)
    marks = face.landmarks.copy()
    lips = LipLines.of(marks)
    marks[list(LOWER_INNER), :2] -= 0.9 * (lips.lower_inner - lips.upper_inner)
    return marks


def speaking(marks: Marks, gap: float) -> Marks:
    moved = marks.copy()
    moved[list(LOWER_INNER)[1:-1], 1] += gap * LipLines.of(marks).width
    return moved


def turned(marks: Marks, degrees: float) -> Marks:
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    middle = marks.mean(axis=0)
    about = (marks - middle) @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return np.asarray(about + middle, np.float64)


def test_shut_lips_are_preferred(shut: Marks) -> None:
    talk = [speaking(shut, 0.2)] * (8 * SECOND)
    stretch = idle_stretch(np.stack([*talk, *[shut] * (5 * SECOND), *talk[:30]]))
    assert (stretch.first, stretch.end, stretch.shut) == (8 * SECOND, 13 * SECOND, True)
    assert stretch.first <= stretch.usual < stretch.end


def test_who_speaks_all_the_time_is_shown_with_lips_brought_together(shut: Marks) -> None:
    clip = [shut if number % 4 == 0 else speaking(shut, 0.2) for number in range(3 * SECOND)]
    stretch = idle_stretch(np.stack(clip))
    assert (stretch.first, stretch.end, stretch.shut) == (0, 3 * SECOND, False)
    assert stretch.usual % 4 == 0, "the mouths are made of one that is shut"


def test_of_one_who_speaks_the_quietest_six_seconds_are_kept(shut: Marks) -> None:
    clip = [speaking(shut, 0.25 if number < 8 * SECOND else 0.12) for number in range(16 * SECOND)]
    stretch = idle_stretch(np.stack(clip))
    assert (stretch.first, stretch.end, stretch.shut) == (8 * SECOND, 14 * SECOND, False)


def test_shouts_and_looks_aside_are_left_out(shut: Marks) -> None:
    clip = [shut] * (2 * SECOND) + [turned(shut, 25)] * 10 + [shut] * (3 * SECOND)
    clip += [speaking(shut, 0.6)] * 10
    stretch = idle_stretch(np.stack(clip))
    assert (stretch.first, stretch.end) == (2 * SECOND + 10, 5 * SECOND + 10)


def test_a_long_clip_gives_its_calmest_twenty_seconds(shut: Marks) -> None:
    rng = np.random.default_rng(0)
    clip = np.repeat(shut[None], MOST_FRAMES + 10 * SECOND, axis=0)
    clip[: 8 * SECOND, :, :2] += rng.normal(0, 2, (8 * SECOND, 1, 2))
    stretch = idle_stretch(clip)
    assert stretch.end - stretch.first == MOST_FRAMES
    assert stretch.first >= 8 * SECOND - 1


def test_a_clip_without_a_calm_second_is_refused(shut: Marks) -> None:
    clip = [turned(shut, 30 * np.sin(number)) for number in range(2 * SECOND)]
    with pytest.raises(CannotMake, match=r"no second in which the head is still .* film 5 s"):
        idle_stretch(np.stack(clip))
