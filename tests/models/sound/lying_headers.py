"""Sounds whose header tells another length than the sound has."""

import struct
from collections.abc import Callable
from typing import Final

Lie = Callable[[bytes, float], bytes]


def flac(data: bytes, seconds: float) -> bytes:
    """STREAMINFO's total of samples (RFC 9639, 8.2): 36 bits; at 48 kHz."""
    told = bytearray(data)
    at = 8 + 13
    count = int(seconds * 48_000)
    told[at] = (told[at] & 0xF0) | count >> 32
    told[at + 1 : at + 5] = struct.pack(">I", count & 0xFFFFFFFF)
    return bytes(told)


def mp3(data: bytes, seconds: float) -> bytes:
    """The info frame's number of frames, of 1152 samples; at 48 kHz."""
    told = bytearray(data)
    at = max(told.find(b"Info"), told.find(b"Xing")) + 8
    told[at : at + 4] = struct.pack(">I", int(seconds * 48_000) // 1152)
    return bytes(told)


def ogg(data: bytes, seconds: float) -> bytes:
    """The last page's granule position (RFC 3533, 6), with the checksum that belongs to it."""
    told = bytearray(data)
    at = told.rfind(b"OggS")
    told[at + 6 : at + 14] = struct.pack("<q", int(seconds * 48_000))
    told[at + 22 : at + 26] = bytes(4)
    told[at + 22 : at + 26] = struct.pack("<I", _checksum(bytes(told[at:])))
    return bytes(told)


def webm(data: bytes, seconds: float) -> bytes:
    """Info's Duration (RFC 9559, 5.1.2), in milliseconds."""
    told = bytearray(data)
    at = told.find(b"\x44\x89\x88") + 3
    told[at : at + 8] = struct.pack(">d", seconds * 1000)
    return bytes(told)


def _checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


LIES: Final[dict[str, tuple[str, str, Lie]]] = {
    "FLAC": ("flac", "flac", flac),
    "MP3": ("mp3", "libmp3lame", mp3),
    "Ogg": ("ogg", "libopus", ogg),
    "WebM": ("webm", "libopus", webm),
}
"""By container: how it is encoded, and how it is made to lie."""
