"""Folders of LiveTalking and MuseTalk become clips that play as they did there."""

import pickle
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest

from data.clip import Clip
from data.i420 import i420_from_bgr
from data.imports import pictures
from data.imports.errors import ImportRefused
from data.imports.folders import import_folder
from data.making.errors import Cancelled
from data.making.sheet import SHEET
from models.picture.paste import Paster

FRAMES = 4
BOX = (30, 20, 78, 84)
"""x0, y0, x1, y1 of the face in a picture of 121 x 96 (an odd side is cut)."""


def quiet(what: str, done: int, total: int | None) -> None:
    pass


def _pictures(folder: Path, pictures: list[Any], suffix: str = "png") -> None:
    folder.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{number:08d}.{suffix}"), picture)


def _frames(count: int = FRAMES) -> list[Any]:
    rng = np.random.default_rng(3)
    small = rng.integers(60, 200, (count, 12, 15, 3), dtype=np.uint8)
    return [cv2.resize(one, (121, 96), interpolation=cv2.INTER_CUBIC) for one in small]


def live(folder: Path, side: int = 96, rim: int = 0) -> Path:
    frames = _frames()
    x0, y0, x1, y1 = BOX
    _pictures(folder / "full_imgs", frames)
    crops = [cv2.resize(frame[y0:y1, x0:x1], (side + 2 * rim,) * 2) for frame in frames]
    _pictures(folder / "face_imgs", crops)
    box = BOX if rim else (y0, y1, x0, x1)
    (folder / "coords.pkl").write_bytes(pickle.dumps([box] * FRAMES))
    if rim:
        (folder / "ultralight.pth").write_bytes(b"")
    return folder


def muse(folder: Path, unseen: tuple[int, ...] = ()) -> Path:
    torch = pytest.importorskip("torch")
    frames = _frames()
    around = (18, 16, 90, 88)
    mask = np.zeros((72, 72), np.uint8)
    mask[36:, 20:52] = 255
    _pictures(folder / "full_imgs", frames)
    _pictures(folder / "mask", [mask] * FRAMES)
    boxes = [(0.0,) * 4 if n in unseen else list(BOX) for n in range(FRAMES)]
    (folder / "coords.pkl").write_bytes(pickle.dumps(boxes))
    (folder / "mask_coords.pkl").write_bytes(pickle.dumps([list(around)] * FRAMES))
    seen = [n for n in range(FRAMES) if n not in unseen]
    torch.save([torch.full((1, 8, 32, 32), float(n)).half() for n in seen], folder / "latents.pt")
    return folder


