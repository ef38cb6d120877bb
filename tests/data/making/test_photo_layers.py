"""A person is told from what stands behind, which then can be any colour or picture."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.backdrop import backdrop
from data.clip import Clip
from data.i420 import i420_from_bgr
from data.landmarks.finder import Face, FaceFinder
from data.making import photo, photo_avatar
from data.making.errors import CannotMake
from data.making.guided_filter import guided
from data.making.make import AvatarOrder, make_avatar
from data.making.matte import matte_of
from data.making.photo_layers import background_of, layers_of
from data.matting.person_segmenter import PersonSegmenter
from models.picture.background import Background
from tests.data.making.rendered import few_mouths

Picture = NDArray[np.uint8]


def quiet(what: str, done: int, total: int | None) -> None:
    pass


@pytest.fixture(scope="module")
def face(astronaut: Picture, finder: FaceFinder) -> Face:
    (found,) = finder.find(astronaut)
    return found


def test_the_person_and_nothing_else_is_in_the_matte(astronaut: Picture, face: Face) -> None:
    matte = matte_of(astronaut, face, PersonSegmenter())
    assert matte is not None
    assert matte[80:160, 195:250].min() == 255, "the face"
    assert matte[300:400, 120:220].mean() > 250, "the suit"
    assert matte[20:60, 300:360].max() == 0, "the shuttle's wall"
    assert matte[200:300, 5:25].max() < 60, "the flag"
    edge = (matte > 20) & (matte < 235)
    assert 0.003 < edge.mean() < 0.04, "soft at its edge, and only there"


def test_a_person_before_another_colour_has_none_of_the_old_one_at_the_edge(
    astronaut: Picture, face: Face
) -> None:
    """The portrait, cut out, before a strong green, matted again: little green is left."""
    matte = matte_of(astronaut, face, PersonSegmenter())
    assert matte is not None
    green = np.empty_like(astronaut)
    green[:] = (60, 220, 60)
    share = matte[..., None] / 255.0
    before = np.rint(astronaut * share + green * (1 - share)).astype(np.uint8)
    layers = layers_of(before, face, (128, 128, 128))
    seen = layers.together(layers.person, layers.alpha).seen.astype(int)
    head = seen[10:200, 150:300]
    spill = head[..., 1] - head[..., [0, 2]].max(axis=2)
    assert np.quantile(spill, 0.99) < 40
    assert spill.mean() < 3


def test_both_layers_together_are_the_photo(astronaut: Picture, face: Face) -> None:
    layers = layers_of(astronaut, face)
    seen, clear = layers.together(layers.person, layers.alpha)
    assert clear is not None
    assert np.abs(seen.astype(int) - astronaut).mean() < 0.5
    assert np.array_equal(seen[clear == 0], astronaut[clear == 0])


def test_what_is_no_portrait_keeps_its_only_layer(astronaut: Picture, face: Face) -> None:
    noise = np.random.default_rng(0).integers(0, 256, astronaut.shape).astype(np.uint8)
    assert layers_of(noise, face).alpha is None
    with pytest.raises(CannotMake, match=r"not clear in the photo who is in front; take a"):
        layers_of(noise, face, (0, 0, 255))


def test_a_cut_out_keeps_its_alpha(astronaut: Picture, face: Face) -> None:
    alpha = np.full((512, 512, 1), 200, np.uint8)
    layers = layers_of(np.concatenate([astronaut, alpha], axis=2), face, (10, 20, 30))
    assert layers.alpha is not None
    assert (layers.alpha == 200).all()
    assert layers.behind is not None
    assert np.array_equal(layers.behind, backdrop((512, 512), (10, 20, 30)))


def test_a_mask_takes_the_pictures_edges() -> None:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[:, 43:] = 200
    coarse = np.zeros((60, 80), np.float32)
    coarse[:, 40:] = 1
    fine = guided(picture, coarse, 6, 1.0)
    assert fine[30, 41] < 0.5 < fine[30, 45]


def test_a_background_is_a_colour_or_a_picture(tmp_path: Path, astronaut: Picture) -> None:
    assert background_of("#204060") == (0x60, 0x40, 0x20)
    cv2.imwrite(str(tmp_path / "wall.png"), astronaut)
    assert np.array_equal(background_of(str(tmp_path / "wall.png")), astronaut)
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(CannotMake, match=r"notes\.txt as a background: "):
        background_of(str(tmp_path / "notes.txt"))
    with pytest.raises(CannotMake, match=r"'blue' as a background: neither a colour such as"):
        background_of("blue")


@pytest.mark.parametrize("wanted", [None, (40, 160, 60)])
def test_an_avatar_of_a_photo_takes_any_background(
    wanted: tuple[int, int, int] | None,
    tmp_path: Path,
    astronaut: Picture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(photo, "FRAMES", 2)
    monkeypatch.setattr(photo_avatar, "FRAMES", 2)
    monkeypatch.setattr(photo_avatar, "lending_head", few_mouths)
    cv2.imwrite(str(tmp_path / "me.png"), astronaut)
    order = AvatarOrder("me", "builtin", background=wanted)
    make_avatar(tmp_path / "me.png", order, tmp_path / "me", quiet)
    clip = Clip.load(tmp_path / "me")
    assert clip.clear is not None
    assert clip.behind is not None
    corner = np.s_[2:20, 320:420]
    own = i420_from_bgr(astronaut if wanted is None else backdrop((512, 512), wanted))
    assert np.abs(clip.frames[0][corner].astype(int) - own[corner]).mean() < 2
    red = i420_from_bgr(np.full((512, 512, 3), (0, 0, 200), np.uint8))
    out = clip.frames[0].copy()
    Background(clip.clear, clip.behind, red).apply(out, 0)
    assert np.abs(out[corner].astype(int) - red[corner]).max() <= 2
    face = np.s_[90:160, 195:255]
    assert np.array_equal(out[face], clip.frames[0][face])


def test_a_clips_background_is_refused_for_a_network(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"whatever")
    order = AvatarOrder("me", "wav2lip", background=(1, 2, 3))
    with pytest.raises(CannotMake, match=r"a\.mp4: for wav2lip a clip keeps its background"):
        make_avatar(tmp_path / "a.mp4", order, tmp_path / "me", quiet)
