"""A built-in person as wide or as tall as a picture is wanted.

In: a head as it was rendered, and the name of a framing. Out: the same head, cut and reduced.
Pure; runs where a person's clip is prepared.
"""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from data.clip import AvatarError
from data.head import Box, Framing, Head


def framed(head: Head, framing: str) -> Head:
    """The head as a framing shows it, places and boxes in the new picture's pixels.

    Pictures that fitted the head to the pixel still do: a box is reduced alone as it is with
    all around it. AvatarError for a framing that is none of the head's, or that would leave a
    box between pixels or outside.
    """
    try:
        crop = head.framings[framing]
    except KeyError:
        known = ", ".join(head.framings)
        raise AvatarError(f"no framing is called {framing!r}; there are: {known}") from None
    scale = crop.out_width / crop.width
    if abs(crop.out_height - crop.height * scale) > 1e-6 or scale > 1:
        raise AvatarError(f"framing {framing!r}: {crop} is not reduced evenly")
    picture, opacity = _reduced_person(crop.of(head.picture), crop.of(head.opacity), crop)
    return replace(
        head,
        picture=picture,
        opacity=opacity,
        lids=_reduced_sheet(head.lids, scale),
        lid_box=_placed(head.lid_box, crop, scale),
        glances=_reduced_sheet(head.glances, scale),
        brows=_reduced_sheet(head.brows, scale),
        brow_box=_placed(head.brow_box, crop, scale) if len(head.brows) else head.brow_box,
        mouths=_reduced_sheet(head.mouths, scale),
        mouth_box=_placed(head.mouth_box, crop, scale),
        pivot=((head.pivot[0] - crop.x) * scale, (head.pivot[1] - crop.y) * scale),
        shoulders=((head.shoulders[0] - crop.y) * scale, (head.shoulders[1] - crop.y) * scale),
        scale=head.scale * scale,
        framings={framing: Framing(0, 0, *_size(crop), *_size(crop))},
    )


def _size(crop: Framing) -> tuple[int, int]:
    return crop.out_width, crop.out_height


def _placed(box: Box, crop: Framing, scale: float) -> Box:
    sides = [(box.x - crop.x), (box.y - crop.y), box.width, box.height]
    exact = [side * scale for side in sides]
    x, y, width, height = (round(side) for side in exact)
    between = max(abs(side - round(side)) for side in exact) > 1e-6
    if between or min(x, y) < 0 or x + width > crop.out_width or y + height > crop.out_height:
        raise AvatarError(f"{box} lies between pixels of {crop}, or outside")
    return Box(x, y, width, height)


def _reduced_person(
    picture: NDArray[np.uint8], opacity: NDArray[np.uint8], crop: Framing
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colours are averaged as they are seen: what is transparent lends none."""
    if _size(crop) == (crop.width, crop.height):
        return picture.copy(), opacity.copy()
    solid = opacity.astype(np.float32)
    seen = _reduced(picture * solid[..., None], _size(crop))
    share = _reduced(solid, _size(crop))
    colours = seen / np.maximum(share, np.float32(1e-3))[..., None]
    return _rounded(colours), _rounded(share)


def _reduced_sheet(pictures: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Pictures [N, h, w, 3], each reduced; the box's place says whether that comes out even."""
    height, width = (round(side * scale) for side in pictures.shape[1:3])
    if not len(pictures) or (height, width) == pictures.shape[1:3]:
        return pictures
    small = np.empty((len(pictures), height, width, 3), np.uint8)
    for picture, into in zip(pictures, small, strict=True):
        into[:] = _rounded(_reduced(picture.astype(np.float32), (width, height)))
    return small


def _reduced(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _rounded(plane: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    rounded: NDArray[np.uint8] = np.rint(plane).clip(0, 255).astype(np.uint8)
    return rounded