@pytest.mark.parametrize("side", [96, 256])
def test_a_wav2lip_folder_plays_forward_and_back(side: int, tmp_path: Path) -> None:
    clip = import_folder(live(tmp_path / "in", side), "anna", tmp_path / "out", quiet)
    assert (clip.name, clip.engine, clip.width, clip.height) == ("anna", "wav2lip", 120, 96)
    assert clip.matched
    assert clip.loop.tolist() == [0, 1, 2, 3, 3, 2, 1, 0]
    assert len(clip.frames) == FRAMES, "each is stored once"
    for stored, source in zip(clip.frames, _frames(), strict=True):
        wanted = i420_from_bgr(np.ascontiguousarray(source[:, :120]))
        np.testing.assert_array_equal(stored, wanted)
    assert clip.engine_arrays["faces"].shape == (FRAMES, side, side, 3)
    assert clip.mask.shape == (side, side)
    assert clip.mask[side * 3 // 4, side // 2] == 255
    assert not clip.mask[0].any()
    assert not clip.mask[:, 0].any()
    assert (tmp_path / "out" / SHEET).is_file()


@pytest.mark.parametrize(("side", "rim"), [(96, 0), (256, 0), (160, 4)])
def test_a_face_is_pasted_back_where_it_was_cut(side: int, rim: int, tmp_path: Path) -> None:
    clip = import_folder(live(tmp_path / "in", side, rim), "anna", tmp_path / "out", quiet)
    out = np.empty_like(clip.frames[0])
    face = i420_from_bgr(np.ascontiguousarray(clip.engine_arrays["faces"][1]))
    Paster(clip.mask).paste(out, clip.frames[1], face, clip.placements[1])
    luma = np.abs(out[:96].astype(int) - clip.frames[1][:96])
    assert luma.mean() < 1.0
    assert luma.max() < 25


def test_a_musetalk_folder_keeps_latents_and_mask(tmp_path: Path) -> None:
    clip = import_folder(muse(tmp_path / "in"), "m", tmp_path / "out", quiet)
    assert clip.engine == "musetalk"
    latents = clip.engine_arrays["latents"]
    assert latents.dtype == np.float16
    assert latents.shape == (FRAMES, 8, 32, 32)
    assert latents[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert clip.mask.shape == (256, 256)
    assert clip.mask[180, 128] == 255  # picture (54, 65): in the mask
    assert clip.mask[60, 128] == 0  # picture (54, 35): above it
    corner = clip.placements[0].astype(float) @ (-0.5, -0.5, 1)
    np.testing.assert_allclose(corner, (BOX[0] - 0.5, BOX[1] - 0.5))


def test_masks_that_differ_are_kept_frame_by_frame(tmp_path: Path) -> None:
    source = muse(tmp_path / "in")
    for number in range(FRAMES):
        mask = np.zeros((72, 72), np.uint8)
        mask[20 + 8 * number :, 20:52] = 255
        cv2.imwrite(str(source / "mask" / f"{number:08d}.png"), mask)
    clip = import_folder(source, "m", tmp_path / "out", quiet)
    assert clip.mask.shape == (FRAMES, 256, 256)
    assert isinstance(clip.mask, np.memmap)
    tops = [int(np.argmax(clip.mask_of(number)[:, 128] > 127)) for number in range(FRAMES)]
    assert tops == sorted(set(tops))


@pytest.mark.parametrize(
    ("wanted", "engine"), [(None, "musetalk"), ("musetalk", "musetalk"), ("musetalk1", "musetalk1")]
)
def test_who_imports_says_which_musetalk(wanted: str | None, engine: str, tmp_path: Path) -> None:
    clip = import_folder(muse(tmp_path / "in"), "m", tmp_path / "out", quiet, wanted)
    assert clip.engine == engine


def test_a_folder_for_another_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="is for wav2lip or wav2lip256, not for musetalk1"):
        import_folder(live(tmp_path / "in"), "m", tmp_path / "out", quiet, "musetalk1")
    with pytest.raises(ImportRefused, match="is for musetalk or musetalk1, not for wav2lip"):
        import_folder(muse(tmp_path / "muse"), "m", tmp_path / "out", quiet, "wav2lip")
    assert not (tmp_path / "out").exists()


def test_an_import_can_be_cancelled(tmp_path: Path) -> None:
    cancel = Event()

    def tell(what: str, done: int, total: int | None) -> None:
        if done == 2:
            cancel.set()

    with pytest.raises(Cancelled, match="reading frames, frame 3"):
        import_folder(live(tmp_path / "in"), "m", tmp_path / "home" / "m", tell, cancel=cancel)
    assert not list((tmp_path / "home").iterdir())


def test_frames_without_a_face_are_left_out(tmp_path: Path) -> None:
    clip = import_folder(muse(tmp_path / "in", unseen=(1,)), "m", tmp_path / "out", quiet)
    assert clip.engine_arrays["latents"][:, 0, 0, 0].tolist() == [0, 2, 3]
    assert (len(clip.frames), len(clip.loop)) == (3, 6)


def test_frames_beyond_1080p_are_made_smaller_with_their_boxes(tmp_path: Path) -> None:
    source = live(tmp_path / "in")
    for path in (source / "full_imgs").iterdir():
        cv2.imwrite(str(path), np.full((1440, 2560, 3), 100, np.uint8))
    (source / "coords.pkl").write_bytes(pickle.dumps([(400, 800, 1000, 1400)] * FRAMES))
    clip = import_folder(source, "big", tmp_path / "out", quiet)
    assert (clip.width, clip.height) == (1920, 1080)
    corner = clip.placements[0].astype(float) @ (-0.5, -0.5, 1)
    np.testing.assert_allclose(corner, (749.5, 299.5), atol=0.01)


@pytest.mark.parametrize(
    ("side", "engine", "size"),
    [
        (192, None, 256),
        (384, None, 256),
        (80, None, 96),
        (256, "wav2lip", 96),
        (96, "wav2lip256", 256),
    ],
)
def test_faces_of_other_sizes_are_scaled(
    side: int, engine: str | None, size: int, tmp_path: Path
) -> None:
    clip = import_folder(live(tmp_path / "in", side), "anna", tmp_path / "out", quiet, engine)
    assert (clip.engine, clip.face_size) == ("wav2lip", (size, size))
    faces = clip.engine_arrays["faces"]
    assert faces.shape == (FRAMES, size, size, 3)
    wanted = np.asarray(cv2.imread(str(tmp_path / "in" / "face_imgs" / "00000001.png")))
    scaled = cv2.resize(wanted, (size, size), interpolation=cv2.INTER_AREA)
    assert np.abs(faces[1].astype(int) - scaled).mean() < 3


def test_strangers_in_the_folders_are_not_looked_at(tmp_path: Path) -> None:
    source = live(tmp_path / "in")
    for folder in (source / "full_imgs", source / "face_imgs"):
        for name in ("._00000000.png", ".DS_Store", "Thumbs.db", "desktop.ini", ".1.png"):
            (folder / name).write_bytes(b"no picture")
        (folder / "9.png").mkdir()
    (source / "._coords.pkl").write_bytes(b"no pickle")
    clip = import_folder(source, "anna", tmp_path / "out", quiet)
    assert len(clip.frames) == FRAMES


def test_numbers_may_have_gaps_and_any_number_of_zeros(tmp_path: Path) -> None:
    source = live(tmp_path / "in")
    for folder, names in (
        ("full_imgs", ("1", "02", "9", "0010")),
        ("face_imgs", ["1", "2", "9", "10"]),
    ):
        for number, name in enumerate(names):
            old = source / folder / f"{number:08d}.png"
            picture = np.asarray(cv2.imread(str(old)))
            old.unlink()
            cv2.imwrite(str(source / folder / f"{name}.{'jpg' if number % 2 else 'png'}"), picture)
    clip = import_folder(source, "anna", tmp_path / "out", quiet)
    for stored, source_frame in zip(clip.frames[[0, 2]], _frames()[::2], strict=True):
        wanted = i420_from_bgr(np.ascontiguousarray(source_frame[:, :120]))
        np.testing.assert_array_equal(stored, wanted)


def test_ten_minutes_are_taken_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pictures.MOST == 10 * 60 * 25
    monkeypatch.setattr(pictures, "MOST", FRAMES - 1)
    with pytest.raises(ImportRefused, match=r"4 pictures, 3 at most \(10 minutes\)"):
        import_folder(live(tmp_path / "in"), "anna", tmp_path / "out", quiet)


def test_a_file_is_to_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"")
    with pytest.raises(ImportRefused, match="is a file; unpack it"):
        import_folder(tmp_path / "a.tar.gz", "anna", tmp_path / "out", quiet)


