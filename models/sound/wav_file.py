"""A WAV as people bring it: of a length that its writer did not know, or several in one file.

In: a seekable file that begins as a WAV. Out: a file that is one plain WAV with true lengths, for
FFmpeg, which reads a placeholder as hours and stops behind the first of joined ones. Nothing is
copied but headers. Raises as `models.sound.decode.open_sound` does. Owns nothing: the file is the
caller's.
"""

import io
import struct
from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, cast

from models.sound.errors import EmptySound, SoundFormatError, TruncatedSound
from models.sound.wav_layout import CHUNK_HEAD, START, START_BYTES, chunk_head, untold

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MOST_CHUNKS: Final = 1000
"""Real files have a dozen; a file made of empty ones must not keep us here."""
_MOST_PARTS: Final = 10_000
_MOST_FORMAT: Final = 4096
_PLAIN: Final = 16
_PLAIN_CODES: Final = (b"\1\0", b"\3\0")
"""Integers and floats."""
_STEP: Final = 1 << 20
_MOST_RIFF: Final = 0xFFFFFFFF


class _OneWav(NamedTuple):
    """One WAV: its format chunk, where its sound begins, and its length as claimed."""

    layout: bytes
    begin: int
    claimed: int


def plain_wav(file: BinaryIO, size: int) -> BinaryIO:
    """`file` itself where its header is true and alone, else a view of it that is plain."""
    first = _part(file, 0, size)
    end = first.begin + first.claimed
    if not untold(first.claimed, size - first.begin) and end + (end & 1) >= size:
        _whole(first, size)
        return file
    ends = [*_starts(file, first.begin), size]
    parts = [first, *(_part(file, *between) for between in pairwise(ends))]
    extents = [_extent(file, part, end) for part, end in zip(parts, ends, strict=True)]
    _same(parts)
    return _view(file, first.layout, [extent for extent in extents if extent[0] < extent[1]])


def _starts(file: BinaryIO, begin: int) -> list[int]:
    """Where further WAVs begin."""
    starts: list[int] = []
    at, kept = begin, b""
    file.seek(at)
    while piece := file.read(_STEP):
        seen = kept + piece
        starts.extend(at - len(kept) + found.start() for found in START.finditer(seen))
        at += len(piece)
        kept = seen[-(START_BYTES - 1) :]
    if len(starts) > _MOST_PARTS:
        raise SoundFormatError(f"the file is {len(starts)} WAV files; {_MOST_PARTS} are allowed")
    return starts


def _part(file: BinaryIO, start: int, end: int) -> _OneWav:
    """Read one WAV's chunks as far as its sound."""
    at, layout, long_size = start + START_BYTES, b"", 0
    for _ in range(_MOST_CHUNKS):
        if at + CHUNK_HEAD > end:
            break
        file.seek(at)
        name, length = chunk_head(file.read(CHUNK_HEAD))
        if name == b"ds64":
            long_size = struct.unpack("<QQ", file.read(16).ljust(16, b"\0"))[1]
        if name == b"fmt ":
            layout = file.read(min(length, _MOST_FORMAT))
        if name == b"data":
            return _OneWav(layout, at + CHUNK_HEAD, long_size or length)
        at += CHUNK_HEAD + length + (length & 1)
    raise TruncatedSound("the WAV file has no data chunk")


def _extent(file: BinaryIO, part: _OneWav, end: int) -> tuple[int, int]:
    """From where to where the part's sound goes, in whole frames."""
    empty = part.claimed == 0 and _only_chunk(file, part.begin, end)
    if empty or not untold(part.claimed, end - part.begin):
        _whole(part, end)
        end = part.begin + part.claimed
    frame = struct.unpack_from("<H", part.layout, 12)[0] if len(part.layout) >= 14 else 1
    return part.begin, end - (end - part.begin) % max(1, frame)


def _only_chunk(file: BinaryIO, begin: int, end: int) -> bool:
    """Whether all from `begin` to `end` is one more chunk: there is no sound at all."""
    file.seek(begin)
    head = file.read(CHUNK_HEAD)
    if begin + CHUNK_HEAD > end:
        return False
    name, length = chunk_head(head)
    return name.isalnum() and begin + CHUNK_HEAD + length + (length & 1) == end


def _whole(part: _OneWav, end: int) -> None:
    there = end - part.begin
    if part.claimed > there:
        raise TruncatedSound(
            f"the WAV file is cut short: its header tells of {part.claimed} bytes, "
            f"{there} are there"
        )


def _same(parts: list[_OneWav]) -> None:
    """Joined WAVs are played if they are alike: FFmpeg decodes one format at a time."""
    for number, part in enumerate(parts[1:], 2):
        if _essence(part.layout) != _essence(parts[0].layout):
            raise SoundFormatError(
                f"the file is {len(parts)} WAV files joined, and number {number} has another "
                "format than the first (rate, channels or samples); send each by itself"
            )


def _essence(layout: bytes) -> bytes:
    """What FFmpeg has to know: plain formats may be told at three lengths."""
    return layout[:_PLAIN] if layout[:2] in _PLAIN_CODES else layout


def _view(file: BinaryIO, layout: bytes, extents: list[tuple[int, int]]) -> BinaryIO:
    total = sum(end - begin for begin, end in extents)
    if not total:
        raise EmptySound("the sound has no samples")
    chunks = b"fmt " + struct.pack("<I", len(layout)) + layout + b"\0" * (len(layout) & 1)
    claimed = min(total, _MOST_RIFF - len(chunks) - 12)
    data = b"data" + struct.pack("<I", claimed)
    riff = b"RIFF" + struct.pack("<I", 4 + len(chunks) + len(data) + claimed) + b"WAVE"
    return cast("BinaryIO", io.BufferedReader(_Splice(file, riff + chunks + data, extents)))


class _Splice(io.RawIOBase):
    """A header, and extents of a file behind it, read as one file."""

    def __init__(self, file: BinaryIO, header: bytes, extents: list[tuple[int, int]]) -> None:
        super().__init__()
        self._file = file
        self._header = header
        self._begins = [begin for begin, _ in extents]
        lengths = [end - begin for begin, end in extents]
        self._edges = [len(header), *accumulate(lengths, initial=len(header))][1:]
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._edges[-1]}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._piece(len(view))
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _piece(self, most: int) -> bytes:
        if self._at < len(self._header):
            return self._header[self._at : self._at + most]
        number = bisect_right(self._edges, self._at) - 1
        if number >= len(self._begins):
            return b""
        self._file.seek(self._begins[number] + self._at - self._edges[number])
        return self._file.read(min(most, self._edges[number + 1] - self._at))
