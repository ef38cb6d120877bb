"""The format and size of a picture, read from its first bytes before anything is decoded.

In: a file's bytes. Out: what they say. So a small file that would unfold into gigabytes is
refused in time, and a file's name is never believed. Pure; owns nothing. Sources: PNG third
edition, 11.2.1; ITU-T T.81 (JPEG), B.1 and B.2.2; RFC 9649 (WebP), 2.5 to 2.7; BITMAPINFOHEADER.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from data.avif_header import AVIF, HEIC, avif_size, brands_of

ALLOWED: Final = "JPEG, PNG, WebP, AVIF or BMP"
"""The pictures that are read, as messages name them."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_NO_FRAME: Final = (0xC4, 0xC8, 0xCC)
"""Of the JPEG markers C0 to CF those that begin no frame."""
_ALONE: Final = (0x01, *range(0xD0, 0xD9))
"""JPEG markers without a segment behind them."""
_BMP_INFO: Final = (40, 52, 56, 64, 108, 124)
"""Bytes of the headers that follow a bitmap file's own; with 12 it is OS/2's."""
_FOREIGN: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        b"GIF8": "GIF",
        b"II*\0": "TIFF or camera raw",
        b"MM\0*": "TIFF or camera raw",
        b"II+\0": "TIFF",
        b"MM\0+": "TIFF",
        b"\xff\x0a": "JPEG XL",
        b"\0\0\0\x0cJXL ": "JPEG XL",
        b"\0\0\0\x0cjP  ": "JPEG 2000",
        b"\xff\x4f\xff\x51": "JPEG 2000",
        b"8BPS": "Photoshop",
        b"\x76\x2f\x31\x01": "OpenEXR",
        b"#?RADIANCE": "Radiance HDR",
        b"qoif": "QOI",
        b"\0\0\x01\0": "Windows icon",
        b"gimp xcf": "GIMP",
        b"%PDF": "PDF",
        b"<svg": "SVG",
    }
)


class PictureHeader(NamedTuple):
    """format: png, jpeg, webp, avif or bmp. width, height: in pixels, as they are stored."""

    format: str
    width: int
    height: int


def header_of(data: bytes) -> PictureHeader | None:
    """None for what is none of `ALLOWED`, or is cut off before its size."""
    try:
        if data.startswith(_PNG) and data[12:16] == b"IHDR":
            return PictureHeader("png", _big(data, 16, 4), _big(data, 20, 4))
        if data.startswith(_JPEG):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data[:2] == b"BM":
            return _bmp(data)
        if brands_of(data) & AVIF:
            size = avif_size(data)
            return None if size is None else PictureHeader("avif", *size)
    except IndexError:
        return None
    return None


def foreign_picture(data: bytes) -> str | None:
    """What a picture is called that is none of `ALLOWED`; None for what is no picture that is
    known."""
    brands = brands_of(data)
    if brands & HEIC and not brands & AVIF:
        return "HEIC"
    found = (name for start, name in _FOREIGN.items() if data.startswith(start))
    return next(found, None)


def _jpeg(data: bytes) -> PictureHeader | None:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _ALONE:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            return PictureHeader("jpeg", _big(data, at + 7, 2), _big(data, at + 5, 2))
        else:
            at += 2 + _big(data, at + 2, 2)
    return None


def _webp(data: bytes) -> PictureHeader | None:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return PictureHeader("webp", 1 + _little(data, 24, 3), 1 + _little(data, 27, 3))
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = _little(data, 21, 4)
        return PictureHeader("webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return PictureHeader("webp", _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF)
    return None


def _bmp(data: bytes) -> PictureHeader | None:
    info = _little(data, 14, 4)
    if info in _BMP_INFO:
        height = _little(data, 22, 4)  # negative if the first row is the uppermost
        return PictureHeader("bmp", _little(data, 18, 4), min(height, (1 << 32) - height))
    if info == 12:
        return PictureHeader("bmp", _little(data, 18, 2), _little(data, 20, 2))
    return None


def _piece(data: bytes, at: int, size: int) -> bytes:
    piece = data[at : at + size]
    if len(piece) < size:
        raise IndexError(at)
    return piece


def _big(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_piece(data, at, size), "big")


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_piece(data, at, size), "little")
