"""A photo as two layers: the person, and what stands behind and stands still.

In: a photo, its face, a background that is wanted instead of its own. Out: the layers; put together
they are the photo. Runs where avatars are made. What the person hides is filled in from around: a
few pixels of it are seen when the head moves.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.backdrop import backdrop, covered
from data.colour import bgr_of, is_colour
from data.landmarks.finder import Face
from data.making.errors import CannotMake
from data.making.matte import matte_of
from data.matting.person_segmenter import PersonSegmenter
from data.picture_file import BadPicture, read_picture
from data.transparency import SourcePicture, behind, flattened, multiplied, over

_CHANNELS: Final = 4
_CLEAR: Final = (8, 64)
"""Levels of matte up to which a pixel is shown as background as it is, and from which on what is
behind it is not told by it at all."""
_ROOM: Final = 0.02
"""How far from the person what is behind is taken from, in parts of the picture's shorter side."""

Background = tuple[int, int, int] | NDArray[np.uint8]
"""BGR, or a picture uint8 [H, W, 3]."""


@dataclass(frozen=True)
class PhotoLayers:
    """person: uint8 BGR [H, W, 3], times its alpha where there is one. alpha: uint8 [H, W], None
    for a photo of one layer. behind: uint8 BGR [H, W, 3], None for a photo of one layer."""

    person: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    behind: NDArray[np.uint8] | None = None

    def together(self, person: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> SourcePicture:
        """A picture of the person moved, and the alpha moved with it."""
        if alpha is None or self.behind is None:
            return SourcePicture(person)
        return over(person, alpha, self.behind)


def background_of(text: str) -> Background:
    """What `#rrggbb` or the path of a picture says; CannotMake for anything else."""
    if is_colour(text):
        return bgr_of(text)
    try:
        return flattened(read_picture(Path(text)))
    except BadPicture as error:
        raise CannotMake(f"{text} as a background: {error}") from error
    except OSError as error:
        raise CannotMake(
            f"{text!r} as a background: neither a colour such as #204060 nor a file that can be "
            f"read ({error.strerror})"
        ) from error


def layers_of(
    photo: NDArray[np.uint8], face: Face, background: Background | None = None
) -> PhotoLayers:
    """Of a uint8 photo, BGR, or BGRA whose alpha is kept. CannotMake where a background is wanted
    and the person cannot be told from their own."""
    height, width = photo.shape[:2]
    wanted = None if background is None else stage_of(background, height, width)
    if photo.shape[2] == _CHANNELS:
        alpha = np.ascontiguousarray(photo[..., 3])
        stage = behind(height, width) if wanted is None else wanted
        return PhotoLayers(multiplied(photo), alpha, stage)
    matte = matte_of(photo, face, PersonSegmenter())
    if matte is None:
        if wanted is not None:
            raise CannotMake(
                "the background cannot be replaced: it is not clear in the photo who is in front; "
                "take a picture before a plain wall, or cut the person out (PNG with transparency)"
            )
        return PhotoLayers(photo)
    person, own = cut_out(photo, matte)
    return PhotoLayers(person, matte, own if wanted is None else wanted)


def cut_out(
    photo: NDArray[np.uint8], matte: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The person, uint8 BGR [H, W, 3], times the matte, without the colour of what is behind; and
    what is behind, as it would be without them."""
    own = _filled(photo, matte)
    share = cv2.cvtColor(cv2.bitwise_not(matte), cv2.COLOR_GRAY2BGR)
    rest = cv2.multiply(own, share, scale=1 / 255)
    most = cv2.cvtColor(matte, cv2.COLOR_GRAY2BGR)
    return np.asarray(cv2.min(cv2.subtract(photo, rest), most), np.uint8), own


def stage_of(background: Background, height: int, width: int) -> NDArray[np.uint8]:
    """The background as a picture, uint8 BGR [height, width, 3]."""
    if isinstance(background, tuple):
        return backdrop((height, width), background)
    return covered(background, width, height)


def _filled(photo: NDArray[np.uint8], matte: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The photo with what is around the person grown into where they are: coarse to fine, each
    level fills what the finer one does not know (Gortler et al., "The Lumigraph", 1996)."""
    reach = max(1, round(_ROOM * min(matte.shape)))
    low, high = _CLEAR
    near = cv2.dilate((matte > low).astype(np.uint8), np.ones((reach, reach), np.uint8))
    known: NDArray[np.float32] = (near == 0).astype(np.float32)[..., None]
    grown = _grown(np.asarray(photo.astype(np.float32) * known, np.float32), known)
    share = np.clip((matte.astype(np.float32) - low) / (high - low), 0, 1)[..., None]
    filled = photo + share * (grown - photo)
    return np.rint(filled).clip(0, 255).astype(np.uint8)


def _grown(colours: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours [h, w, 3], times how far they are known [h, w, 1], as colours that are known."""
    height, width = colours.shape[:2]
    if min(height, width) <= 2:
        mean = colours.sum(axis=(0, 1)) / max(1e-6, float(known.sum()))
        return np.broadcast_to(mean, colours.shape).astype(np.float32)
    half = (-(-width // 2), -(-height // 2))
    small = np.asarray(cv2.resize(colours, half, interpolation=cv2.INTER_AREA), np.float32)
    part = np.asarray(cv2.resize(known, half, interpolation=cv2.INTER_AREA), np.float32)[..., None]
    full = np.minimum(1, 4 * part)
    spread = np.asarray(small * (full / np.maximum(part, 1e-6)), np.float32)
    coarse = _grown(spread, np.asarray(full, np.float32))
    below = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(colours + (1 - known) * below, np.float32)
