"""The avatar folders of LiveTalking and MuseTalk, as clips.

In: a folder with `full_imgs`, `coords.pkl` and either `face_imgs` (Wav2Lip, Ultralight) or
`mask`, `mask_coords.pkl`, `latents.pt` (MuseTalk). Out: a saved `Clip`, played forward and
backward as LiveTalking plays it (utils/image.py, `mirror_index`: both ends twice). Runs in
the command that imports; one picture is in memory at a time, and the faces and masks of all.
Errors are `ImportRefused`.

Boxes: LiveTalking's Wav2Lip keeps (y0, y1, x0, x1), everybody else (x0, y0, x1, y1), ends
exclusive. Frames in which MuseTalk saw no face have the box (0, 0, 0, 0); they are left out.
MuseTalk's masks are kept frame by frame, a little steadied, unless they are all about the same.
A folder does not say which version of MuseTalk made it; who imports it does.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.imports.errors import ImportRefused
from data.imports.pickles import safe_pickle
from data.imports.pictures import numbered, read, read_mask
from data.imports.tensors import safe_tensors
from data.making.boxes import CROPS, cut, placement
from data.making.masks import lower_half, over_time
from data.making.progress import Tell, until
from data.making.reel import Reel, there_and_back
from data.making.sheet import write_sheet
from data.making.source import fit
from data.staging import staged
from data.transparency import SourcePicture

SHEET: Final = "sheet.png"
LATENT: Final = (8, 32, 32)
_WAV2LIP: Final = ("wav2lip", "wav2lip256")
_WAV2LIP_ORDER: Final = [2, 0, 3, 1]
_RIM: Final = 4
"""Pixels around Ultralight's 160 in the 168 of its `face_imgs`."""
_MUSETALKS: Final = ("musetalk", "musetalk1")


@dataclass(frozen=True)
class _Parts:
    """What a folder says. frames: paths [N]. boxes: float64 [N, 4], x0, y0, x1, y1, edges as
    in `data.making.boxes`, of the drawn face. size: the face's side. mask: one, or one for
    each."""

    engine: str
    size: int
    frames: list[Path]
    boxes: NDArray[np.float64]
    mask: NDArray[np.uint8]
    arrays: dict[str, NDArray[Any]]


def import_folder(
    source: Path,
    name: str,
    folder: Path,
    tell: Tell,
    engine: str | None = None,
    cancel: Event | None = None,
) -> Clip:
    """Read the avatar folder `source`, save it to `folder` as the avatar `name`, give it back.

    engine: what it is for, if the folder leaves a choice: `musetalk` (1.5, the default) or
    `musetalk1`. tell, cancel: as in `make_avatar`; so is what is left when it ends early.
    """
    if not source.is_dir():
        raise ImportRefused(f"{source}: no such folder")
    tell = until(cancel, tell)
    parts = _for_engine(_parts(source), engine, source)
    order = there_and_back(len(parts.frames), twice_at_ends=True)
    with staged(folder) as new:
        reel = Reel(len(parts.frames), new)
        scale, cuts = _roll(parts, reel, tell)
        boxes = (parts.boxes + 0.5) * scale - 0.5
        places = np.stack([placement(box, parts.size, parts.size) for box in boxes])
        arrays = {"faces": cuts, **parts.arrays} if "faces" not in parts.arrays else parts.arrays
        clip = Clip(
            name=name,
            engine=CROPS[parts.engine].family,
            frames=reel.frames,
            placements=places,
            mask=parts.mask,
            engine_arrays=arrays,
            matched=CROPS[parts.engine].matched,
            clear=reel.clear,
            behind=reel.behind,
            order=order,
        )
        tell("saving", 0, None)
        clip.write(new)
        write_sheet(clip, new / SHEET, f"{name} ({parts.engine}), {len(order)} frames")
        tell("saving", 1, 1)
    return Clip.load(folder)


def _for_engine(parts: _Parts, engine: str | None, source: Path) -> _Parts:
    """The parts for the engine that is asked for; ImportRefused if they are not for it."""
    allowed = _MUSETALKS if parts.engine in _MUSETALKS else (parts.engine,)
    if engine is not None and engine not in allowed:
        raise ImportRefused(f"{source}: is for {' or '.join(allowed)}, not for {engine}")
    return replace(parts, engine=engine or parts.engine)


def _parts(source: Path) -> _Parts:
    if (source / "latents.pt").is_file():
        return _musetalk(source)
    if (source / "ultralight.pth").is_file():
        return _with_faces(source, _RIM)
    if (source / "face_imgs").is_dir():
        return _with_faces(source, 0)
    raise ImportRefused(
        f"{source}: neither face_imgs (Wav2Lip, Ultralight) nor latents.pt (MuseTalk) is in it"
    )


def _roll(parts: _Parts, reel: Reel, tell: Tell) -> tuple[float, NDArray[np.uint8]]:
    """Fill the reel; gives the scale that fits the pictures into 1080p, and the cut faces."""
    shape: tuple[int, ...] | None = None
    scale = 1.0
    cuts = np.empty((len(parts.frames), parts.size, parts.size, 3), np.uint8)
    for number, path in enumerate(parts.frames):
        picture, clear = read(path)
        shape = shape or picture.shape
        if picture.shape != shape:
            raise ImportRefused(
                f"{path}: {picture.shape[1]} x {picture.shape[0]}, the first one is "
                f"{shape[1]} x {shape[0]}"
            )
        _check_box(parts.boxes[number], shape, path)
        cuts[number] = cut(picture, parts.boxes[number], parts.size, parts.size)
        fitted = fit(picture)
        scale = 1.0 if fitted.shape[1] >= shape[1] - 1 else fitted.shape[1] / shape[1]
        reel.put(number, SourcePicture(fitted, None if clear is None else fit(clear)))
        tell("reading frames", number + 1, len(parts.frames))
    return scale, cuts


