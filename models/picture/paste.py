"""Paste a face into a picture: warped by an affine, blended through a feathered mask.

In: an I420 idle frame, an I420 face, where it sits, how opaque it is, and, where the face's
colours are to be fitted to the frame's, the session's `Tint`. Out: an I420 picture, written in
place, each plane at its own resolution. Runs in the compositor, once for each picture, on
one thread. A Paster owns what it remembers of placements; masks that are mapped files stay there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.i420 import planes
from models.picture._warp_blend import SHARES, warp_blend
from models.picture.colour_field import ColourField, FieldBorder, border_of
from models.picture.tint import BorderSamples, Tint, ring_of

MOST_BYTES: Final = 64 << 20
"""Of what a Paster remembers: all placements of a built-in 512 x 512 clip, the first few hundred
of a large face's. A clip repeats, so the first are as good as any."""
DRAWN: Final = "builtin"
"""The engine whose faces are drawn, not cut out of each frame."""
MOST_AREAS: Final = 4
"""Of a mask, that are worked on each by itself."""
_SAMPLE: Final = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True)
class _Area:
    """Pixels of one plane, of a picture or a face; `x1`, `y1` are the first beyond them."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.y1 - self.y0, self.x1 - self.x0

    def halved(self) -> "_Area":
        return _Area(self.x0 // 2, self.y0 // 2, self.x1 // 2, self.y1 // 2)

    def overlaps(self, other: "_Area") -> bool:
        return (
            self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1
        )

    def of(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return plane[self.y0 : self.y1, self.x0 : self.x1]


@dataclass(frozen=True)
class _Spot:
    """What pasting one area at one placement needs, worked out once: the area, the affines from
    its pixels to the face's, and the opacity there, uint8."""

    area: _Area
    back: NDArray[np.float64]
    half_back: NDArray[np.float64]
    mask: NDArray[np.uint8]
    half_mask: NDArray[np.uint8]

    @property
    def nbytes(self) -> int:
        return self.mask.nbytes + self.half_mask.nbytes


_Border = TypeVar("_Border", BorderSamples, FieldBorder)
_Key = tuple[int, bytes, tuple[int, ...]]
"""The mask's number, the placement, and the picture's height and width."""


def colour_match(clip: Clip) -> Tint | ColourField | None:
    """What fits a clip's faces to its frames in one session; None where they are its own pixels."""
    if not clip.matched:
        return None
    return ColourField() if clip.engine == DRAWN else Tint()


