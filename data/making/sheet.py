"""A contact sheet: what was made of a clip, to be looked at before it is used.

In: a clip. Out: a PNG: frames with the crop box, the mask over the frame, the engine's face,
and the frame with its own face pasted back, where a seam would be seen; below, mouths, where the
clip has an atlas of them. Runs where avatars are made; owns nothing.
"""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.clip import Clip

SHEET: Final = "sheet.png"
"""Its name in an avatar's folder."""
_COLUMNS: Final = 6
_CELL: Final = 320
_GREEN: Final = (80, 220, 80)
_RED: Final = (40, 40, 230)


def write_sheet(clip: Clip, path: Path, notes: str) -> None:
    """Draw the sheet of `clip` to `path`; `notes` stand below it."""
    count = len(clip.frames)
    columns = [
        _column(clip, round(place * count / _COLUMNS)) for place in range(min(_COLUMNS, count))
    ]
    sheet = np.concatenate([np.concatenate(columns, axis=1), *_states(clip, len(columns))])
    foot = np.full((34, sheet.shape[1], 3), 24, np.uint8)
    cv2.putText(
        foot, notes, (10, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (230, 230, 230), 1, cv2.LINE_AA
    )
    if not cv2.imwrite(str(path), np.concatenate([sheet, foot], axis=0)):
        raise OSError(f"{path}: the contact sheet cannot be written")


def _column(clip: Clip, number: int) -> NDArray[np.uint8]:
    picture = np.asarray(cv2.cvtColor(clip.frames[number], cv2.COLOR_YUV2BGR_I420), np.uint8)
    onto = clip.placements[number].astype(np.float64)
    faces = clip.engine_arrays.get("faces")
    opacity = _warped(clip.mask_of(number), onto, picture.shape)[..., None] / 255.0
    boxed = picture.copy()
    corners = _corners(clip, onto)
    cv2.rectangle(boxed, corners[0], corners[1], _GREEN, max(2, picture.shape[1] // 256))
    cv2.putText(boxed, f"{number}", (8, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.7, _GREEN, 2, cv2.LINE_AA)
    masked = (picture * (1 - 0.55 * opacity) + np.array(_RED) * 0.55 * opacity).astype(np.uint8)
    view = _view(corners, picture.shape)
    rows = [_cell(boxed), _cell(masked[view])]
    if faces is not None:
        face = np.ascontiguousarray(faces[number])
        pasted = picture * (1 - opacity) + _warped(face, onto, picture.shape) * opacity
        rows += [_cell(face), _cell(np.rint(pasted).astype(np.uint8)[view])]
    return np.concatenate(rows, axis=0)


def _states(clip: Clip, columns: int) -> list[NDArray[np.uint8]]:
    """Two rows: the first frame with mouths of the clip's atlas, the last one with raised brows;
    none without an atlas."""
    if "mouths" not in clip.engine_arrays:
        return []
    atlas = FaceAtlas.of(clip)
    onto = clip.placements[0].astype(np.float64)
    picture = np.asarray(cv2.cvtColor(clip.frames[0], cv2.COLOR_YUV2BGR_I420), np.uint8)
    opacity = _warped(clip.mask_of(0), onto, picture.shape)[..., None] / 255.0
    view = _around(atlas, onto, picture.shape)
    shown = np.arange(2 * columns) % len(atlas.mouths)
    cells = []
    for place, state in enumerate(shown):
        canvas = np.zeros((*CANVAS[::-1], 3), np.uint8)
        face = _drawn(atlas, int(state), raised=place == len(shown) - 1)
        canvas[: face.shape[0], : face.shape[1]] = face
        pasted = picture * (1 - opacity) + _warped(canvas, onto, picture.shape) * opacity
        cells.append(_cell(np.rint(pasted).astype(np.uint8)[view]))
    rows = (cells[:columns], cells[columns:])
    return [np.concatenate(row, axis=1) for row in rows]


def _around(
    atlas: FaceAtlas, onto: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[slice, slice]:
    """The part of the picture that the atlas takes, and a little more, nearly square."""
    rows, width = atlas.rest.shape
    ends = onto @ np.array([[0, width, 0, width], [0, 0, rows * 2 // 3, rows * 2 // 3], [1] * 4])
    (x0, y0), (x1, y1) = ends.min(axis=1), ends.max(axis=1)
    beside = max(0, ((y1 - y0) - (x1 - x0)) / 2)
    left, right = (round(x) for x in (x0 - beside, x1 + beside))
    return (
        slice(max(0, round(y0)), min(shape[0], round(y1))),
        slice(max(0, left), min(shape[1], right)),
    )


def _drawn(atlas: FaceAtlas, state: int, raised: bool) -> NDArray[np.uint8]:
    """The atlas's face in a state, uint8 BGR."""
    face = np.asarray(cv2.cvtColor(atlas.rest, cv2.COLOR_YUV2BGR_I420), np.uint8)
    parts = [(atlas.mouths[state], atlas.mouth_at)]
    if raised and len(atlas.brows):
        parts.insert(0, (atlas.brows[-1], atlas.brow_at))
    for part, (x, y) in parts:
        drawn = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_YUV2BGR_I420)
        face[y : y + drawn.shape[0], x : x + drawn.shape[1]] = drawn
    return face


def _warped(
    face: NDArray[np.uint8], onto: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    size = (shape[1], shape[0])
    return np.asarray(cv2.warpAffine(face, onto, size, flags=cv2.INTER_LINEAR), np.float64)


def _corners(clip: Clip, onto: NDArray[np.float64]) -> tuple[tuple[int, int], tuple[int, int]]:
    width, height = clip.face_size
    sides = (-0.5, width - 0.5), (-0.5, height - 0.5)
    ends = onto @ np.array([[x, y, 1] for x in sides[0] for y in sides[1]]).T
    x0, y0 = np.rint(ends.min(axis=1)).astype(int).tolist()
    x1, y1 = np.rint(ends.max(axis=1)).astype(int).tolist()
    return (x0, y0), (x1, y1)


def _view(
    corners: tuple[tuple[int, int], tuple[int, int]], shape: tuple[int, ...]
) -> tuple[slice, slice]:
    """The part of the picture around the face, nearly half as large again."""
    (x0, y0), (x1, y1) = corners
    x, y, reach = (x0 + x1) // 2, (y0 + y1) // 2, max(x1 - x0, y1 - y0, 8) * 7 // 10
    return (
        slice(max(0, y - reach), min(shape[0], y + reach)),
        slice(max(0, x - reach), min(shape[1], x + reach)),
    )


def _cell(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in a square of `_CELL` pixels, on black."""
    height, width = picture.shape[:2]
    scale = _CELL / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    sample = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    cell = np.zeros((_CELL, _CELL, 3), np.uint8)
    cell[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=sample)
    return cell
