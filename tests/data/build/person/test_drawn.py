"""The drawn person: whole files at any scale, a mouth that shuts, a jaw that opens."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.build.person.drawn.figure import Look, drawn
from data.build.person.drawn.files import (
    BROW_BOX,
    LID_BOX,
    MASTER,
    MOUTH_BOX,
    write_person,
)
from data.build.person.drawn.mouth import DrawnMouth, lips_of, opening
from data.build.person.mouth_table import MouthTable
from data.framing import framed
from data.head import Box, Head, builtin_folder, load_head

HALF = 0.5
LIPS = Box(550, 498, 180, 118)
"""Mouth without nose and cheeks."""
PARAMETERS = ["jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong"]
STATES = [
    [0.0] * 8,
    [0.05, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    [0.9, 0.1, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0],
]


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Head:
    folder: Path = tmp_path_factory.mktemp("drawn")
    write_person(folder, MouthTable(PARAMETERS, STATES), HALF)
    return load_head(folder)


def _inside(picture: NDArray[np.uint8]) -> int:
    """Pixels with the dark red of the inside of the mouth."""
    return int(((picture[..., 1] < 39) & (picture[..., 2] > 58)).sum())


def test_a_person_is_drawn_that_loads(head: Head) -> None:
    assert head.picture.shape == (640, 640, 3)
    assert head.opacity.max() == 255 and not head.opacity[:100, :100].any()
    assert (head.opacity[-1, 220:420] == 255).all(), "the body goes on below the picture"
    assert len(head.lids) == 3 and len(head.glances) == 4 and len(head.brows) == 10
    assert np.allclose(head.states, STATES)


@pytest.mark.parametrize(
    ("framing", "size"),
    [("square", (256, 256)), ("landscape", (360, 640)), ("portrait", (640, 360))],
)
def test_every_framing_holds_its_boxes(head: Head, framing: str, size: tuple[int, int]) -> None:
    cut = framed(head, framing)
    assert cut.opacity.shape == size
    assert np.abs(cut.mouths[0].astype(int) - cut.mouth_box.of(cut.picture)).max() <= 1


def test_parts_drawn_alone_are_the_whole_pictures(head: Head) -> None:
    for box in (MOUTH_BOX, LID_BOX, BROW_BOX):
        small = Box(box.x // 2, box.y // 2, box.width // 2, box.height // 2)
        assert np.array_equal(drawn(Look(), box, HALF)[..., :3], small.of(head.picture))


def test_nothing_that_moves_is_in_the_edge_that_fades(head: Head) -> None:
    for pictures, box, edge in (
        (head.brows, head.brow_box, 7),
        (np.concatenate([head.lids, head.glances]), head.lid_box, 6),
    ):
        moved = (pictures != box.of(head.picture)).any(axis=(0, 3))
        moved[edge:-edge, edge:-edge] = False
        assert not moved.any()


@pytest.mark.parametrize("rest", [{}, {"jaw": 0.3}, {"round": 0.8}, {"spread": 0.6}, {"fv": 0.9}])
def test_a_shut_mouth_shows_nothing_of_its_inside(rest: dict[str, float]) -> None:
    shut = drawn(Look(DrawnMouth(**rest, close=1.0)), LIPS, HALF)
    full = drawn(Look(DrawnMouth(**rest, close=1.0, teeth=1.0, tong=1.0)), LIPS, HALF)
    assert lips_of(DrawnMouth(**rest, close=1.0)).gap <= 0
    assert not _inside(shut)
    assert np.array_equal(shut, full), "neither teeth nor tongue are seen"
    assert _inside(drawn(Look(DrawnMouth(jaw=0.6)), LIPS, HALF)) > 400


@pytest.mark.parametrize("rest", [{}, {"round": 1.0}, {"spread": 1.0, "teeth": 1.0}, {"tong": 1.0}])
def test_the_jaw_opens_more_and_more(rest: dict[str, float]) -> None:
    lips = [lips_of(DrawnMouth(**rest, jaw=jaw)) for jaw in np.linspace(0, 1, 21)]
    areas = [cv2.contourArea(opening(held).astype(np.float32)) for held in lips]
    assert all(b > a for a, b in pairwise(areas))
    assert all(b.drop > a.drop for a, b in pairwise(lips)), "and the chin goes with it"


def test_upper_teeth_stay_where_they_are() -> None:
    row = Box(606, 532, 68, 2)
    some, wide = (drawn(Look(DrawnMouth(jaw=jaw)), row)[..., :3] for jaw in (0.4, 1.0))
    assert np.abs(some.astype(int) - wide).max() <= 8, "but for the lip's shadow"
    assert np.median(some) > 230


def test_a_scale_that_sets_a_box_between_pixels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="would not be a whole number"):
        write_person(tmp_path, MouthTable(PARAMETERS, STATES), 0.3)


def test_parameters_that_a_mouth_has_not_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="parameters are jaw, spread"):
        write_person(tmp_path, MouthTable(["jaw", "smile"], [[0.0, 0.0]]))


def test_pip_is_shipped() -> None:
    folder = builtin_folder() / "pip"
    head = load_head(folder)
    assert head.picture.shape == (MASTER.height, MASTER.width, 3)
    assert set(head.framings) == {"square", "landscape", "portrait"}
    assert not head.states[0].any()
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
