"""The pass that warps and blends at once: against OpenCV's, and what it refuses."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.picture._warp_blend import SHARES, warp_blend

Plane = NDArray[np.uint8]


def smooth(height: int, width: int, seed: int) -> Plane:
    """As pictures are: OpenCV rounds positions to 1/32 pixel, which noise would show."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 3.0), np.uint8)


def oracle(
    part: Plane, face: Plane, back: NDArray[np.float64], opacity: Plane, share: float
) -> NDArray[np.float64]:
    warped = cv2.warpAffine(
        face.astype(np.float32),
        back,
        part.shape[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return part + (warped.astype(np.float64) - part) * (opacity / 255.0) * share


@settings(deadline=None, max_examples=200)
@given(
    st.one_of(st.just(1.0), st.floats(0.97, 1.03), st.floats(0.2, 4)),
    st.one_of(st.just(0.0), st.floats(-0.03, 0.03), st.floats(-3.2, 3.2)),
    st.floats(-30, 60),
    st.floats(-30, 60),
    st.integers(0, SHARES),
)
def test_it_is_what_opencv_warps_and_float_arithmetic_blends(
    scale: float, turn: float, x: float, y: float, share: int
) -> None:
    picture, face = smooth(50, 90, 1), smooth(40, 60, 2)
    opacity = np.random.default_rng(3).integers(0, 256, (37, 71), np.uint8)
    opacity[:, :9] = opacity[:4] = opacity[:, 60:] = 0
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    back = np.array([[cos, -sin, x], [sin, cos, y]])
    part = picture[6:43, 11:82]
    wanted = oracle(part.copy(), face, back, opacity, share / SHARES)
    before = picture.copy()
    warp_blend(part, face, back, opacity, share)
    assert np.abs(part - wanted).max() <= 2
    picture[6:43, 11:82] = before[6:43, 11:82]
    np.testing.assert_array_equal(picture, before, "nothing else is touched")


def test_an_opaque_face_at_whole_pixels_is_exact_and_a_clear_one_is_nothing() -> None:
    dice = np.random.default_rng(0)
    picture, face = dice.integers(0, 256, (2, 64, 300), np.uint8)
    back = np.array([[1.0, 0, 3], [0, 1, 2]])
    shown, clear = picture[:60, :290].copy(), np.zeros((60, 290), np.uint8)
    warp_blend(shown, face, back, clear, SHARES)
    np.testing.assert_array_equal(shown, picture[:60, :290])
    warp_blend(shown, face, back, ~clear, SHARES)
    np.testing.assert_array_equal(shown, face[2:62, 3:293])


def test_a_face_of_one_pixel_is_its_border_everywhere() -> None:
    part = np.zeros((5, 7), np.uint8)
    warp_blend(part, np.full((1, 1), 9, np.uint8), np.eye(2, 3), np.full_like(part, 255), SHARES)
    assert (part == 9).all()


PART = np.zeros((4, 6), np.uint8)
BACK = np.eye(2, 3)


@pytest.mark.parametrize(
    ("part", "face", "back", "opacity", "share", "said"),
    [
        (PART[:, ::2], PART, BACK, PART[:, :3].copy(), 1, "the part is a plane"),
        (PART, PART.astype(np.int16), BACK, PART, 1, "the face is a plane"),
        (PART, PART[0], BACK, PART, 1, "the face is a plane"),
        (PART, PART[:0], BACK, PART, 1, "the face is a plane"),
        (PART, PART, BACK.astype(np.float32), PART, 1, "an affine is float64"),
        (PART, PART, BACK[:1], PART, 1, "an affine is float64"),
        (PART, PART, BACK, PART[:3], 1, "the opacity has the part's shape"),
        (PART, PART, BACK, PART, SHARES + 1, "share is 0 to 256, not 257"),
    ],
)
def test_what_is_no_plane_or_affine_is_refused(
    part: Plane, face: Plane, back: NDArray[np.float64], opacity: Plane, share: int, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        warp_blend(part, face, back, opacity, share)


def test_a_picture_that_may_not_be_written_is_refused() -> None:
    part = PART.copy()
    part.flags.writeable = False
    with pytest.raises((BufferError, ValueError)):
        warp_blend(part, PART, BACK, PART, 1)


def test_a_position_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        warp_blend(PART.copy(), PART, np.full((2, 3), np.nan), PART, 1)
