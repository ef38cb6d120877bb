"""What is transparent shows the background, in every frame, and keeps it replaceable."""

import pickle
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from data.backdrop import DEFAULT
from data.clip import Clip
from data.i420 import i420_from_bgr, planes
from data.imports.folders import import_folder
from data.landmarks.finder import FaceFinder
from data.making import photo, photo_avatar
from data.making.make import AvatarOrder, make_avatar
from data.making.photo import PhotoSource
from data.making.photo_layers import layers_of
from data.making.source import VideoSource, read_photo
from data.picture_file import OPAQUE
from data.transparency import behind, composed
from data.units import TICKS_PER_SECOND
from models.picture.background import Background, covering
from tests.data.making.rendered import few_mouths, photo_of

Picture = NDArray[np.uint8]
GREEN = (0, 255, 0)


def quiet(what: str, done: int, total: int | None) -> None:
    pass


def cut_out(person: Picture, share: float = 0.6) -> Picture:
    """BGRA: the person in an ellipse, soft at its edge; green below what is not seen."""
    height, width = person.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    alpha = np.clip((1.3 * share - np.hypot(x, y * share)) * 20, 0, 1)[..., None]
    colours = np.where(alpha > 0, person, np.array(GREEN))
    return np.concatenate([colours, 255 * alpha], axis=2).astype(np.uint8)


def test_the_background_is_seen_in_the_share_that_alpha_leaves() -> None:
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[..., :3] = (120, 150, 200)
    pixels[:, 20:40, 3], pixels[:, 40:, 3] = 128, 255
    seen, clear = composed(pixels)
    there = behind(40, 60)
    assert clear is not None
    assert clear[0, [0, 30, 50]].tolist() == [255, 127, 0]
    np.testing.assert_array_equal(seen[:, :20], there[:, :20])
    np.testing.assert_allclose(
        seen[:, 20:40], (there[:, 20:40] + np.array((120, 150, 200))) / 2, atol=2
    )
    assert (seen[:, 40:] == (120, 150, 200)).all()
    assert np.abs(there.mean(axis=(0, 1)) - DEFAULT).max() < 25


def test_what_is_opaque_is_left_as_it_is() -> None:
    pixels = np.full((4, 6, 4), 255, np.uint8)
    assert composed(pixels).clear is None
    assert composed(pixels[..., :3]).clear is None


