"""The avatar folders of LiveTalking and MuseTalk, as clips.

In: a folder with `full_imgs`, `coords.pkl` and either `face_imgs` (Wav2Lip, Ultralight) or
`mask`, `mask_coords.pkl`, `latents.pt` (MuseTalk). Out: a saved `Clip`, played forward and
backward as LiveTalking plays it (utils/image.py, `mirror_index`: both ends twice). Runs in
the command that imports; one picture is in memory at a time: frames, faces and masks are written
to the disk as they are read. Errors are `ImportRefused`.

MuseTalk's masks are kept frame by frame, a little steadied, unless they are all about the same;
the others have the mask that `avatar create` makes of a usual face.
"""

from pathlib import Path
from threading import Event
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.imports.errors import ImportRefused
from data.imports.face_folder import (
    FACES,
    NETWORK,
    ULTRALIGHT,
    WAV2LIPS,
    ultralight_parts,
    wav2lip_parts,
)
from data.imports.musetalk_folder import LATENTS, MUSETALKS, musetalk_parts
from data.imports.parts import COORDS, FRAMES, AvatarParts, DrawnMask, FaceFiles
from data.imports.pictures import read, read_mask
from data.making.boxes import CROPS, cut, placement
from data.making.masks import one_mask, over_time, usual_mask
from data.making.progress import Tell, until
from data.making.reel import Reel, there_and_back
from data.making.sheet import SHEET, write_sheet
from data.making.source import fit
from data.staging import staged
from data.storage import reserved
from data.transparency import SourcePicture

