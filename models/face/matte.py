"""Cut a head from its even background: what is person, what is background, how much of each.

In: one picture of a head before a smooth, nearly flat background. Out: the background
without the head and a soft matte. Runs when a clip is prepared; owns nothing.

Difference matting: the background is a polynomial of the position, fitted to the pixels
that follow it, so the matte of an edge pixel is how far its colour has gone from the
background's towards that of the nearest pixel that is certainly person.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_DEGREE: Final = 4
_GRID: Final = 4
"""Every how many pixels one is used for the fit."""
_SAME: Final = 3.0
"""Grey levels within which a pixel follows the background (the render's noise is below 2)."""
_SURE: Final = 22.0
"""Grey levels from which a pixel is no background, so that gaps inside are not holes."""
_INSET: Final = 7
"""Pixels from the outline inwards to where a pixel is certainly all person."""


def background(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """The background of float32 [H, W, C] everywhere, also behind the head.

    Starts from the left and right borders, then takes in every pixel that agrees.
    """
    height, width = picture.shape[:2]
    terms = _polynomial(height, width)
    few, few_terms = picture[::_GRID, ::_GRID], terms[::_GRID, ::_GRID]
    rows, columns = few.shape[:2]
    follows = np.zeros((rows, columns), bool)
    follows[: rows * 3 // 4, : columns // 12] = True
    follows[: rows * 3 // 4, -(columns // 12) :] = True
    fit = np.zeros((terms.shape[-1], picture.shape[-1]))
    for _ in range(4):
        found = np.linalg.lstsq(few_terms[follows], few[follows], rcond=None)
        fit = found[0].astype(np.float64)
        follows = np.abs(few - few_terms @ fit).max(axis=2) < _SAME
    return (terms @ fit).astype(np.float32)


def matte(picture: NDArray[np.float32], plate: NDArray[np.float32]) -> NDArray[np.float32]:
    """Opacity 0..1, float32 [H, W], of what stands before the background `plate`."""
    apart = np.abs(picture - plate).max(axis=2)
    solid = _filled(apart > _SURE)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _INSET + 1,) * 2)
    inner = cv2.erode(solid, disc).astype(np.uint8)
    person = picture[_nearest(inner)]
    way = person - plate
    share = ((picture - plate) * way).sum(axis=2) / np.maximum((way * way).sum(axis=2), 1)
    share[apart < _SAME] = 0
    share[inner > 0] = 1
    near = cv2.dilate(solid, np.ones((2 * _INSET + 1,) * 2, np.uint8)) > 0
    return np.where(near, np.clip(share, 0, 1), 0).astype(np.float32)


def _polynomial(height: int, width: int) -> NDArray[np.float64]:
    """Every x^i y^j up to the degree, [H, W, terms], x and y from -1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack(
        [x**i * y**j for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)], axis=-1
    )


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The largest connected part of a mask without its holes, uint8 0 or 1."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(whole, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return whole


def _nearest(inner: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each pixel the row and column of the nearest one that is set."""
    _, labels = cv2.distanceTransformWithLabels(
        1 - inner, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(inner)
    at = np.zeros(labels.max() + 1, np.intp)
    at[labels[rows, columns]] = np.arange(len(rows))
    return rows[at[labels]], columns[at[labels]]
