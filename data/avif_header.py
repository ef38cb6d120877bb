"""Which picture of the ISO base media family a file holds, and how large it says it is.

In: a file's first bytes. Out: its brands; of an AVIF its size. Pure; owns nothing. Sources: ISO/IEC
14496-12, 4.3 (`ftyp`), 8.11 (`meta`), 23008-12, 6.5.3 (`ispe`); AVIF 1.1, 6.
"""

from collections.abc import Iterator
from typing import Final

AVIF: Final = frozenset({b"avif", b"avis"})
HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MOST_BRANDS: Final = 64
_MOST_BOXES: Final = 4096
_SIZE_BYTES: Final = 12


def brands_of(data: bytes) -> frozenset[bytes]:
    """The major brand and the compatible ones; none if it is no such file."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(data[:4], "big"), len(data), 16 + 4 * _MOST_BRANDS)
    return frozenset(data[at : at + 4] for at in (8, *range(16, end - 3, 4)))


def avif_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of the largest picture that an AVIF names; None if it names none.

    A picture that is made of tiles has a size of its own, larger than theirs."""
    sizes = [
        (int.from_bytes(ispe[4:8], "big"), int.from_bytes(ispe[8:12], "big"))
        for meta in _boxes(data, b"meta")
        for properties in _boxes(meta[4:], b"iprp")
        for each in _boxes(properties, b"ipco")
        for ispe in _boxes(each, b"ispe")
        if len(ispe) >= _SIZE_BYTES
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _boxes(data: bytes, kind: bytes) -> Iterator[bytes]:
    """What is inside the boxes of a kind, one after another on this level."""
    at = 0
    for _ in range(_MOST_BOXES):
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = len(data) - at
        if size < head or at + head > len(data):
            return
        if data[at + 4 : at + 8] == kind:
            yield data[at + head : at + size]
        at += size