_ARRAYS: Final = "engine"
"""The folder of a clip's arrays for its engine; see `Clip`."""


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
    `musetalk1`, `wav2lip` or `wav2lip256` (default: by the faces' size). tell, cancel: as in
    `make_avatar`; so is what is left when it ends early.
    """
    tell = until(cancel, tell)
    parts = _parts(source, engine)
    crop = CROPS[parts.engine]
    order = there_and_back(len(parts.frames), twice_at_ends=True)
    with staged(folder) as new:
        (new / _ARRAYS).mkdir()
        reel = Reel(len(parts.frames), new)
        faces = reserved(new / _ARRAYS / "faces.npy", (len(parts.frames), *(crop.size,) * 2, 3))
        scale = _roll(parts, reel, faces, tell)
        boxes = (parts.boxes + 0.5) * scale - 0.5
        clip = Clip(
            name=name,
            engine=crop.family,
            frames=reel.frames,
            placements=np.stack([placement(box, crop.size, crop.size) for box in boxes]),
            mask=_mask(parts, new, tell),
            engine_arrays={"faces": faces, **parts.arrays},
            matched=crop.matched,
            clear=reel.clear,
            behind=reel.behind,
            order=order,
        )
        tell("saving", 0, None)
        clip.write(new)
        write_sheet(clip, new / SHEET, f"{name} ({parts.engine}), {len(order)} frames")
        tell("saving", 1, 1)
    return Clip.load(folder)


def _parts(source: Path, engine: str | None) -> AvatarParts:
    """What the folder says, for the engine that is asked for; ImportRefused if it is no such
    folder, or not for that engine."""
    if source.is_file():
        raise ImportRefused(f"{source}: is a file; unpack it, and name the folder that it holds")
    if not source.is_dir():
        raise ImportRefused(f"{source}: no such folder")
    if (source / LATENTS).is_file():
        _require(engine, MUSETALKS, source)
        return musetalk_parts(source, engine)
    if (source / NETWORK).is_file():
        _require(engine, (ULTRALIGHT,), source)
        return ultralight_parts(source)
    if (source / FACES).is_dir():
        _require(engine, WAV2LIPS, source)
        return wav2lip_parts(source, engine)
    raise ImportRefused(
        f"{source}: neither {FACES} (Wav2Lip, Ultralight) nor {LATENTS} (MuseTalk) is in it"
        + "".join(f"; {inner} looks like an avatar's" for inner in _inside(source))
    )


def _require(engine: str | None, allowed: tuple[str, ...], source: Path) -> None:
    if engine is not None and engine not in allowed:
        raise ImportRefused(f"{source}: is for {' or '.join(allowed)}, not for {engine}")


def _inside(source: Path) -> list[Path]:
    """The first folder in it that looks like an avatar's: archives often have one within."""
    return [inner.parent for inner in sorted(source.glob(f"[!._]*/{FRAMES}"))][:1]


def _roll(parts: AvatarParts, reel: Reel, faces: NDArray[np.uint8], tell: Tell) -> float:
    """Fill the reel and the faces; gives the scale that fits the pictures into 1080p."""
    shape: tuple[int, ...] | None = None
    scale = 1.0
    size = faces.shape[1]
    for number, path in enumerate(parts.frames):
        picture, clear = read(path)
        shape = shape or picture.shape
        if picture.shape != shape:
            raise ImportRefused(
                f"{path}: {picture.shape[1]} x {picture.shape[0]}, the first one is "
                f"{shape[1]} x {shape[0]}"
            )
        box = parts.boxes[number]
        _check_box(box, shape, path)
        if parts.faces is None:
            faces[number] = cut(picture, box, size, size)
        else:
            faces[number] = _face(parts.faces, number, size)
        fitted = fit(picture)
        scale = 1.0 if fitted.shape[1] >= shape[1] - 1 else fitted.shape[1] / shape[1]
        reel.put(number, SourcePicture(fitted, None if clear is None else fit(clear)))
        tell("reading frames", number + 1, len(parts.frames))
    return scale


def _check_box(box: NDArray[np.float64], shape: tuple[int, ...], path: Path) -> None:
    x0, y0, x1, y1 = box
    if x1 - x0 < 2 or y1 - y0 < 2 or x0 > shape[1] or y0 > shape[0] or x1 < 0 or y1 < 0:
        raise ImportRefused(
            f"{COORDS}: the box {[float(side) for side in box]} does not lie in {path.name} "
            f"({shape[1]} x {shape[0]})"
        )


def _face(files: FaceFiles, number: int, size: int) -> NDArray[np.uint8]:
    """uint8 BGR [size, size, 3]: one of the faces without its rim."""
    path = files.paths[number]
    face = read(path).seen
    if face.shape[:2] != (files.side, files.side):
        raise ImportRefused(
            f"{path}: {face.shape[1]} x {face.shape[0]}, the first face is "
            f"{files.side} x {files.side}"
        )
    inner = face[files.rim : files.side - files.rim, files.rim : files.side - files.rim]
    return inner if inner.shape[0] == size else _scaled(inner, size)


def _mask(parts: AvatarParts, new: Path, tell: Tell) -> NDArray[np.uint8]:
    """uint8 [size, size], or [N, size, size] in the clip's own file where they differ."""
    crop = CROPS[parts.engine]
    if not parts.masks:
        return usual_mask(crop)
    shape = (len(parts.masks), crop.size, crop.size)
    drawn = reserved(new / "drawn.npy", shape)
    for number, mask in enumerate(parts.masks):
        drawn[number] = _face_mask(mask, crop.size)
        tell("reading masks", number + 1, len(parts.masks))
    made = one_mask(drawn)
    if made is None:
        made = reserved(new / "mask.npy", shape)
        over_time(drawn, made)
    (new / "drawn.npy").unlink()
    return made


def _face_mask(mask: DrawnMask, size: int) -> NDArray[np.uint8]:
    """The part of a frame's mask that lies on the face, uint8 [size, size]."""
    x0, y0, x1, y1 = (mask.box - np.tile(mask.around[:2], 2)).astype(int)
    part = read_mask(mask.path)[max(0, y0) : y1, max(0, x0) : x1]
    if part.size == 0:
        raise ImportRefused(f"{mask.path}: does not cover the face that {COORDS} names")
    return _scaled(part, size)


def _scaled(picture: NDArray[Any], size: int) -> NDArray[np.uint8]:
    how = cv2.INTER_AREA if picture.shape[0] >= size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (size, size), interpolation=how), np.uint8)
