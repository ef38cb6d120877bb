"""A photo becomes an avatar of the built-in engine, or is refused with what was seen."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.clip import Clip
from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making import photo, photo_avatar
from data.making.errors import CannotMake
from data.making.follow import chosen_face
from data.making.lips import LOWER_INNER, LipLines
from data.making.make import AvatarOrder, make_avatar
from data.making.photo_avatar import PhotoFigures
from data.making.photo_checks import check_face
from data.making.sheet import SHEET
from models.picture.paste import Paster
from tests.data.making.rendered import few_mouths, photo_of

Picture = NDArray[np.uint8]
ORDER = AvatarOrder("mine", "builtin")


def quiet(what: str, done: int, total: int | None) -> None:
    pass


def written(folder: Path, picture: Picture, name: str = "me.png") -> Path:
    cv2.imwrite(str(folder / name), picture)
    return folder / name


def refused(path: Path, said: str) -> None:
    with pytest.raises(CannotMake, match=said):
        make_avatar(path, ORDER, path.parent / "home" / "mine", quiet)
    assert not (path.parent / "home").exists()


def test_a_photo_becomes_an_avatar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo, "FRAMES", 12)
    monkeypatch.setattr(photo_avatar, "FRAMES", 12)
    monkeypatch.setattr(photo_avatar, "lending_head", few_mouths)
    told: list[tuple[str, int, int | None]] = []
    path = written(tmp_path, photo_of(few_mouths()))
    clip, figures = make_avatar(path, ORDER, tmp_path / "mine", lambda *step: told.append(step))
    assert isinstance(figures, PhotoFigures)
    assert (figures.frames, figures.states, figures.blinks) == (12, 5, True)
    assert "5 mouths, mouth 1" in str(figures)
    assert (tmp_path / "mine" / SHEET).is_file()
    assert clip.engine == "builtin"
    assert not clip.matched
    assert clip.face_size == CANVAS
    assert {what for what, _, _ in told} >= {"moving the mouth", "moving the head", "saving"}
    resting_face_is_the_frame(Clip.load(tmp_path / "mine"))


def resting_face_is_the_frame(clip: Clip) -> None:
    """Speech begins and ends without a jump."""
    atlas = FaceAtlas.of(clip)
    rows = atlas.rest.shape[0] * 2 // 3
    face = np.zeros((CANVAS[1] * 3 // 2, CANVAS[0]), np.uint8)
    face[:rows, : atlas.rest.shape[1]] = atlas.rest[:rows]
    paster = Paster(clip.mask)
    out = np.empty_like(clip.frames[0])
    last = len(clip.frames) - 1
    for number in (0, last // 2, last):
        paster.paste(out, clip.frames[number], face, clip.placements[number])
        change = np.abs(out[: clip.height].astype(int) - clip.frames[number][: clip.height])
        assert change.mean() < 0.4
        assert np.quantile(change, 0.999) < 12


def test_a_tiny_mouth_is_refused(tmp_path: Path) -> None:
    small = cv2.resize(photo_of(few_mouths()), (160, 160), interpolation=cv2.INTER_AREA)
    path = written(tmp_path, np.asarray(small, np.uint8))
    refused(path, r"mouth is too small in the photo: 2\d pixels wide, 28 are needed; take")


def test_a_chin_at_the_edge_is_refused(tmp_path: Path, finder: FaceFinder) -> None:
    picture = photo_of(few_mouths())
    (face,) = finder.find(picture)
    path = written(tmp_path, picture[: int(face.landmarks[points.CHIN, 1]) - 30])
    refused(
        path, r"chin is too near to the edge in the photo: 0\.\d\d of the face's.*; cut less off"
    )


def test_a_shout_is_refused(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    marks = face.landmarks.copy()
    marks[list(LOWER_INNER)[1:-1], 1] += 0.5 * LipLines.of(marks).width
    with pytest.raises(
        CannotMake, match=r"wide open in the photo: its lips are 0\.[56]\d .* 0\.40"
    ):
        check_face(Face(marks, 1.0), astronaut.shape)


def test_a_smile_with_teeth_becomes_an_avatar(
    tmp_path: Path, astronaut: Picture, finder: FaceFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mouth of 40 pixels, lips apart: idle with its lips shut, and speaking with warm teeth."""
    monkeypatch.setattr(photo, "FRAMES", 3)
    monkeypatch.setattr(photo_avatar, "FRAMES", 3)
    monkeypatch.setattr(photo_avatar, "lending_head", few_mouths)
    path = written(tmp_path, astronaut)
    clip, figures = make_avatar(path, ORDER, tmp_path / "mine", quiet)
    assert "drawn at 2.4 times its size" in str(figures)
    idle = np.asarray(cv2.cvtColor(clip.frames[0], cv2.COLOR_YUV2BGR_I420), np.uint8)
    (before,), (after,) = finder.find(astronaut), finder.find(idle)
    assert LipLines.of(before.landmarks).gap > 0.12
    assert LipLines.of(after.landmarks).gap < 0.05
    resting_face_is_the_frame(clip)


