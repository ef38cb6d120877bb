"""How a photo is lit and tinted, against a rendered head.

In: both faces. Out: the gains that make something of the one look as if it were of the other.
Pure. The whites of the eyes tell the light, skin a little of it, lips the colour of flesh.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.lips import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER
from data.making.sampling import sample

_CHEEKS: Final = (50, 101, 118, 205, 280, 330, 347, 425, 4, 5, 195)
"""Landmarks of bare skin: cheeks and nose."""
_FLESH: Final = (0.25, 1.5)
"""How much darker or lighter than rendered flesh may become."""
_OF_WHITE: Final = 0.95
"""How light teeth are, of the whites of the eyes: lips shade them."""
_OF_SKIN: Final = (0.88, 1.4)
"""And of the skin, at least and at most."""
_TINT: Final = 0.6
"""How much of the skin's colour is the light's."""
_OF_LIGHT: Final = 0.75
"""And how much of that teeth take on: small whites are seen with some of the lids."""
_LIGHTEST: Final = 210.0
_DARK: Final = 60.0
"""Grey levels up to which a rendered pixel is the dark behind teeth."""
_COLUMNS: Final = slice(3, 8)
_PALE: Final = 0.10
_PALE_LIGHT: Final = 0.7
_DIM: Final = 25.0
_COLOURED: Final = (0.02, 0.08)
"""Grey levels from which a pixel has a colour, and by how much the redness of a face spreads
without colours and with some: 0 to 0.013 and 0.1 to 0.4 in portraits."""
_RED: Final = 0.75
"""Redness up to which rendered pixels are teeth, how light these are of the lightest, and the part
of the lips' redness from which pixels are flesh."""


_Colours = TypeVar("_Colours", NDArray[np.float32], NDArray[np.float64])


@dataclass(frozen=True)
class Rendered:
    """A rendered face. picture: uint8 BGR, its mouth shut. marks: [478, 2]. teeth: their BGR."""

    picture: NDArray[np.uint8]
    marks: NDArray[np.float64]
    teeth: NDArray[np.float64]


@dataclass(frozen=True)
class Light:
    """teeth, flesh: gains of the channels B, G, R, float32 [3]. red: the redness of the rendered
    lips, see `redness`. colour: how much colour the photo has, 0 black and white, 1 a usual one."""

    teeth: NDArray[np.float32]
    flesh: NDArray[np.float32]
    red: float
    colour: float

    def on(self, rendered: NDArray[np.float32], share: float) -> NDArray[np.float32]:
        """Rendered pixels [..., 3] in the photo's light; share: how much of the flesh's colour
        what is red takes on, 0 to 1."""
        span = max(1e-3, _RED * self.red - _PALE)
        flesh = share * np.clip((redness(rendered) - _PALE) / span, 0, 1)[..., None]
        lit: NDArray[np.float32] = _paler(rendered, self.colour) * (
            self.teeth + flesh * (self.flesh - self.teeth)
        )
        return lit


def _paler(colours: _Colours, share: float) -> _Colours:
    """BGR [..., 3] with that share of its colour, 0 grey to 1 as it is."""
    grey = colours.mean(axis=-1, keepdims=True)
    return np.asarray(grey + share * (colours - grey), colours.dtype)


def _coloured(photo: NDArray[np.uint8], marks: NDArray[np.float64]) -> float:
    """How much colour a face has, 0 to 1: in black and white, and in sepia, all of it is equally
    red."""
    soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), 1.5), np.uint8)
    seen = sample(soft, marks[None].astype(np.float32), cv2.INTER_LINEAR)[0]
    red = redness(seen[seen.mean(axis=1) > _DIM])
    if not red.size:
        return 1.0
    low, high = np.quantile(red, (0.1, 0.9))
    none, usual = _COLOURED
    return float(np.clip((high - low - none) / (usual - none), 0, 1))


def redness(picture: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float32]:
    """How far red stands over the other channels of BGR [..., 3], in parts of itself."""
    blue, green, red = np.moveaxis(picture, -1, 0)
    return np.asarray((red - (blue + green) / 2) / (red + 8), np.float32)