class Paster:
    """Pastes faces of one size. Not for two threads at once.

    mask: uint8 [h, w], opacity per luma pixel of the face, 255 opaque; both sides even. Or
    [N, h, w], one for each frame of a clip. It is used at chroma's resolution for all three
    planes: a feathered mask loses nothing by it; around what it shows there is no work. The
    placements of a clip come again and again, so they are remembered, up to `MOST_BYTES` (0.12 MB
    each for a 512 x 512 built-in face): share a Paster between the sessions of an avatar.
    """

    def __init__(self, mask: NDArray[np.uint8]) -> None:
        height, width = mask.shape[-2:]
        if mask.dtype != np.uint8 or mask.ndim not in (2, 3) or height % 2 or width % 2:
            raise ValueError(f"a mask is uint8 with even sides, not {mask.dtype} {mask.shape}")
        self._shape = (height, width)
        self._masks = mask if mask.ndim == 3 else mask[None]
        self._tinted = np.empty((height * 3 // 2, width), np.uint8)
        self._spots: dict[_Key, tuple[_Spot, ...]] = {}
        self._rings: dict[_Key, BorderSamples | None] = {}
        self._borders: dict[_Key, FieldBorder | None] = {}
        self._held = 0
        self._half: tuple[int, NDArray[np.uint8]] | None = None
        """The mask at chroma's resolution that was worked out last, and its number."""

    @classmethod
    def of(cls, clip: Clip) -> "Paster":
        """For the faces of a clip."""
        return cls(clip.mask)

    def paste(
        self,
        out: NDArray[np.uint8],
        frame: NDArray[np.uint8],
        face: NDArray[np.uint8],
        placement: NDArray[np.float32],
        opacity: float = 1.0,
        *,
        number: int = 0,
        tint: Tint | ColourField | None = None,
        remember: bool = True,
    ) -> None:
        """Write `frame` with `face` on it to `out`.

        out, frame: uint8 [H * 3 // 2, W], contiguous, not overlapping; out may lie in shared
        memory. face: uint8 [h * 3 // 2, w]. placement: float [2, 3], see `Clip`. opacity: 0
        to 1, times the mask. number: of the clip's frame, which says whose mask it is where
        each has its own. tint: the session's, if the face's colours are to be fitted to the
        frame's. remember: whether the placement will come again. What falls outside the picture
        is cut off. ValueError for arrays that are no such pictures, or a placement that has no
        area; IndexError for a frame without a mask.
        """
        luma, *chromas = planes(out)
        if planes(face)[0].shape != self._shape:
            raise ValueError(f"the mask is {self._shape}, the face {planes(face)[0].shape}")
        key = (number if len(self._masks) > 1 else 0, placement.tobytes(), luma.shape)
        spots = self._spots_of(key, placement, remember)
        np.copyto(out, frame)
        if opacity <= 0 or not spots:
            return
        if tint is not None:
            face = self._fitted(key, placement, face, frame, tint, remember)
        face_luma, *face_chromas = planes(face)
        share = round(min(opacity, 1) * SHARES)
        for spot in spots:
            warp_blend(spot.area.of(luma), face_luma, spot.back, spot.mask, share)
            part = spot.area.halved()
            for plane, face_plane in zip(chromas, face_chromas, strict=True):
                warp_blend(part.of(plane), face_plane, spot.half_back, spot.half_mask, share)

    def _spots_of(
        self, key: _Key, placement: NDArray[np.float32], remember: bool
    ) -> tuple[_Spot, ...]:
        if key in self._spots:
            return self._spots[key]
        spots = self._work_out(placement, key)
        if remember and self._has_room(sum(spot.nbytes for spot in spots)):
            self._spots[key] = spots
        return spots

    def _has_room(self, size: int) -> bool:
        """True if so many bytes more may be remembered; then they are counted."""
        fits = self._held + size <= MOST_BYTES
        self._held += size if fits else 0
        return fits

    def _half_mask(self, number: int) -> NDArray[np.uint8]:
        if self._half is not None and self._half[0] == number:
            return self._half[1]
        height, width = self._shape
        parts = self._masks[number].reshape(height // 2, 2, width // 2, 2)
        half: NDArray[np.uint8] = np.rint(parts.mean(axis=(1, 3))).astype(np.uint8)
        self._half = number, half
        return half

    def _fitted(
        self,
        key: _Key,
        placement: NDArray[np.float32],
        face: NDArray[np.uint8],
        frame: NDArray[np.uint8],
        tint: Tint | ColourField,
        remember: bool,
    ) -> NDArray[np.uint8]:
        """The face in the frame's colours; valid until the next call."""
        if isinstance(tint, Tint):
            ring = self._border(self._rings, ring_of, key, placement, remember)
            if ring is None:
                return face
            tint.fit(ring, face, frame, self._tinted)
        else:
            border = self._border(self._borders, border_of, key, placement, remember)
            if border is None:
                return face
            tint.fit(border, face, frame, self._tinted)
        return self._tinted

    def _border(
        self,
        known: dict[_Key, _Border | None],
        find: Callable[[NDArray[np.uint8], NDArray[np.float32], tuple[int, ...]], _Border | None],
        key: _Key,
        placement: NDArray[np.float32],
        remember: bool,
    ) -> _Border | None:
        if key in known:
            return known[key]
        border = find(self._half_mask(key[0]), placement, key[2])
        if remember and self._has_room(0 if border is None else border.nbytes):
            known[key] = border
        return border

    def _work_out(self, placement: NDArray[np.float32], key: _Key) -> tuple[_Spot, ...]:
        number, _, picture = key
        back = _inverse(placement)
        half_mask = self._half_mask(number)
        touched = [_touched(placement, used, picture) for used in _used(half_mask)]
        areas = _apart([area for area in touched if area is not None])
        return tuple(self._spot(area, back, half_mask) for area in areas)

    def _spot(self, area: _Area, back: NDArray[np.float64], half_mask: NDArray[np.uint8]) -> _Spot:
        half_area = area.halved()
        half_at = _moved(_halved(back), half_area)
        half = cv2.warpAffine(
            half_mask,
            half_at,
            half_area.shape[::-1],
            flags=_SAMPLE,
            borderMode=cv2.BORDER_CONSTANT,
        )
        whole = cv2.resize(half, area.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return _Spot(
            area,
            _moved(back, area),
            half_at,
            np.asarray(whole, np.uint8),
            np.asarray(half, np.uint8),
        )


def _moved(back: NDArray[np.float64], area: _Area) -> NDArray[np.float64]:
    """The affine for pixels that are counted from the area's first."""
    at = back.copy()
    at[:, 2] += back[:, :2] @ (area.x0, area.y0)
    return at


def _used(half_mask: NDArray[np.uint8]) -> list[_Area]:
    """The luma areas of a face that its mask shows, each with what fades from it: a mouth and the
    brows above it are two. MOST_AREAS at most."""
    count, _, boxes, _ = cv2.connectedComponentsWithStats((half_mask > 0).astype(np.uint8))
    rows, columns = half_mask.shape
    areas = []
    for x, y, width, height, _ in boxes[1:count].tolist():
        x0, y0 = max(x - 1, 0), max(y - 1, 0)
        x1, y1 = min(x + width + 1, columns), min(y + height + 1, rows)
        areas.append(_Area(2 * x0, 2 * y0, 2 * x1, 2 * y1))
    if len(areas) > MOST_AREAS:
        return [reduce(_both, areas)]
    return areas


def _apart(areas: list[_Area]) -> list[_Area]:
    """The same areas, those that overlap as one: no pixel is pasted on twice."""
    found: list[_Area] = []
    for area in areas:
        whole = area
        while touching := [other for other in found if whole.overlaps(other)]:
            found = [other for other in found if other not in touching]
            whole = reduce(_both, touching, whole)
        found.append(whole)
    return found


def _both(one: _Area, other: _Area) -> _Area:
    """The least area around two."""
    return _Area(
        min(one.x0, other.x0),
        min(one.y0, other.y0),
        max(one.x1, other.x1),
        max(one.y1, other.y1),
    )


def _touched(placement: NDArray[np.float32], used: _Area, picture: tuple[int, ...]) -> _Area | None:
    """The area of the picture that a part of the face covers, on even bounds; None if outside."""
    left, top, right, bottom = (side - 0.5 for side in (used.x0, used.y0, used.x1, used.y1))
    corners = np.array([[left, right, left, right], [top, top, bottom, bottom], [1, 1, 1, 1]])
    x, y = placement.astype(np.float64) @ corners
    x0, y0 = max(0, int(np.floor(x.min()))) & ~1, max(0, int(np.floor(y.min()))) & ~1
    x1 = min(picture[1], (int(np.ceil(x.max())) + 2) & ~1)
    y1 = min(picture[0], (int(np.ceil(y.max())) + 2) & ~1)
    return _Area(x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def _inverse(placement: NDArray[np.float32]) -> NDArray[np.float64]:
    """The affine that takes a luma pixel of the picture to one of the face."""
    linear = placement[:, :2].astype(np.float64)
    if abs(np.linalg.det(linear)) < 1e-6:
        raise ValueError(f"a placement needs an area: {placement.tolist()}")
    back = np.linalg.inv(linear)
    return np.column_stack([back, -back @ placement[:, 2]])


def _halved(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same map between chroma samples, each in the middle of its 2 x 2 luma pixels."""
    half = affine.copy()
    half[:, 2] = (affine[:, :2].sum(axis=1) * 0.5 + affine[:, 2] - 0.5) / 2
    return half
