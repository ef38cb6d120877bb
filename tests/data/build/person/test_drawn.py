"""The drawn people: whole files at any scale, a mouth that shuts, a jaw that opens."""

from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.build.person.drawn.character import Character
from data.build.person.drawn.characters import CHARACTERS
from data.build.person.drawn.files import MASTER, write_person
from data.build.person.drawn.juno.lips import PLACE as JUNO
from data.build.person.drawn.look import Look
from data.build.person.drawn.mouth import DrawnMouth, MouthPlace, lips_of, opening
from data.build.person.drawn.pip.lips import PLACE as PIP
from data.build.person.mouth_table import MouthTable
from data.framing import framed
from data.head import Box, Head, builtin_folder, load_head
from models.face.atlas import SHUT_STATE_FROM

HALF = 0.5
PARAMETERS = ["jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong"]
STATES = [
    [0.0] * 8,
    [0.05, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    [0.9, 0.1, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0],
]
PLACES: Final = {"juno": JUNO, "pip": PIP}


@pytest.fixture(scope="module", params=sorted(CHARACTERS))
def shown(request: pytest.FixtureRequest) -> Character:
    return CHARACTERS[request.param]


@pytest.fixture(scope="module")
def place(shown: Character) -> MouthPlace:
    return PLACES[shown.name]


@pytest.fixture(scope="module")
def lips(place: MouthPlace) -> Box:
    """Mouth without nose and cheeks."""
    half, high = (2 * round(share * side) for share, side in ((place.wide, 45), (place.high, 48)))
    return Box(640 - half, 2 * round(0.45 * place.meet) - 14, 2 * half, high)


@pytest.fixture(scope="module")
def head(shown: Character, tmp_path_factory: pytest.TempPathFactory) -> Head:
    folder: Path = tmp_path_factory.mktemp("drawn")
    write_person(folder, shown, MouthTable(PARAMETERS, STATES), HALF)
    return load_head(folder)


def _inside(picture: NDArray[np.uint8]) -> int:
    """Pixels with the dark red of the inside of the mouth."""
    dark = (picture[..., 1] < 39) & (picture[..., 2] > 58) & (picture[..., 2] < 140)
    return int(dark.sum())


def _require_same(drawn: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
    """The same but for pixels whose colour lies between two steps and is rounded either way."""
    apart = np.abs(drawn[..., :3].astype(int) - picture)
    assert apart.max() <= 2 and (apart > 0).mean() < 1e-3


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


def test_every_framing_holds_the_whole_head(head: Head) -> None:
    for framing in head.framings:
        assert not framed(head, framing).opacity[:10].any(), "room above the hair"


def test_parts_drawn_alone_are_the_whole_pictures(shown: Character, head: Head) -> None:
    for box in (shown.mouth_box, shown.lid_box, shown.brow_box):
        small = Box(box.x // 2, box.y // 2, box.width // 2, box.height // 2)
        _require_same(shown.draw(Look(), box, HALF), small.of(head.picture))


def test_nothing_that_moves_is_in_the_edge_that_fades(head: Head) -> None:
    for pictures, box, edge in (
        (head.brows, head.brow_box, 7),
        (np.concatenate([head.lids, head.glances]), head.lid_box, 6),
    ):
        moved = (pictures != box.of(head.picture)).any(axis=(0, 3))
        moved[edge:-edge, edge:-edge] = False
        assert not moved.any()


def test_nothing_that_speaks_is_outside_the_mouths_box(shown: Character) -> None:
    whole = Box(shown.mouth_box.x - 60, shown.mouth_box.y - 60, 420, 360)
    rest = shown.draw(Look(), whole, HALF).astype(int)
    for mouth in (DrawnMouth(jaw=1.0), DrawnMouth(spread=1.0, teeth=1.0), DrawnMouth(round=1.0)):
        moved = np.abs(shown.draw(Look(mouth), whole, HALF) - rest).max(axis=2) > 2
        held = shown.mouth_box
        moved[30 : 30 + held.height // 2, 30 : 30 + held.width // 2] = False
        assert not moved.any()


@pytest.mark.parametrize("rest", [{}, {"jaw": 0.3}, {"round": 0.8}, {"spread": 0.6}, {"fv": 0.9}])
def test_a_shut_mouth_shows_nothing_of_its_inside(
    shown: Character, place: MouthPlace, lips: Box, rest: dict[str, float]
) -> None:
    shut = shown.draw(Look(DrawnMouth(**rest, close=1.0)), lips, HALF)
    full = shown.draw(Look(DrawnMouth(**rest, close=1.0, teeth=1.0, tong=1.0)), lips, HALF)
    assert lips_of(DrawnMouth(**rest, close=1.0), place).gap <= 0
    assert not _inside(shut)
    assert np.array_equal(shut, full), "neither teeth nor tongue are seen"
    assert _inside(shown.draw(Look(DrawnMouth(jaw=0.6)), lips, HALF)) > 250


@pytest.mark.parametrize("rest", [{}, {"round": 1.0}, {"spread": 1.0, "teeth": 1.0}, {"tong": 1.0}])
def test_the_jaw_opens_more_and_more(place: MouthPlace, rest: dict[str, float]) -> None:
    lips = [lips_of(DrawnMouth(**rest, jaw=jaw), place) for jaw in np.linspace(0, 1, 21)]
    areas = [cv2.contourArea(opening(held).astype(np.float32)) for held in lips]
    assert all(b > a for a, b in pairwise(areas))
    assert all(b.drop > a.drop for a, b in pairwise(lips)), "and the chin goes with it"


def test_upper_teeth_stay_where_they_are(shown: Character, place: MouthPlace) -> None:
    row = Box(610, round(0.9 * place.bite) + 3, 60, 2)
    some, wide = (shown.draw(Look(DrawnMouth(jaw=jaw)), row, 1.0)[..., :3] for jaw in (0.4, 1.0))
    assert np.abs(some.astype(int) - wide).max() <= 8, "but for the lip's shadow"
    assert np.median(some) > 230


def test_a_scale_that_sets_a_box_between_pixels_is_refused(
    tmp_path: Path, shown: Character
) -> None:
    with pytest.raises(ValueError, match="would not be a whole number"):
        write_person(tmp_path, shown, MouthTable(PARAMETERS, STATES), 0.3)


def test_parameters_that_a_mouth_has_not_are_refused(tmp_path: Path, shown: Character) -> None:
    with pytest.raises(ValueError, match="parameters are jaw, spread"):
        write_person(tmp_path, shown, MouthTable(["jaw", "smile"], [[0.0, 0.0]]))


def test_the_drawn_people_are_shipped_as_they_are_drawn(
    shown: Character, place: MouthPlace
) -> None:
    """With all their mouths, of which those that should be shut are."""
    folder = builtin_folder() / shown.name
    head = load_head(folder)
    whole = shown.draw(Look(), MASTER, 1.0)
    assert np.abs(whole[..., 3].astype(int) - head.opacity).max() <= 1
    whole[head.opacity == 0] = 0  # nothing is kept of what is not seen
    head.picture[head.opacity == 0] = 0
    _require_same(whole, head.picture)
    assert set(head.framings) == {"square", "landscape", "portrait"}
    assert not head.states[0].any()
    mouths = [DrawnMouth(*state) for state in head.states.tolist()]
    shut = [mouth for mouth in mouths if mouth.close >= SHUT_STATE_FROM]
    assert shut and all(lips_of(mouth, place).gap <= 0 for mouth in shut)
    for number in (1, len(mouths) // 2, len(mouths) - 1):
        drawn = shown.draw(Look(mouths[number]), shown.mouth_box, 1.0)
        _require_same(drawn, head.mouths[number])
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