def light_of(
    photo: NDArray[np.uint8],
    marks: NDArray[np.float64],
    rendered: Rendered,
    teeth: NDArray[np.float64] | None = None,
) -> Light:
    """The photo's light; marks: landmarks [478, 2] of its face, the mouth shut.

    teeth: BGR of the photo's own teeth, where they were seen."""
    lips, own = _lips(rendered.picture, rendered.marks), _lips(photo, marks)
    colour = _coloured(photo, marks)
    wanted = _teeth(photo, marks) if teeth is None else teeth
    return Light(
        _ratio(wanted, _paler(rendered.teeth, colour)).astype(np.float32),
        np.clip(_ratio(own, _paler(lips, colour)), *_FLESH).astype(np.float32),
        float(redness(lips.astype(np.float32))),
        colour,
    )


def is_tooth(rendered: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which rendered pixels [..., 3] are teeth: pale and not dark."""
    light = rendered.mean(axis=-1) > _DARK
    return np.asarray(light & (redness(rendered) < _PALE), np.bool_)


def rendered_teeth(mouth: NDArray[np.uint8]) -> NDArray[np.float64]:
    """BGR of the teeth in a rendered mouth that shows them, uint8 BGR: its pale, light pixels."""
    pixels = mouth.reshape(-1, 3).astype(np.float32)
    pale = pixels[redness(pixels) < _PALE]
    luma = pale.mean(axis=1)
    light = pale[luma >= luma.max(initial=0) * _PALE_LIGHT]
    return np.asarray(np.median(light, axis=0), np.float64)


def _teeth(photo: NDArray[np.uint8], marks: NDArray[np.float64]) -> NDArray[np.float64]:
    """What teeth that were not seen would be: about as light as the whites of the eyes, in the
    colour of the light, half as they tell it and half as the skin does."""
    skin, white = _skin(photo, marks), _white(photo, marks)
    least, most = (share * skin.mean() for share in _OF_SKIN)
    luma = min(_LIGHTEST, float(np.clip(_OF_WHITE * white.mean(), least, most)))
    of_skin = 1 + _TINT * (skin / max(1.0, skin.mean()) - 1)
    colour = np.sqrt(of_skin * white / max(1.0, white.mean()))
    colour = 1 + _OF_LIGHT * (colour / colour.mean() - 1)
    return np.asarray(luma * colour / colour.mean(), np.float64)


def _ratio(here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((here + 4) / (there + 4), np.float64)


def _white(picture: NDArray[np.uint8], marks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean BGR of the lightest quarter of both eyes."""
    found = []
    for upper, lower in (points.LEFT_LIDS, points.RIGHT_LIDS):
        outline = np.concatenate([marks[list(upper)], marks[list(lower)][::-1]])
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 1)
        found.append(picture[mask > 0])
    pixels = np.concatenate(found).astype(np.float64)
    if len(pixels) < 8:
        return _skin(picture, marks)
    luma = pixels.mean(axis=1)
    return np.asarray(pixels[luma >= np.quantile(luma, 0.75)].mean(axis=0), np.float64)


def _skin(picture: NDArray[np.uint8], marks: NDArray[np.float64]) -> NDArray[np.float64]:
    return _median(picture, marks[list(_CHEEKS)])


def _lips(picture: NDArray[np.uint8], marks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median BGR of the middle of both lips."""
    pairs = ((UPPER_OUTER, UPPER_INNER), (LOWER_OUTER, LOWER_INNER))
    at = [(marks[list(o)] + marks[list(i)])[_COLUMNS] / 2 for o, i in pairs]
    return _median(picture, np.concatenate(at))


def _median(picture: NDArray[np.uint8], places: NDArray[np.float64]) -> NDArray[np.float64]:
    at = places.astype(np.float32)[None]
    soft = cv2.GaussianBlur(picture, (0, 0), 2.0)
    seen = sample(np.asarray(soft, np.uint8), at, cv2.INTER_LINEAR)
    return np.asarray(np.median(seen[0].astype(np.float64), axis=0), np.float64)
