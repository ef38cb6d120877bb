"""A clip becomes an avatar of the built-in engine: it idles, and mouths lie in each frame."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.clip import Clip
from data.landmarks.finder import FaceFinder
from data.making import clip_avatar
from data.making.clip_avatar import ClipFigures
from data.making.lips import LipLines
from data.making.make import AvatarOrder, make_avatar
from data.making.sheet import SHEET
from models.face.builtin import BuiltinEngine
from models.picture.paste import Paster
from models.picture.tint import Tint
from tests.data.making.rendered import few_mouths

Picture = NDArray[np.uint8]


def quiet(what: str, done: int, total: int | None) -> None:
    pass


def bgr(frame: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_YUV2BGR_I420), np.uint8)


@pytest.fixture
def made(
    pan: Callable[[int], list[Picture]],
    write_clip: Callable[[Path, Iterable[Picture], int], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Clip, ClipFigures]:
    """Of the astronaut, who smiles with her teeth before a camera that moves."""
    monkeypatch.setattr(clip_avatar, "lending_head", few_mouths)
    path = write_clip(tmp_path / "a.mp4", pan(30), 25)
    clip, figures = make_avatar(path, AvatarOrder("a", "builtin"), tmp_path / "home" / "a", quiet)
    assert isinstance(figures, ClipFigures)
    assert (tmp_path / "home" / "a" / SHEET).is_file()
    assert [entry.name for entry in (tmp_path / "home").iterdir()] == ["a"]
    return clip, figures


def test_a_clip_becomes_an_avatar(made: tuple[Clip, ClipFigures], finder: FaceFinder) -> None:
    clip, figures = made
    assert (clip.engine, clip.matched, clip.face_size) == ("builtin", True, CANVAS)
    assert figures.states == 5
    assert figures.shut == len(clip.frames), "she smiles all the time"
    assert "lips brought together in 30 frames" in str(figures)
    assert not len(FaceAtlas.of(clip).brows)
    gaps = [
        LipLines.of(finder.find(bgr(clip.frames[number]))[0].landmarks).gap
        for number in (0, 14, 29)
    ]
    assert max(gaps) < 0.06
    follows_the_lips(clip, finder)
    speaks(clip, finder)


def follows_the_lips(clip: Clip, finder: FaceFinder) -> None:
    """One place of the canvas lies on the lips in every frame, though the camera moves."""
    middles = [
        LipLines.of(finder.find(bgr(frame))[0].landmarks).middle.mean(axis=0)
        for frame in (clip.frames[0], clip.frames[20])
    ]
    first, later = (clip.placements[number].astype(np.float64) for number in (0, 20))
    back = np.linalg.solve(first[:, :2], middles[0] - first[:, 2])
    moved = later[:, :2] @ back + later[:, 2]
    assert np.hypot(*(middles[1] - middles[0])) > 4
    assert np.hypot(*(moved - middles[1])) < 1.5


def speaks(clip: Clip, finder: FaceFinder) -> None:
    """An open mouth of the atlas opens the mouth of a frame, and nothing above the nose."""
    engine = BuiltinEngine()
    engine.free(engine.bind(clip))
    atlas = FaceAtlas.of(clip)
    face = np.zeros((CANVAS[1] * 3 // 2, CANVAS[0]), np.uint8)
    canvas = cv2.cvtColor(face, cv2.COLOR_YUV2BGR_I420)
    rows, width = atlas.rest.shape[0] * 2 // 3, atlas.rest.shape[1]
    canvas[:rows, :width] = bgr(atlas.rest)
    mouth = bgr(atlas.mouths[2])
    top = atlas.mouth_at[1]
    canvas[top : top + mouth.shape[0], :width] = mouth
    face = np.asarray(cv2.cvtColor(canvas, cv2.COLOR_BGR2YUV_I420), np.uint8)
    out = np.empty_like(clip.frames[0])
    Paster(clip.mask).paste(
        out, np.ascontiguousarray(clip.frames[9]), face, clip.placements[9], number=9, tint=Tint()
    )
    (seen,) = finder.find(bgr(out))
    assert LipLines.of(seen.landmarks).gap > 0.15
    changed = np.argwhere(np.abs(bgr(out).astype(int) - bgr(clip.frames[9])).max(axis=2) > 8)
    assert changed[:, 0].min() > seen.landmarks[195, 1]