def _check_box(box: NDArray[np.float64], shape: tuple[int, ...], path: Path) -> None:
    x0, y0, x1, y1 = box
    if x1 - x0 < 2 or y1 - y0 < 2 or x0 > shape[1] or y0 > shape[0] or x1 < 0 or y1 < 0:
        raise ImportRefused(
            f"coords.pkl: the box {[float(side) for side in box]} does not lie in {path.name} "
            f"({shape[1]} x {shape[0]})"
        )


def _with_faces(source: Path, rim: int) -> _Parts:
    """rim: the pixels around each of `face_imgs` that the network does not draw."""
    frames, paths = numbered(source / "full_imgs"), numbered(source / "face_imgs")
    boxes = _rows(safe_pickle(source / "coords.pkl"), source / "coords.pkl")
    _same_length(source, full_imgs=len(frames), face_imgs=len(paths), coords=len(boxes))
    side = read(paths[0]).seen.shape[0] - 2 * rim
    engines = {CROPS[name].size: name for name in (("ultralight",) if rim else _WAV2LIP)}
    if side not in engines:
        allowed = ", ".join(str(size + 2 * rim) for size in engines)
        raise ImportRefused(
            f"{paths[0]}: {side + 2 * rim} pixels high; there are engines for {allowed}"
        )
    if not rim:
        boxes = boxes[:, _WAV2LIP_ORDER]
    inner = (boxes[:, 2:] - boxes[:, :2]) * (rim / (side + 2 * rim))
    boxes = np.concatenate([boxes[:, :2] + inner, boxes[:, 2:] - inner], axis=1) - 0.5
    arrays = {"faces": _faces(paths, side, rim)}
    return _Parts(engines[side], side, frames, boxes, lower_half(side, side), arrays)


def _faces(paths: list[Path], side: int, rim: int) -> NDArray[np.uint8]:
    """uint8 BGR [N, side, side, 3], without the rim."""
    faces = np.empty((len(paths), side, side, 3), np.uint8)
    for number, path in enumerate(paths):
        face = read(path).seen
        if face.shape != (side + 2 * rim, side + 2 * rim, 3):
            raise ImportRefused(f"{path}: is not {side + 2 * rim} pixels square as the first one")
        faces[number] = face[rim : rim + side, rim : rim + side]
    return faces


def _musetalk(source: Path) -> _Parts:
    frames = numbered(source / "full_imgs")
    boxes = _rows(safe_pickle(source / "coords.pkl"), source / "coords.pkl")
    around = _rows(safe_pickle(source / "mask_coords.pkl"), source / "mask_coords.pkl")
    masks = numbered(source / "mask")
    _same_length(
        source, full_imgs=len(frames), coords=len(boxes), mask=len(masks), mask_coords=len(around)
    )
    seen = np.flatnonzero(boxes.any(axis=1))
    if not len(seen):
        raise ImportRefused(f"{source / 'coords.pkl'}: no frame has a face")
    latents = _latents(source / "latents.pt")
    if len(latents) not in (len(seen), len(frames)):
        raise ImportRefused(
            f"{source / 'latents.pt'}: {len(latents)} latents for {len(seen)} frames with a face"
        )
    if len(latents) == len(frames):
        latents = latents[seen]
    size = CROPS["musetalk"].size
    mask = over_time(np.stack([_face_mask(masks[i], boxes[i], around[i], size) for i in seen]))
    return _Parts(
        "musetalk", size, [frames[i] for i in seen], boxes[seen] - 0.5, mask, {"latents": latents}
    )


def _face_mask(
    path: Path, box: NDArray[np.float64], around: NDArray[np.float64], size: int
) -> NDArray[np.uint8]:
    """The part of a frame's mask that lies on the face, uint8 [size, size]."""
    mask = read_mask(path)
    x0, y0, x1, y1 = (box - np.tile(around[:2], 2)).astype(int)
    part = mask[max(0, y0) : y1, max(0, x0) : x1]
    if part.size == 0:
        raise ImportRefused(f"{path}: does not cover the face that coords.pkl names")
    return np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def _latents(path: Path) -> NDArray[np.float16]:
    """float16 [N, 8, 32, 32], from the list that MuseTalk saves, or one tensor."""
    found = safe_tensors(path)
    parts = [found] if isinstance(found, np.ndarray) else found
    if not isinstance(parts, list | tuple) or not parts:
        raise ImportRefused(f"{path}: no list of latents")
    for part in parts:
        fits = isinstance(part, np.ndarray) and part.dtype.kind == "f"
        if not fits or part.shape[-3:] != LATENT or part.ndim not in (3, 4):
            shape = list(part.shape) if isinstance(part, np.ndarray) else type(part).__name__
            raise ImportRefused(f"{path}: a latent of {shape}, wanted [1, 8, 32, 32]")
    return np.concatenate([part.reshape(-1, *LATENT) for part in parts]).astype(np.float16)


def _rows(found: Any, path: Path) -> NDArray[np.float64]:
    """float64 [N, 4] from a list of four numbers each."""
    try:
        rows = np.array(found, np.float64)
    except (TypeError, ValueError) as error:
        raise ImportRefused(f"{path}: is no list of boxes ({error})") from error
    if rows.ndim != 2 or rows.shape[1] != 4 or not np.isfinite(rows).all():
        raise ImportRefused(f"{path}: {list(rows.shape)} numbers, wanted four for each frame")
    return rows


def _same_length(source: Path, **counts: int) -> None:
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise ImportRefused(f"{source}: its parts do not fit together: {said}")
