"""The idle clip of the built-in head: it breathes, sways a little, blinks and looks about.

In: the head's pictures; out: a `Clip` of 300 frames, 12 s, that ends where it begins. Runs
once for each machine, where the avatar is prepared; frees everything but the clip.

Every motion is a sum of sines whose periods divide the clip, so there is no seam. The person
stands before a background of anyone's choice, which does not move.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.head import Head, load_head
from data.i420 import halved, i420_shape, planes, yuv_from_bgr
from models.face.backdrop import backdrop
from models.face.builtin import FACE, FACE_AT, NAME
from models.face.motion import CLIP_FRAMES, breath, glance, lids, pose
from models.face.patch import face_mask

_BODY_FROM: Final = 405
_BODY_TO: Final = 500
"""Rows between which the neck turns from moving with the head to moving with the body."""
_BODY_SHARE: Final = 0.3
"""How much of the head's motion the shoulders make."""
_BREATH_PIXELS: Final = 1.6
_LID_EDGE: Final = 9
"""Pixels over which the eyelids' pictures fade into the head's."""


@dataclass(frozen=True)
class _Layer:
    """The planes of one resolution, each float32 [H, W].

    person: each plane times the matte. matte: 0..1. behind: each plane without the person.
    step: luma pixels between two of its samples, 1 or 2.
    """

    person: tuple[NDArray[np.float32], ...]
    matte: NDArray[np.float32]
    behind: tuple[NDArray[np.float32], ...]
    step: int

    def draw(self, number: int, into: tuple[NDArray[np.uint8], ...]) -> None:
        """Write the planes of frame `number`: the person moved over what is behind."""
        x, y = _sources(number, self.matte.shape, self.step)
        clear = 1 - _moved(self.matte, x, y, cv2.INTER_LINEAR)
        sample = cv2.INTER_CUBIC if self.step == 1 else cv2.INTER_LINEAR
        for person, behind, plane in zip(self.person, self.behind, into, strict=True):
            seen = _moved(person, x, y, sample)
            seen += clear * behind
            plane[:] = np.rint(seen, out=seen).clip(0, 255, out=seen)


def idle_clip(head: Head | None = None, behind: NDArray[np.uint8] | None = None) -> Clip:
    """The idle clip of a head (the built-in one by default), [300, 768, 512] frames in memory.

    behind: the background, BGR [512, 512, 3] (`backdrop` by default); ValueError if it has not
    the head picture's size.
    """
    head = head or load_head()
    behind = backdrop(head.opacity.shape) if behind is None else behind
    if behind.shape != head.picture.shape:
        raise ValueError(f"a background is {head.picture.shape}, not {behind.shape}")
    mask = face_mask(head, FACE_AT, FACE)
    return Clip(NAME, NAME, _frames(head, behind), _placements(), mask)


def _placements() -> NDArray[np.float32]:
    """float32 [N, 2, 3]: the face's own pixels to the picture's, in every frame."""
    poses = np.stack([pose(frame) for frame in range(CLIP_FRAMES)])
    poses[:, :, 2] += poses[:, :, :2] @ np.array(FACE_AT, np.float64)
    return poses.astype(np.float32)


def _frames(head: Head, behind: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 [N, H * 3 // 2, W]."""
    height, width = head.picture.shape[:2]
    layers = _layers(head, behind)
    frames = np.empty((CLIP_FRAMES, *i420_shape(width, height)), np.uint8)
    for number, frame in enumerate(frames):
        looking = glance(number)
        luma, chroma = layers[len(head.lids) + looking if looking else lids(number)]
        y, u, v = planes(frame)
        luma.draw(number, (y,))
        chroma.draw(number, (u, v))
    return frames


def _layers(head: Head, background: NDArray[np.uint8]) -> list[tuple[_Layer, _Layer]]:
    """Luma and chroma layers with open eyes, with each of the head's lids, with each glance."""
    opacity: NDArray[np.float32] = head.opacity.astype(np.float32) / np.float32(255)
    behind = yuv_from_bgr(background)
    looks = yuv_from_bgr(head.picture) * opacity[..., None]
    half_opacity = halved(opacity)
    half_behind = (halved(behind[..., 1]), halved(behind[..., 2]))
    behind_luma = (behind[..., 0].copy(),)
    return [
        (
            _Layer((person[..., 0].copy(),), opacity, behind_luma, 1),
            _Layer((halved(person[..., 1]), halved(person[..., 2])), half_opacity, half_behind, 2),
        )
        for person in (
            looks,
            *(_with_eyes(looks, head, eyes) for eyes in (*head.lids, *head.glances)),
        )
    ]


def _with_eyes(
    looks: NDArray[np.float32], head: Head, eyes: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """YUV [H, W, 3] with one picture of the eyes faded in; no background shows there."""
    box = head.lid_box
    solid = np.zeros((box.height, box.width), np.float32)
    solid[_LID_EDGE:-_LID_EDGE, _LID_EDGE:-_LID_EDGE] = 1
    share = cv2.GaussianBlur(solid, (0, 0), _LID_EDGE / 2)[..., None]
    shut = looks.copy()
    part = shut[box.y : box.y + box.height, box.x : box.x + box.width]
    part += share * (yuv_from_bgr(eyes) - part)
    return shut


def _moved(
    plane: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32], sample: int
) -> NDArray[np.float32]:
    moved = cv2.remap(plane, x, y, sample, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _sources(
    number: int, shape: tuple[int, ...], step: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For every sample of a plane the x and y, in samples, that a frame shows there.

    Down to the neck the frame follows `pose`; the shoulders follow it less, and breathe.
    """
    middle = (step - 1) / 2
    columns = np.arange(shape[1], dtype=np.float32) * step + middle
    rows = np.arange(shape[0], dtype=np.float32)[:, None] * step + middle
    back = cv2.invertAffineTransform(pose(number)).astype(np.float32)
    fall = np.clip((rows - _BODY_FROM) / (_BODY_TO - _BODY_FROM), 0, 1)
    head = 1 - (1 - _BODY_SHARE) * fall * fall * (3 - 2 * fall)
    rise = (1 - head) * np.float32(_BREATH_PIXELS * breath(number))
    x = columns + head * ((back[0, 0] - 1) * columns + back[0, 1] * rows + back[0, 2])
    y = rows + head * (back[1, 0] * columns + (back[1, 1] - 1) * rows + back[1, 2]) + rise
    return (x - middle) / step, (y - middle) / step