def looks_cut_out(clip: Clip) -> None:
    """Nothing of what lies below is seen, and another background can be put there."""
    assert clip.replaceable
    assert clip.clear is not None
    assert clip.behind is not None
    corner = np.s_[:8, :8]
    for number in (0, len(clip.frames) // 2):
        luma, u, v = planes(np.ascontiguousarray(clip.frames[number]))
        there = planes(np.ascontiguousarray(clip.behind))
        assert (clip.clear[number][corner] == 255).all()
        for plane, wanted in zip((luma, u, v), there, strict=True):
            np.testing.assert_array_equal(plane[corner], wanted[corner])
    blue = covering(np.full((8, 8, 3), (200, 40, 20), np.uint8), clip.width, clip.height)
    out = np.array(clip.frames[0])
    middle = np.array(planes(out)[0][clip.height // 2, clip.width // 2])
    Background(clip.clear, clip.behind, blue).apply(out, 0)
    np.testing.assert_allclose(planes(out)[0][corner], planes(blue)[0][corner], atol=1)
    assert planes(out)[0][clip.height // 2, clip.width // 2] == middle, "the person stays"


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_a_photo_without_its_background_becomes_an_avatar(
    suffix: str, astronaut: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo, "FRAMES", 12)
    path = tmp_path / f"me{suffix}"
    cv2.imwrite(str(path), cut_out(np.ascontiguousarray(astronaut[:300, 60:400])))
    clip, _ = make_avatar(path, AvatarOrder("a", "wav2lip"), tmp_path / "a", quiet)
    looks_cut_out(clip)


def test_a_photo_without_its_background_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo, "FRAMES", 4)
    monkeypatch.setattr(photo_avatar, "FRAMES", 4)
    monkeypatch.setattr(photo_avatar, "lending_head", few_mouths)
    cv2.imwrite(str(tmp_path / "me.png"), cut_out(photo_of(few_mouths()), 0.75))
    clip, _ = make_avatar(tmp_path / "me.png", AvatarOrder("a", "builtin"), tmp_path / "a", quiet)
    looks_cut_out(clip)
    assert Clip.load(tmp_path / "a").replaceable


def test_the_background_stands_still_while_the_person_moves(
    astronaut: Picture, finder: FaceFinder, tmp_path: Path
) -> None:
    (face,) = finder.find(astronaut)
    cv2.imwrite(str(tmp_path / "me.png"), cut_out(astronaut, 0.45))
    layers = layers_of(read_photo(tmp_path / "me.png"), face)
    pictures = list(PhotoSource(layers, face).pictures())[::10]
    assert any(np.any(one.clear != pictures[0].clear) for one in pictures), "its edge moves"
    for seen, clear in pictures:
        assert clear is not None
        still = behind(*clear.shape)[clear == OPAQUE]
        np.testing.assert_allclose(seen[clear == OPAQUE], still, atol=1)


CODECS = {
    "a.webm": ("libvpx-vp9", "yuva420p"),
    "b.webm": ("libvpx", "yuva420p"),
    "a.mov": ("prores_ks", "yuva444p10le"),
    "b.mov": ("qtrle", "argb"),
    "c.mov": ("png", "rgba"),
    "a.mkv": ("ffv1", "yuva420p"),
}


@pytest.mark.parametrize("name", CODECS)
def test_a_clip_with_alpha_is_read_with_it(name: str, tmp_path: Path) -> None:
    codec, pix_fmt = CODECS[name]
    pixels = np.full((48, 64, 4), (200, 150, 120, 255), np.uint8)
    pixels[:, 32:, 3] = 0
    with av.open(str(tmp_path / name), "w") as container:
        stream = container.add_stream(codec, rate=TICKS_PER_SECOND)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pix_fmt
        if codec.startswith("libvpx"):
            stream.codec_context.options = {"auto-alt-ref": "0", "crf": "4", "b": "2M"}
        for _ in range(15):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgba")))
        container.mux(stream.encode())
    pictures = list(VideoSource(tmp_path / name).pictures())
    assert len(pictures) == 15
    for seen, clear in pictures:
        assert clear is not None
        np.testing.assert_allclose(seen[20, 10, ::-1], (200, 150, 120), atol=5)
        np.testing.assert_allclose(clear[20, [10, 54]], (0, 255), atol=2)
        np.testing.assert_allclose(seen[20, 54], behind(48, 64)[20, 54], atol=3)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[Picture, Picture], Path]:
    """Writes an avatar folder of LiveTalking's for Wav2Lip, of three frames and faces."""

    def write(frame: Picture, face: Picture) -> Path:
        home = tmp_path / "live"
        for name, picture in (("full_imgs", frame), ("face_imgs", face)):
            (home / name).mkdir(parents=True)
            for number in range(3):
                cv2.imwrite(str(home / name / f"{number:08d}.png"), picture)
        (home / "coords.pkl").write_bytes(pickle.dumps([(20, 70, 30, 80)] * 3))
        return home

    return write


def test_an_imported_folder_keeps_its_alpha(
    folder: Callable[[Picture, Picture], Path], tmp_path: Path
) -> None:
    frame = cut_out(np.full((96, 120, 3), 150, np.uint8))
    face = np.full((96, 96, 3), 150, np.uint8)
    clip = import_folder(folder(frame, face), "a", tmp_path / "a", quiet)
    looks_cut_out(clip)


def test_an_imported_folder_of_palettes_and_deep_pictures_is_read(
    folder: Callable[[Picture, Picture], Path], tmp_path: Path
) -> None:
    source = folder(np.zeros((96, 120, 3), np.uint8), np.full((96, 96, 3), 150, np.uint8))
    deep = np.full((96, 120, 3), 150 * 257, np.uint16)
    for number in range(2):
        cv2.imwrite(str(source / "full_imgs" / f"{number:08d}.png"), deep)
    palette = Image.new("P", (120, 96), 1)
    palette.putpalette([0, 0, 0, 150, 150, 150])
    palette.save(source / "full_imgs" / "00000002.png")
    clip = import_folder(source, "a", tmp_path / "a", quiet)
    assert not clip.replaceable
    grey = i420_from_bgr(np.full((96, 120, 3), 150, np.uint8))
    for frame in clip.frames:
        np.testing.assert_array_equal(frame, grey)


def test_a_face_without_its_background_is_seen_over_it(
    folder: Callable[[Picture, Picture], Path], tmp_path: Path
) -> None:
    face = np.zeros((96, 96, 4), np.uint8)
    face[..., :3] = GREEN
    clip = import_folder(
        folder(np.full((96, 120, 3), 150, np.uint8), face), "a", tmp_path / "a", quiet
    )
    np.testing.assert_array_equal(clip.engine_arrays["faces"][0], behind(96, 96))
