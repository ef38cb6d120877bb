"""The avatar folders of LiveTalking for Wav2Lip and Ultralight.

In: a folder with `full_imgs`, `face_imgs` and `coords.pkl`. Out: `AvatarParts`. Runs where
avatars are imported; owns nothing. Errors are `ImportRefused`.

LiveTalking's Wav2Lip keeps its boxes as (y0, y1, x0, x1), Ultralight as (x0, y0, x1, y1), ends
exclusive. Its `--img_size` may be anything: faces of a size that no network here has are scaled
to one that has. An Ultralight folder holds the person's own network.
"""

from pathlib import Path
from typing import Final

import numpy as np

from data.imports.errors import ImportRefused
from data.imports.parts import (
    COORDS,
    FRAMES,
    AvatarParts,
    FaceFiles,
    boxes_in,
    require_alike,
    require_parts,
)
from data.imports.pictures import numbered, read
from data.making.boxes import CROPS

FACES: Final = "face_imgs"
NETWORK: Final = "ultralight.pth"
ULTRALIGHT: Final = "ultralight"
WAV2LIPS: Final = ("wav2lip", "wav2lip256")
_WAV2LIP_ORDER: Final = [2, 0, 3, 1]
_RIM: Final = 4
"""Pixels around Ultralight's 160 in the 168 of its `face_imgs`."""
_LEAST_SIDE: Final = 64
_MOST_SIDE: Final = 1024


def wav2lip_parts(source: Path, engine: str | None) -> AvatarParts:
    """engine: which of Wav2Lip's; the default is the smallest that loses nothing."""
    frames, faces = _pictures(source)
    side = _side(next(iter(faces.values())))
    whole = CROPS[ULTRALIGHT].size + 2 * _RIM
    if side == whole and engine is None:
        raise ImportRefused(
            f"{source}: faces of {whole} px are Ultralight's, and its {NETWORK} is not there; "
            "if they are Wav2Lip's, say so: --engine wav2lip256"
        )
    if not _LEAST_SIDE <= side <= _MOST_SIDE:
        raise ImportRefused(
            f"{source / FACES}: faces of {side} px, allowed for {' and '.join(WAV2LIPS)} are "
            f"{_LEAST_SIDE} to {_MOST_SIDE}"
        )
    small, large = WAV2LIPS
    chosen = engine or (small if side <= CROPS[small].size else large)
    boxes = boxes_in(source / COORDS)
    require_alike(source, {FRAMES: frames, FACES: faces}, {COORDS: len(boxes)})
    edges = boxes[:, _WAV2LIP_ORDER] - 0.5
    files = FaceFiles(list(faces.values()), side, 0)
    return AvatarParts(chosen, list(frames.values()), edges, files)


def ultralight_parts(source: Path) -> AvatarParts:
    """The drawn part is the face without its rim."""
    frames, faces = _pictures(source)
    side = _side(next(iter(faces.values())))
    size = CROPS[ULTRALIGHT].size
    if side != size + 2 * _RIM:
        raise ImportRefused(
            f"{source / FACES}: faces of {side} px; the engine {ULTRALIGHT} takes "
            f"{size + 2 * _RIM} only (genavatar.py --img_size {size + 2 * _RIM})"
        )
    boxes = boxes_in(source / COORDS)
    require_alike(source, {FRAMES: frames, FACES: faces}, {COORDS: len(boxes)})
    inner = (boxes[:, 2:] - boxes[:, :2]) * (_RIM / side)
    edges = np.concatenate([boxes[:, :2] + inner, boxes[:, 2:] - inner], axis=1) - 0.5
    files = FaceFiles(list(faces.values()), side, _RIM)
    return AvatarParts(ULTRALIGHT, list(frames.values()), edges, files)


def _pictures(source: Path) -> tuple[dict[int, Path], dict[int, Path]]:
    require_parts(source, FRAMES, FACES, COORDS)
    return numbered(source / FRAMES), numbered(source / FACES)


def _side(path: Path) -> int:
    height, width = read(path).seen.shape[:2]
    if height != width:
        raise ImportRefused(f"{path}: {width} x {height}; a face is square")
    return int(height)