def _drop_face(folder: Path) -> None:
    (folder / "face_imgs" / "00000002.png").unlink()


def _other_size(folder: Path) -> None:
    cv2.imwrite(str(folder / "full_imgs" / "00000002.png"), np.zeros((90, 90, 3), np.uint8))


def _broken_picture(folder: Path) -> None:
    (folder / "full_imgs" / "00000002.png").write_bytes(b"no picture")


def _named(folder: Path) -> None:
    (folder / "full_imgs" / "00000002.png").rename(folder / "full_imgs" / "x.png")


def _far_box(folder: Path) -> None:
    (folder / "coords.pkl").write_bytes(pickle.dumps([(500, 600, 500, 600)] * FRAMES))


def _three(folder: Path) -> None:
    (folder / "coords.pkl").write_bytes(pickle.dumps([(1, 2, 3)] * FRAMES))


def _code(folder: Path) -> None:
    (folder / "coords.pkl").write_bytes(b"cos\nsystem\n(S'touch /nowhere'\ntR.")


def _no_faces(folder: Path) -> None:
    (folder / "face_imgs").rename(folder / "faces")


def _no_coords(folder: Path) -> None:
    (folder / "coords.pkl").unlink()


def _nothing_else(folder: Path) -> None:
    _no_coords(folder)
    (folder / "full_imgs").rename(folder / "frames")


