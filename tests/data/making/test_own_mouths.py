"""Who speaks in their clip keeps their own mouths; whoever is spoken over does not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from actors.mouth_hearing import mouth_hearing
from actors.spoken_avatar import said
from data.atlas import CANVAS, FaceAtlas
from data.clip import Clip
from data.landmarks import points
from data.landmarks.finder import FaceFinder
from data.making import clip_avatar
from data.making.clip_avatar import ClipFigures
from data.making.lips import LipLines
from data.making.make import AvatarOrder, make_avatar
from models.picture.paste import Paster
from models.picture.tint import Tint
from perf.faces.spoken_clips import speaking, write_spoken
from tests.data.making.rendered import OPEN, SHUT, TEETH, few_mouths

Ticks = NDArray[np.float32]
Picture = NDArray[np.uint8]


def quiet(what: str, done: int, total: int | None) -> None:
    pass


@pytest.fixture(scope="module")
def speech() -> Ticks:
    return said("Why do my people buy all these apples? You saw how five big boats moved.").ticks


@pytest.fixture(scope="module")
def pictures(speech: Ticks) -> list[Picture]:
    """The first built-in person says it."""
    return list(speaking(speech))


def made_of(path: Path, folder: Path) -> tuple[Clip, ClipFigures]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clip_avatar, "lending_head", few_mouths)
        order = AvatarOrder("a", "builtin", hearing=mouth_hearing())
        clip, figures = make_avatar(path, order, folder, quiet)
    assert isinstance(figures, ClipFigures)
    return clip, figures


@pytest.fixture(scope="module")
def made(
    speech: Ticks, pictures: list[Picture], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Clip, ClipFigures]:
    home = tmp_path_factory.mktemp("home")
    return made_of(write_spoken(home / "a.mov", pictures, speech), home / "a")


def bgr(frame: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_YUV2BGR_I420), np.uint8)


def shown(clip: Clip, state: int) -> Picture:
    """The first frame with a mouth of the atlas, BGR."""
    atlas = FaceAtlas.of(clip)
    rows, width = atlas.rest.shape[0] * 2 // 3, atlas.rest.shape[1]
    canvas = np.zeros((CANVAS[1], CANVAS[0], 3), np.uint8)
    canvas[:rows, :width] = bgr(atlas.mouths[state])
    face = np.asarray(cv2.cvtColor(canvas, cv2.COLOR_BGR2YUV_I420), np.uint8)
    out = np.empty_like(clip.frames[0])
    Paster(clip.mask).paste(out, clip.frames[0], face, clip.placements[0], tint=Tint())
    return bgr(out)


def test_the_persons_own_mouths_are_used(
    made: tuple[Clip, ClipFigures], finder: FaceFinder
) -> None:
    clip, figures = made
    assert figures.own is not None, figures.why
    assert figures.own.delay == 0
    assert figures.own.own >= 3
    assert "mouths are the person's own" in str(figures)
    assert (clip.face_size, clip.matched) == (CANVAS, True)
    gaps = {}
    for state in (SHUT, OPEN, TEETH):
        (face,) = finder.find(shown(clip, state))
        gaps[state] = LipLines.of(face.landmarks).gap
    assert gaps[SHUT] < 0.08 < 0.12 < gaps[TEETH]
    assert gaps[OPEN] > 0.2


def test_nothing_but_the_lower_face_is_changed(
    made: tuple[Clip, ClipFigures], finder: FaceFinder
) -> None:
    clip, _ = made
    first = bgr(clip.frames[0])
    (face,) = finder.find(first)
    x0, _, x1, _ = face.box
    change = np.abs(shown(clip, OPEN).astype(int) - first).max(axis=2) > 12
    rows, columns = np.nonzero(change)
    assert rows.min() > face.landmarks[points.NOSE_TIP, 1]
    assert x0 < columns.min() < columns.max() < x1


def test_another_voice_in_the_clip_is_told_and_mouths_are_drawn(
    speech: Ticks, pictures: list[Picture], tmp_path: Path
) -> None:
    other = said("The quick brown fox jumps over the lazy dog, and nobody knows where.").ticks
    sound = np.zeros_like(speech)
    sound[: len(other)] = other[: len(speech)]
    clip, figures = made_of(write_spoken(tmp_path / "a.mov", pictures, sound), tmp_path / "a")
    assert figures.own is None
    assert "do not move with the sound" in figures.why
    assert "drawn" in str(figures)
    assert len(FaceAtlas.of(clip).mouths) == 5
