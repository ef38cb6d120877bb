"""The avatar folders of MuseTalk, 1.0 and 1.5, and of LiveTalking's: frames, boxes, masks, latents.

In: a folder. Out: `AvatarParts`. Runs where avatars are imported; owns nothing, holds the latents
(16 kB a frame). Errors are `ImportRefused`.

Frames in which MuseTalk saw no face have the box (0, 0, 0, 0); they are left out. A folder does
not say which version of MuseTalk made it; who imports it does.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.imports.errors import ImportRefused
from data.imports.parts import (
    COORDS,
    FRAMES,
    AvatarParts,
    DrawnMask,
    boxes_in,
    require_alike,
    require_parts,
)
from data.imports.pictures import numbered
from data.imports.tensors import safe_tensors

LATENTS: Final = "latents.pt"
MUSETALKS: Final = ("musetalk", "musetalk1")
LATENT: Final = (8, 32, 32)
_MASKS: Final = "mask"
_AROUND: Final = "mask_coords.pkl"


def musetalk_parts(source: Path, engine: str | None) -> AvatarParts:
    """engine: which MuseTalk made it; 1.5 if nobody says."""
    require_parts(source, FRAMES, COORDS, _MASKS, _AROUND)
    frames, masks = numbered(source / FRAMES), numbered(source / _MASKS)
    boxes, around = boxes_in(source / COORDS), boxes_in(source / _AROUND)
    require_alike(
        source, {FRAMES: frames, _MASKS: masks}, {COORDS: len(boxes), _AROUND: len(around)}
    )
    seen = np.flatnonzero(boxes.any(axis=1))
    if not len(seen):
        raise ImportRefused(f"{source / COORDS}: no frame has a face")
    pictures, drawn = list(frames.values()), list(masks.values())
    return AvatarParts(
        engine or MUSETALKS[0],
        [pictures[number] for number in seen],
        boxes[seen] - 0.5,
        masks=[DrawnMask(drawn[number], around[number], boxes[number]) for number in seen],
        arrays={"latents": _latents(source / LATENTS, seen, len(frames))},
    )


def _latents(path: Path, seen: NDArray[np.intp], count: int) -> NDArray[np.float16]:
    """float16 [N, 8, 32, 32] of the frames `seen` among `count`, from the list that MuseTalk
    saves, or one tensor."""
    found = safe_tensors(path)
    parts = [found] if isinstance(found, np.ndarray) else found
    if not isinstance(parts, list | tuple) or not parts:
        raise ImportRefused(f"{path}: no list of latents")
    for part in parts:
        fits = isinstance(part, np.ndarray) and part.dtype.kind == "f"
        if not fits or part.shape[-3:] != LATENT or part.ndim not in (3, 4):
            shape = list(part.shape) if isinstance(part, np.ndarray) else type(part).__name__
            raise ImportRefused(f"{path}: a latent of {shape}, wanted [1, 8, 32, 32]")
    rows = (part.reshape(-1, *LATENT).astype(np.float16, copy=False) for part in parts)
    latents = np.concatenate(list(rows))
    if len(latents) not in (len(seen), count):
        raise ImportRefused(f"{path}: {len(latents)} latents for {len(seen)} frames with a face")
    return latents[seen] if len(latents) == count > len(seen) else latents