def _both_endings(folder: Path) -> None:
    (folder / "full_imgs" / "2.jpg").write_bytes(b"the same number")


def _dropped(folder: Path) -> None:
    for name in ("full_imgs", "face_imgs"):
        (folder / name / "00000002.png").unlink()


def _other_numbers(folder: Path) -> None:
    (folder / "face_imgs" / "00000003.png").rename(folder / "face_imgs" / "00000007.png")


def _other_face(folder: Path) -> None:
    cv2.imwrite(str(folder / "face_imgs" / "00000002.png"), np.zeros((97, 96, 3), np.uint8))


def _tiny_faces(folder: Path) -> None:
    for path in (folder / "face_imgs").iterdir():
        cv2.imwrite(str(path), np.zeros((32, 32, 3), np.uint8))


def _lost_network(folder: Path) -> None:
    for path in (folder / "face_imgs").iterdir():
        cv2.imwrite(str(path), np.zeros((168, 168, 3), np.uint8))


def _large_ultralight(folder: Path) -> None:
    for path in (folder / "face_imgs").iterdir():
        cv2.imwrite(str(path), np.zeros((328, 328, 3), np.uint8))
    (folder / "ultralight.pth").write_bytes(b"")


def _one_within(folder: Path) -> None:
    inner = folder / "anna_1"
    inner.mkdir()
    for name in ("full_imgs", "face_imgs", "coords.pkl"):
        (folder / name).rename(inner / name)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_drop_face, "full_imgs 4, face_imgs 3, coords.pkl 4; face_imgs lacks 2"),
        (_other_size, "90 x 90, the first one is 121 x 96"),
        (_broken_picture, "cannot be read as a picture"),
        (_named, "is not named by its number"),
        (_far_box, "does not lie in"),
        (_three, "wanted four for each frame"),
        (_code, r"os\.system"),
        (_no_faces, "neither face_imgs"),
        (_no_coords, r"lacks coords\.pkl"),
        (_nothing_else, r"lacks full_imgs and coords\.pkl"),
        (_both_endings, r"00000002\.png and 2\.jpg have the same number"),
        (_dropped, r"coords\.pkl 4; between 0 and 3 there is no picture 2"),
        (_other_numbers, "full_imgs lacks 7; face_imgs lacks 3"),
        (_other_face, "96 x 97, the first face is 96 x 96"),
        (_tiny_faces, "faces of 32 px, allowed for wav2lip and wav2lip256 are 64 to 1024"),
        (_lost_network, r"faces of 168 px are Ultralight's, and its ultralight\.pth is not there"),
        (_large_ultralight, "faces of 328 px; the engine ultralight takes 168 only"),
        (_one_within, r"anna_1 looks like an avatar's"),
    ],
)
def test_a_folder_that_is_broken_is_refused(
    harm: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    source = live(tmp_path / "in")
    harm(source)
    with pytest.raises(ImportRefused, match=said):
        import_folder(source, "anna", tmp_path / "home" / "anna", quiet)
    assert not list((tmp_path / "home").glob("*")) if (tmp_path / "home").exists() else True


def test_an_older_avatar_stays_if_the_new_one_is_refused(tmp_path: Path) -> None:
    import_folder(live(tmp_path / "in"), "anna", tmp_path / "anna", quiet)
    _code(tmp_path / "in")
    with pytest.raises(ImportRefused):
        import_folder(tmp_path / "in", "anna", tmp_path / "anna", quiet)
    assert len(Clip.load(tmp_path / "anna").loop) == 2 * FRAMES