def test_two_people_are_refused(tmp_path: Path) -> None:
    one = photo_of(few_mouths())
    two = written(tmp_path, np.concatenate([one, one], axis=1))
    refused(two, r"2 faces are seen in the photo.* --face.*1 \(\d+ px wide\), 2 \(\d+ px wide\)")
    with pytest.raises(CannotMake, match=r"no face 3 in the photo: 1 \("):
        make_avatar(two, AvatarOrder("mine", "builtin", face=3), tmp_path / "mine", quiet)


def test_one_of_two_people_can_be_chosen(astronaut: Picture, finder: FaceFinder) -> None:
    part = np.ascontiguousarray(astronaut[20:320, 90:390])
    two = np.concatenate([part, part], axis=1)
    left, right = (chosen_face(two, finder, number, "here") for number in (1, 2))
    np.testing.assert_allclose(right.landmarks[:, 0] - left.landmarks[:, 0], 300, atol=3)


def test_what_is_no_video_either_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"whatever")
    refused(tmp_path / "a.mp4", r"a\.mp4: ")


@pytest.mark.parametrize(
    ("axes", "angle", "said"),
    [((0, 2), 35, "to the side.*30"), ((1, 2), -40, "up or down.*25"), ((0, 1), 36, "askew.*30")],
)
def test_a_turned_face_is_refused(
    axes: tuple[int, int], angle: float, said: str, finder: FaceFinder
) -> None:
    picture = photo_of(few_mouths())
    (face,) = finder.find(picture)
    for part in (0.0, 0.6):
        check_face(turned(face, axes, part * angle), (4000, 4000))
    with pytest.raises(CannotMake, match=f"turned too far {said} at most; "):
        check_face(turned(face, axes, angle), (4000, 4000))


def turned(face: Face, axes: tuple[int, int], angle: float) -> Face:
    turn = np.eye(3)
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    turn[np.ix_(axes, axes)] = [[cos, -sin], [sin, cos]]
    return Face(face.landmarks @ turn.T, face.score)


def test_a_figure_that_is_refused_is_never_the_one_that_is_allowed(
    finder: FaceFinder,
) -> None:
    """A little too much is not rounded to what would be enough."""
    picture = photo_of(few_mouths())
    (face,) = finder.find(picture)
    over = 30.2 - face.turn[0]
    with pytest.raises(CannotMake, match="31 degrees, 30 at most"):
        check_face(turned(face, (0, 2), over), (4000, 4000))
    lips = LipLines.of(face.landmarks)
    small = Face(face.landmarks * (27.9 / lips.width), 1.0)
    with pytest.raises(CannotMake, match="27 pixels wide, 28 are needed"):
        check_face(small, (4000, 4000))
