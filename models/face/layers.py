"""A person in front of a background that stands still: one idle frame after another.

In: a head's pictures and a background; out: I420 frames, and how much of the background each
pixel shows. Runs where a clip is prepared. Owns float planes of the person with open eyes,
with each of the head's lids and with each glance, freed with the object.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.head import Box, Head
from data.i420 import halved, i420_from_bgr, planes, yuv_from_bgr
from models.face.motion import breath, glance, lids, pose

_BODY_SHARE: Final = 0.3
"""How much of the head's motion the shoulders make."""
_BREATH_PIXELS: Final = 1.6
_LID_EDGE: Final = 9
"""Pixels over which the eyelids' pictures fade into the head's."""
_REACH: Final = 48
"""Pixels, more than anything moves, gestures too; all three are those of a 512 x 512 view."""

Plane = NDArray[np.float32]
Seen = Callable[[Plane, Plane], tuple[Plane, Plane]]


@dataclass(frozen=True)
class _Layer:
    """The planes of one resolution, each float32 [H, W].

    person: each plane times the matte. matte: 0..1. behind: each plane without the person.
    step: luma pixels between two of its samples, 1 or 2. part: what a frame may change, in
    samples.
    """

    person: tuple[Plane, ...]
    matte: Plane
    behind: tuple[Plane, ...]
    step: int
    part: tuple[slice, slice]

    def draw(self, x: Plane, y: Plane, into: tuple[NDArray[np.uint8], ...]) -> Plane:
        """Write the planes, showing (x, y) at each sample of the part; how clear that is."""
        clear = 1 - _moved(self.matte, x, y, cv2.INTER_LINEAR)
        sample = cv2.INTER_CUBIC if self.step == 1 else cv2.INTER_LINEAR
        for person, behind, plane in zip(self.person, self.behind, into, strict=True):
            seen = _moved(person, x, y, sample)
            seen += clear * behind[self.part]
            plane[self.part] = np.rint(seen, out=seen).clip(0, 255, out=seen)
        return clear


