"""A photo of the rendered head becomes a face whose mouths are nearly the head's own."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.head import Head
from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making import photo as photo_module
from data.making.lips import LipLines
from data.making.mouth_moves import Mouths
from data.making.photo import PhotoSource
from data.making.photo_face import PhotoFace, photo_face
from data.making.photo_layers import PhotoLayers
from tests.data.making.rendered import OPEN, REST, SHUT, TEETH, TUCKED, few_mouths, photo_of

Picture = NDArray[np.uint8]


def quiet(what: str, done: int, total: int | None) -> None:
    pass


@pytest.fixture(scope="module")
def head() -> Head:
    return few_mouths()


@pytest.fixture(scope="module")
def photo(head: Head) -> Picture:
    return photo_of(head)


@pytest.fixture(scope="module")
def face(photo: Picture, finder: FaceFinder) -> Face:
    (found,) = finder.find(photo)
    return found


@pytest.fixture(scope="module")
def made(photo: Picture, face: Face, head: Head, finder: FaceFinder) -> PhotoFace:
    return photo_face(photo, face, head, finder, quiet)


def whole(made: PhotoFace, state: int, photo: Picture) -> Picture:
    """The photo with a mouth of the face pasted in through its mask, BGR."""
    atlas = made.atlas
    canvas = np.zeros((*CANVAS[::-1], 3), np.uint8)
    rest = cv2.cvtColor(atlas.rest, cv2.COLOR_YUV2BGR_I420)
    mouth = cv2.cvtColor(np.ascontiguousarray(atlas.mouths[state]), cv2.COLOR_YUV2BGR_I420)
    canvas[: rest.shape[0], : rest.shape[1]] = rest
    x, y = atlas.mouth_at
    canvas[y : y + mouth.shape[0], x : x + mouth.shape[1]] = mouth
    size = photo.shape[1::-1]
    drawn = cv2.warpAffine(canvas, made.onto, size).astype(np.float64)
    share = cv2.warpAffine(made.mask, made.onto, size)[..., None] / 255.0
    return np.rint(photo * (1 - share) + drawn * share).astype(np.uint8)


def test_the_mouth_at_rest_is_the_photo(made: PhotoFace, photo: Picture) -> None:
    mask = made.mask > 0
    assert made.atlas.states[REST].max() == 0
    rows = made.atlas.mouths.shape[1] * 2 // 3
    top = made.atlas.mouth_at[1]
    luma = made.atlas.rest[top : top + rows]
    assert np.array_equal(made.atlas.mouths[REST][:rows], luma)
    assert mask.any()
    assert np.abs(whole(made, REST, photo).astype(int) - photo).mean() < 0.5


@pytest.mark.parametrize("state", [OPEN, TEETH, TUCKED])
def test_a_mouth_comes_out_near_the_heads_own(
    state: int, made: PhotoFace, face: Face, head: Head, photo: Picture
) -> None:
    own, drawn = photo_of(head, state).astype(float), whole(made, state, photo).astype(float)
    lips = LipLines.of(face.landmarks)
    (x0, y0), (x1, y1) = lips.upper_outer.min(axis=0), lips.lower_outer.max(axis=0)
    reach = 0.25 * lips.width
    part = np.s_[int(y0 - reach) : int(y1 + 2 * reach), int(x0 - reach) : int(x1 + reach)]
    error = np.square(own[part] - drawn[part]).mean()
    still = np.square(own[part] - photo.astype(float)[part]).mean()
    assert error < 0.25 * still
    assert 10 * np.log10(255**2 / error) > 23


def test_lips_touch_where_they_shall(
    made: PhotoFace, face: Face, photo: Picture, finder: FaceFinder
) -> None:
    gaps = {}
    for state in (SHUT, OPEN, TEETH):
        seen = finder.follow(whole(made, state, photo), face)
        assert seen is not None
        gaps[state] = LipLines.of(seen.landmarks).gap
    assert gaps[SHUT] < 0.06
    assert gaps[OPEN] > 0.3
    assert gaps[TEETH] > 0.12


def test_shut_lips_show_no_teeth(made: PhotoFace, face: Face, photo: Picture) -> None:
    drawn = whole(made, SHUT, photo)
    line = LipLines.of(face.landmarks).middle
    (left, top), (right, bottom) = line[3].astype(int), line[-4].astype(int)
    across = drawn[min(top, bottom) - 4 : int(line[:, 1].max()) + 5, left:right].astype(int)
    assert (across[..., 2] - across[..., 0] > 8).mean() > 0.98  # lips are red, teeth are not


def test_the_eyes_are_left_alone(made: PhotoFace, face: Face) -> None:
    onto = made.onto
    back = (face.landmarks[:, :2] - onto[:, 2]) / (onto[0, 0], onto[1, 1])
    eyes = np.rint(back[[33, 133, 159, 145, 362, 263, 386, 374]]).astype(int)
    assert (made.mask[eyes[:, 1], eyes[:, 0]] == 0).all()
    lips = np.rint(back[[0, 17, 61, 291, 13, 152]]).astype(int)
    assert (made.mask[lips[:, 1], lips[:, 0]] == 255).all()
    height, width = made.atlas.rest.shape[0] * 2 // 3, made.atlas.rest.shape[1]
    assert made.mask[height:].max(initial=0) == made.mask[:, width:].max(initial=0) == 0
    assert made.mask[height - 1].max() < 8


def test_brows_rise_evenly(made: PhotoFace) -> None:
    atlas = made.atlas
    assert len(atlas.brows) == 3
    rows = atlas.brows.shape[1] * 2 // 3
    top = atlas.brow_at[1]
    rest = atlas.rest[top : top + rows].astype(int)
    moved = [np.abs(brow[:rows].astype(int) - rest).mean() for brow in atlas.brows]
    assert 0 < moved[0] < moved[1] < moved[2]
    for edge in (0, rows - 1):  # nothing moves where the strip ends
        assert np.abs(atlas.brows[2][edge].astype(int) - rest[edge]).max() < 30


def test_a_large_face_is_drawn_smaller(
    photo: Picture, head: Head, finder: FaceFinder, made: PhotoFace
) -> None:
    large = np.asarray(cv2.resize(photo, None, fx=1.7, fy=1.7), np.uint8)
    (face,) = finder.find(large)
    few = Head(**{**head.__dict__, "mouths": head.mouths[:1], "states": head.states[:1]})
    big = photo_face(large, face, few, finder, quiet)
    assert big.scale > 1.2
    assert big.onto[0, 0] == pytest.approx(big.scale, rel=0.02)
    assert big.mouth == pytest.approx(1.7 * made.mouth, rel=0.05)
    assert isinstance(big.atlas, FaceAtlas)
    height, width = big.atlas.rest.shape[0] * 2 // 3, big.atlas.rest.shape[1]
    assert width <= CANVAS[0]
    assert height <= CANVAS[1]
    assert max(width / CANVAS[0], height / CANVAS[1]) > 0.98


def test_the_face_goes_with_the_head(
    photo: Picture, face: Face, made: PhotoFace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_module, "FRAMES", 9)
    source = PhotoSource(PhotoLayers(photo), face, made.drawn_part(photo.shape))
    drawn = cv2.warpAffine(made.mask, made.onto, photo.shape[1::-1]) > 128
    pictures = [picture.seen for picture in source.pictures()]
    for number in (1, 4, 7):
        motion = source.motion(number, made.spots)
        moved = cv2.warpAffine(photo, motion, photo.shape[1::-1], flags=cv2.INTER_CUBIC)
        off = np.abs(moved[drawn].astype(int) - pictures[number][drawn]).mean()
        still = np.abs(photo[drawn].astype(int) - pictures[number][drawn]).mean()
        assert off < 0.5 * still
        assert off < 1.0


def test_openings_are_read_off_the_pictures(head: Head, finder: FaceFinder) -> None:
    reader = Mouths(head, finder)
    mouths = [reader.state(number) for number in range(len(head.states))]
    assert reader.rest.opening == mouths[REST].opening == mouths[SHUT].opening == 0
    assert mouths[OPEN].opening == mouths[TEETH].opening == 1
    shut = mouths[SHUT].lips
    assert np.array_equal(shut.upper_inner, shut.lower_inner)
    assert mouths[OPEN].lips.gap > mouths[TEETH].lips.gap > mouths[TUCKED].lips.gap


def test_chin_and_cheeks_go_with_the_jaw(
    made: PhotoFace, face: Face, head: Head, photo: Picture, finder: FaceFinder
) -> None:
    """As far as the head's own do, below the mouth and beside it."""
    own, drawn = (
        finder.follow(picture, face) for picture in (photo_of(head, OPEN), whole(made, OPEN, photo))
    )
    assert own is not None
    assert drawn is not None
    rest = finder.follow(photo, face)
    assert rest is not None
    for marks in ([points.CHIN, 148, 377], [18, 83, 313], [202, 422, 57, 287]):
        wanted, seen = (
            (each.landmarks[marks, :2] - rest.landmarks[marks, :2]).mean(axis=0)
            for each in (own, drawn)
        )
        assert seen[1] > 0.6 * wanted[1] > 2
