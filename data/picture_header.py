"""The format and size of a picture, read from its first bytes before anything is decoded.

In: a file's bytes. Out: what they say. So a small file that would unfold into gigabytes is
refused in time, and a file's name is never believed. Pure; owns nothing. Sources: PNG third
edition, 11.2.1; ITU-T T.81 (JPEG), B.1 and B.2.2; RFC 9649 (WebP), 2.5 to 2.7.
"""

from typing import Final, NamedTuple

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_NO_FRAME: Final = (0xC4, 0xC8, 0xCC)
"""Of the JPEG markers C0 to CF those that begin no frame."""
_ALONE: Final = (0x01, *range(0xD0, 0xD9))
"""JPEG markers without a segment behind them."""


class PictureHeader(NamedTuple):
    """format: png, jpeg or webp. width, height: in pixels, as they are stored."""

    format: str
    width: int
    height: int


def header_of(data: bytes) -> PictureHeader | None:
    """None for what is no PNG, JPEG or WebP, or is cut off before its size."""
    try:
        if data.startswith(_PNG) and data[12:16] == b"IHDR":
            return PictureHeader("png", _big(data, 16, 4), _big(data, 20, 4))
        if data.startswith(_JPEG):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except IndexError:
        return None
    return None


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


def _piece(data: bytes, at: int, size: int) -> bytes:
    piece = data[at : at + size]
    if len(piece) < size:
        raise IndexError(at)
    return piece


def _big(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_piece(data, at, size), "big")


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_piece(data, at, size), "little")