class LayeredHead:
    """Draws the idle frames of a head before a background, BGR [H, W, 3] of the head's size."""

    def __init__(self, head: Head, background: NDArray[np.uint8]) -> None:
        self._head = head
        self._behind = i420_from_bgr(background)
        self._behind_bgr = background
        self._layers = _layers(head, background)
        self._rows, self._columns = self._layers[0][0].part

    def empty(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """A frame, I420 [H * 3 // 2, W], and a picture [H, W], 255, that show nobody."""
        return self._behind.copy(), np.full(self._head.opacity.shape, 255, np.uint8)

    def draw(self, number: int, frame: NDArray[np.uint8], clear: NDArray[np.uint8]) -> None:
        """Write frame `number` over another one, or over an empty one."""
        looking = glance(number)
        shown = self._layers[len(self._head.lids) + looking if looking else lids(number)]
        self._draw(shown, number, _still, frame, clear)

    def draw_held(
        self,
        number: int,
        picture: NDArray[np.uint8],
        lids_shut: int,
        seen: Seen,
        frame: NDArray[np.uint8],
        clear: NDArray[np.uint8],
    ) -> None:
        """Write frame `number` with another face, held in another way.

        picture: BGR, in place of the head's. lids_shut: as `motion.lids`. seen: where in the head
        picture the point lies that is seen at (x, y) of it.
        """
        shown = _pair(self._head, picture, self._behind_bgr, lids_shut)
        self._draw(shown, number, seen, frame, clear)

    def _draw(
        self,
        shown: tuple[_Layer, _Layer],
        number: int,
        seen: Seen,
        frame: NDArray[np.uint8],
        clear: NDArray[np.uint8],
    ) -> None:
        luma, chroma = shown
        y, u, v = planes(frame)
        through = luma.draw(*self._sources(number, luma, seen), (y,))
        clear[luma.part] = np.rint(through * 255).clip(0, 255)
        chroma.draw(*self._sources(number, chroma, seen), (u, v))

    def _sources(self, number: int, layer: _Layer, seen: Seen) -> tuple[Plane, Plane]:
        """For every sample of a layer's part the x and y, in samples, that a frame shows there.

        Down to the neck the frame follows `pose`; the shoulders follow it less, and breathe.
        """
        head, step = self._head, layer.step
        middle = (step - 1) / 2
        rows, columns = (
            np.arange(part.start, part.stop, dtype=np.float32) * step + middle
            for part in layer.part
        )
        rows = rows[:, None]
        affine = pose(number, head.pivot, head.scale)
        back = cv2.invertAffineTransform(affine).astype(np.float32)
        top, bottom = head.shoulders
        fall = np.clip((rows - top) / (bottom - top), 0, 1)
        share = 1 - (1 - _BODY_SHARE) * fall * fall * (3 - 2 * fall)
        rise = (1 - share) * np.float32(_BREATH_PIXELS * head.scale * breath(number))
        x = columns + share * ((back[0, 0] - 1) * columns + back[0, 1] * rows + back[0, 2])
        y = rows + share * (back[1, 0] * columns + (back[1, 1] - 1) * rows + back[1, 2]) + rise
        half = np.float32(middle)
        there_x, there_y = seen(x, y)
        return (there_x - half) / np.float32(step), (there_y - half) / np.float32(step)


def _still(x: Plane, y: Plane) -> tuple[Plane, Plane]:
    return x, y


def _layers(head: Head, background: NDArray[np.uint8]) -> list[tuple[_Layer, _Layer]]:
    """Luma and chroma layers with open eyes, with each of the head's lids, with each glance."""
    looks = _looks(head, head.picture)
    eyes = (*head.lids, *head.glances)
    people = (looks, *(_with_eyes(looks, head, picture) for picture in eyes))
    return _pairs(head, background, people)


def _pair(
    head: Head, picture: NDArray[np.uint8], background: NDArray[np.uint8], lids_shut: int
) -> tuple[_Layer, _Layer]:
    """The layers of another picture of the head, its eyes as they are, or with lids."""
    looks = _looks(head, picture)
    if lids_shut:
        looks = _with_eyes(looks, head, head.lids[lids_shut - 1])
    return _pairs(head, background, (looks,))[0]


def _looks(head: Head, picture: NDArray[np.uint8]) -> Plane:
    opacity: Plane = head.opacity.astype(np.float32) / np.float32(255)
    looks: Plane = yuv_from_bgr(picture) * opacity[..., None]
    return looks


def _pairs(
    head: Head, background: NDArray[np.uint8], people: Iterable[Plane]
) -> list[tuple[_Layer, _Layer]]:
    """Luma and chroma layers of each of the people, YUV [H, W, 3] times the matte."""
    opacity: Plane = head.opacity.astype(np.float32) / np.float32(255)
    behind = yuv_from_bgr(background)
    half_opacity = halved(opacity)
    half_behind = (halved(behind[..., 1]), halved(behind[..., 2]))
    behind_luma = (behind[..., 0].copy(),)
    whole, half = _parts(head)
    return [
        (
            _Layer((person[..., 0].copy(),), opacity, behind_luma, 1, whole),
            _Layer(
                (halved(person[..., 1]), halved(person[..., 2])), half_opacity, half_behind, 2, half
            ),
        )
        for person in people
    ]


def _parts(head: Head) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The rows and columns that the person may be seen in, of luma and of chroma."""
    x, y, width, height = cv2.boundingRect(head.opacity)
    reach = round(_REACH * head.scale)
    sides = []
    for first, size, most in zip((y, x), (height, width), head.opacity.shape, strict=True):
        start, stop = max(first - reach, 0) // 2, -(-min(first + size + reach, most) // 2)
        sides.append((start, stop))
    whole, half = (
        tuple(slice(start * step, stop * step) for start, stop in sides) for step in (2, 1)
    )
    return (whole[0], whole[1]), (half[0], half[1])


def _with_eyes(looks: Plane, head: Head, eyes: NDArray[np.uint8]) -> Plane:
    """YUV [H, W, 3] with one picture of the eyes faded in; no background shows there."""
    shut = looks.copy()
    part = head.lid_box.of(shut)
    part += _faded(head.lid_box, round(_LID_EDGE * head.scale)) * (yuv_from_bgr(eyes) - part)
    return shut


def _faded(box: Box, edge: int) -> Plane:
    """float32 [h, w, 1]: 1 inside, 0 at the box's edge."""
    solid = np.zeros((box.height, box.width), np.float32)
    solid[edge:-edge, edge:-edge] = 1
    share: Plane = np.asarray(cv2.GaussianBlur(solid, (0, 0), edge / 2), np.float32)[..., None]
    return share


def _moved(plane: Plane, x: Plane, y: Plane, sample: int) -> Plane:
    moved = cv2.remap(plane, x, y, sample, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)
