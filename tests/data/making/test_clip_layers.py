"""A clip's person stands before another background, steadily, and a transparent clip's as well."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.clip import Clip
from data.landmarks.finder import Face, FaceFinder
from data.making import clip_avatar
from data.making.clip_avatar import ClipFigures
from data.making.clip_layers import ClipFrame, ClipStage
from data.making.errors import CannotMake
from data.making.make import AvatarOrder, make_avatar
from data.transparency import SourcePicture, composed
from tests.data.making.rendered import few_mouths

Picture = NDArray[np.uint8]
GREEN = (60, 200, 60)


def quiet(what: str, done: int, total: int | None) -> None:
    pass


@pytest.fixture(scope="module")
def face(astronaut: Picture, finder: FaceFinder) -> Face:
    (found,) = finder.find(astronaut)
    return found


def numbered(pictures: Iterable[SourcePicture], face: Face) -> list[ClipFrame]:
    return [ClipFrame(number, picture, face) for number, picture in enumerate(pictures)]


def test_a_clip_becomes_an_avatar_before_another_background(
    pan: Callable[[int], list[Picture]],
    write_clip: Callable[[Path, Iterable[Picture], int], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clip_avatar, "lending_head", few_mouths)
    path = write_clip(tmp_path / "a.mp4", pan(12), 25)
    order = AvatarOrder("a", "builtin", background=GREEN)
    clip, figures = make_avatar(path, order, tmp_path / "a", quiet)
    assert isinstance(figures, ClipFigures)
    assert "cut out, any background" in str(figures)
    assert clip.clear is not None
    assert clip.behind is not None
    assert len(clip.clear) == len(clip.frames)
    stage = Clip.load(tmp_path / "a").behind
    assert stage is not None
    for number in range(len(clip.frames)):
        gone = clip.clear[number] == 255
        assert 0.1 < gone.mean() < 0.8
        luma = clip.frames[number][: clip.height]
        off = np.abs(luma.astype(int) - stage[: clip.height])[gone]
        assert off.max() <= 1, "only the background"
        where = clip.placements[number].astype(np.float64) @ (128, 128, 1)
        assert clip.clear[number, int(where[1]), int(where[0])] == 0, "the face is whole"


def test_one_frame_that_is_seen_otherwise_does_not_tremble(astronaut: Picture, face: Face) -> None:
    """Noise in each frame moves the net's outline; the mattes of a still person stay."""
    noise = np.random.default_rng(0)
    frames = [
        np.clip(astronaut + noise.normal(0, 6, astronaut.shape), 0, 255).astype(np.uint8)
        for _ in range(5)
    ]
    seen = numbered((SourcePicture(frame) for frame in frames), face)
    stage = ClipStage(GREEN, astronaut.shape, seen[0])
    clear = [each.clear for each in stage.before(seen)]
    alone = [next(ClipStage(GREEN, astronaut.shape, frame).before([frame])).clear for frame in seen]
    assert len(clear) == len(frames)

    def trembling(mattes: list[Picture | None]) -> float:
        return float(np.std(np.stack([m for m in mattes if m is not None]), axis=0).mean())

    assert trembling(clear) < trembling(alone)


def test_a_transparent_frame_keeps_its_alpha(astronaut: Picture, face: Face) -> None:
    alpha = np.zeros(astronaut.shape[:2], np.uint8)
    cv2.circle(alpha, (225, 130), 110, 255, -1)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 3), np.uint8)
    frame = ClipFrame(0, composed(np.dstack([astronaut, alpha])), face)
    (shown,) = ClipStage(GREEN, astronaut.shape, frame).before([frame])
    assert shown.clear is not None
    assert np.array_equal(shown.clear, 255 - alpha)
    assert np.abs(shown.seen[alpha == 255].astype(int) - astronaut[alpha == 255]).max() == 0
    corner = shown.seen[5, 5].astype(int)
    assert corner[1] > corner[0] + 60, "the green, none of the usual grey"


def test_where_nobody_is_in_front_it_is_refused(astronaut: Picture, face: Face) -> None:
    empty = np.full_like(astronaut, 128)
    frame = ClipFrame(0, SourcePicture(empty), face)
    with pytest.raises(CannotMake, match="not clear in the clip who is in front"):
        ClipStage(GREEN, empty.shape, frame)
