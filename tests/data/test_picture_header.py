"""Pictures' headers: what OpenCV writes is read; what is cut or no picture is not."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.picture_header import PictureHeader, header_of

WAYS = {
    "png": (".png", []),
    "jpeg": (".jpg", []),
    "progressive jpeg": (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    "webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 80]),
    "webp lossless": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),
}


def encoded(way: str, width: int, height: int, channels: int = 3) -> bytes:
    picture = np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)
    suffix, options = WAYS[way]
    return cv2.imencode(suffix, picture, options)[1].tobytes()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("width", "height"), [(16, 16), (300, 17), (5, 1025)])
def test_what_is_written_is_read(way: str, width: int, height: int) -> None:
    kind = next(kind for kind in ("png", "jpeg", "webp") if kind in way)
    assert header_of(encoded(way, width, height)) == PictureHeader(kind, width, height)


def test_a_webp_with_transparency_is_read() -> None:
    assert header_of(encoded("webp", 40, 30, 4)) == PictureHeader("webp", 40, 30)


def test_a_jpeg_with_segments_and_fill_before_its_frame_is_read() -> None:
    plain = encoded("jpeg", 32, 24)
    exif = b"\xff\xff\xe1" + struct.pack(">H", 40) + b"\xff\xc0" * 19
    assert header_of(plain[:2] + exif + plain[2:]) == PictureHeader("jpeg", 32, 24)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_cut_says_nothing_or_the_truth(way: str) -> None:
    whole = encoded(way, 33, 44)
    allowed = (None, header_of(whole))
    assert all(header_of(whole[:size]) in allowed for size in range(700))
    assert header_of(whole[:20]) is None


@given(st.binary(max_size=200))
def test_other_bytes_are_none(data: bytes) -> None:
    assert header_of(data) is None


@given(
    st.sampled_from(
        [
            b"\xff\xd8\xff",
            b"RIFF0000WEBPVP8 ",
            b"RIFF0000WEBPVP8L",
            b"RIFF0000WEBPVP8X",
            b"\x89PNG\r\n\x1a\n0000IHDR",
        ]
    ),
    st.binary(max_size=60),
)
def test_nonsense_behind_a_true_beginning_does_no_harm(begin: bytes, rest: bytes) -> None:
    header_of(begin + rest)
