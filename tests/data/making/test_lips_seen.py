"""Lips that an engine opens are seen to open: in avatars of every engine, made and imported."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.clip import Clip
from data.i420 import i420_from_bgr
from data.imports.folders import import_folder
from data.landmarks.finder import FaceFinder
from data.making import photo, photo_avatar
from data.making.boxes import CROPS
from data.making.lips import LOWER_OUTER, UPPER_OUTER
from data.making.make import AvatarOrder, make_avatar, needs_latents
from models.face.engines import ENGINES
from models.picture.paste import Paster
from tests.data.making.rendered import few_mouths, photo_of

Picture = NDArray[np.uint8]
LIPS = (*UPPER_OUTER, *LOWER_OUTER[-2:0:-1])
FRAMES = 3
WHOLE = 1.0
"""How much of what the engine drew is seen: all of it, in grey levels of grey levels."""


def quiet(what: str, done: int, total: int | None) -> None:
    pass


def flat_latents(faces: Picture) -> Iterator[NDArray[np.float16]]:
    yield np.zeros((len(faces), 8, 32, 32), np.float16)


@pytest.fixture(scope="module")
def person() -> Picture:
    return photo_of(few_mouths())


def seen_of_lips(clip: Clip, finder: FaceFinder) -> float:
    """The change inside the lips, between a face whose lips are light and one whose are dark, in
    parts of the change that was drawn."""
    frame, onto = clip.frames[0], clip.placements[0].astype(np.float64)
    (face,) = finder.find(np.asarray(cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420), np.uint8))
    edge = face.landmarks[list(LIPS), :2]
    lips = np.zeros((clip.height, clip.width), np.uint8)
    cv2.fillPoly(lips, [np.rint(edge).astype(np.int32)], 1)
    back = cv2.invertAffineTransform(onto)
    there = edge @ back[:, :2].T + back[:, 2]
    middle = there.mean(axis=0)
    there = middle + 1.5 * (there - middle)  # beyond the lips, so that none of them is half drawn
    width, height = clip.face_size
    pasted = []
    for grey in (20, 220):
        drawn = np.full((height, width, 3), 120, np.uint8)
        cv2.fillPoly(drawn, [np.rint(there).astype(np.int32)], (grey, grey, grey))
        out = np.empty_like(frame)
        Paster(clip.mask_of(0)).paste(out, frame, i420_from_bgr(drawn), clip.placements[0])
        pasted.append(out[: clip.height].astype(int))
    change = np.abs(pasted[1] - pasted[0])[lips > 0]
    return float(change.mean() / (200 * 219 / 255))


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_lips_move_in_an_avatar_that_was_made(
    engine: str,
    person: Picture,
    finder: FaceFinder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (photo, photo_avatar):
        monkeypatch.setattr(module, "FRAMES", 12)
    monkeypatch.setattr(photo_avatar, "lending_head", few_mouths)
    cv2.imwrite(str(tmp_path / "me.png"), person)
    wanted = AvatarOrder("me", engine, flat_latents if needs_latents(engine) else None)
    clip, _ = make_avatar(tmp_path / "me.png", wanted, tmp_path / "me", quiet)
    assert seen_of_lips(clip, finder) == pytest.approx(WHOLE, abs=0.05)


def _written(folder: Path, picture: Picture) -> None:
    folder.mkdir(parents=True)
    for number in range(FRAMES):
        cv2.imwrite(str(folder / f"{number:08d}.png"), picture)


def live_folder(folder: Path, engine: str, person: Picture, finder: FaceFinder) -> Path:
    """As genavatar.py of LiveTalking writes it for this engine."""
    (face,) = finder.find(person)
    x0, y0, x1, y1 = np.rint(CROPS[engine].box(face.landmarks)).astype(int).tolist()
    box: Any = (y0, y1, x0, x1) if CROPS[engine].family == "wav2lip" else (x0, y0, x1, y1)
    _written(folder / "full_imgs", person)
    (folder / "coords.pkl").write_bytes(pickle.dumps([box] * FRAMES))
    if needs_latents(engine):
        _mask_folder(folder, (x0, y0, x1, y1), person)
        return folder
    side = 168 if engine == "ultralight" else CROPS[engine].size
    _written(folder / "face_imgs", np.asarray(cv2.resize(person[y0:y1, x0:x1], (side, side))))
    if engine == "ultralight":
        (folder / "ultralight.pth").write_bytes(b"")
    return folder


def _mask_folder(folder: Path, box: tuple[int, int, int, int], person: Picture) -> None:
    torch = pytest.importorskip("torch")
    x0, y0, x1, y1 = box
    mask = np.zeros((y1 - y0, x1 - x0, 3), np.uint8)
    mask[(y1 - y0) // 2 :] = 255
    _written(folder / "mask", mask)
    (folder / "mask_coords.pkl").write_bytes(pickle.dumps([list(box)] * FRAMES))
    torch.save([torch.zeros(1, 8, 32, 32) for _ in range(FRAMES)], folder / "latents.pt")


@pytest.mark.parametrize("engine", sorted(CROPS))
def test_lips_move_in_an_avatar_that_was_imported(
    engine: str, person: Picture, finder: FaceFinder, tmp_path: Path
) -> None:
    source = live_folder(tmp_path / "in", engine, person, finder)
    clip = import_folder(source, "me", tmp_path / "me", quiet, engine)
    assert seen_of_lips(clip, finder) == pytest.approx(WHOLE, abs=0.05)


@pytest.mark.parametrize("engine", ["ultralight", "wav2lip256"])
def test_an_imported_mask_is_that_of_an_avatar_that_was_made(
    engine: str,
    person: Picture,
    finder: FaceFinder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(photo, "FRAMES", 12)
    cv2.imwrite(str(tmp_path / "me.png"), person)
    made, _ = make_avatar(tmp_path / "me.png", AvatarOrder("me", engine), tmp_path / "a", quiet)
    source = live_folder(tmp_path / "in", engine, person, finder)
    imported = import_folder(source, "me", tmp_path / "b", quiet, engine)
    one, other = made.mask_of(0) > 127, imported.mask_of(0) > 127
    assert (one & other).sum() / (one | other).sum() > 0.88
