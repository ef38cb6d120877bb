"""A multipart upload (RFC 7578), streamed straight into a memfd.

In: the request's body as it arrives. Out: an `Upload`: an anonymous file of the kernel's
(memfd_create(2)) and the small fields beside it. Runs in the supervisor's event loop:
each piece is parsed and copied once, nothing waits on a disk or a thread. Fields may come
before or after the file. Past the limit nothing more is kept.
Owns the memfd until `Upload.take` hands it on; `close` frees it.
"""

import os
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, Self

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from runtime.errors import PictureTooLarge, QueueFull, RingtalkError, SoundTooLong

FILE_FIELD: Final = "file"
MEGABYTE: Final = 1_000_000

_FIELD_BYTES: Final = 4096
_FIELDS: Final = 32
_NAME_CHARACTERS: Final = 120
_OVERHEAD: Final = 256 * 1024
"""Room for boundaries, headers and other fields, beside the file."""


@dataclass(frozen=True, slots=True)
class UploadKind:
    """What is uploaded, for messages. limit: where its limit comes from, if that can be changed.
    too_large: raised past the limit. reads: the fields that are read beside the file; of others
    that are long nothing is kept. field: the file's. needed: whether there must be one."""

    what: str
    limit: str
    too_large: type[RingtalkError]
    reads: Collection[str] = ()
    field: str = FILE_FIELD
    needed: bool = True


SETTING: Final = " (setting max_upload_mb)"
SOUND: Final = UploadKind("the sound", SETTING, SoundTooLong, ("sessionid", "interrupt"))
PICTURE: Final = UploadKind("the picture", "", PictureTooLarge)


class UploadGate:
    """How many uploads are being received at once; more are refused, not queued."""

    def __init__(self, places: int, what: str = "uploads are being received") -> None:
        self._places = places
        self._what = what
        self._taken = 0

    def __enter__(self) -> Self:
        if self._taken >= self._places:
            raise QueueFull(f"{self._places} {self._what} already; try again soon")
        self._taken += 1
        return self

    def __exit__(self, *exc: object) -> None:
        self._taken -= 1


@dataclass(slots=True)
class Upload:
    """What a form held: `fields` by name, the file's client-side `name`, its `size` in bytes."""

    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    size: int = 0
    found: bool = False
    _fd: int = field(default_factory=lambda: os.memfd_create("upload"))

    def write(self, piece: memoryview) -> None:
        """Append to the file."""
        while piece:
            written = os.write(self._fd, piece)
            self.size += written
            piece = piece[written:]

    def take(self) -> int:
        """The memfd, at offset 0; whoever takes it closes it."""
        fd, self._fd = self._fd, -1
        os.lseek(fd, 0, os.SEEK_SET)
        return fd

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    value: bytearray = field(default_factory=bytearray)
    is_file: bool = False


class _Form:
    """The parser's callbacks: parts of the form, into an `Upload`."""

    def __init__(self, upload: Upload, boundary: bytes, limit: int, goods: UploadKind) -> None:
        self._upload = upload
        self._goods = goods
        self._limit = limit
        self._part = _Part()
        self._header = bytearray()
        self._header_value = bytearray()
        self.complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._collect(self._header),
                "on_header_value": self._collect(self._header_value),
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._complete,
            },
        )

    def feed(self, piece: bytes) -> None:
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise HTTPException(400, f"the multipart body is malformed: {error}") from error

    @staticmethod
    def _collect(into: bytearray) -> Callable[[bytes, int, int], None]:
        def collect(data: bytes, start: int, end: int) -> None:
            into.extend(data[start:end])

        return collect

    def _begin(self) -> None:
        self._part = _Part()

    def _header_end(self) -> None:
        self._part.headers[bytes(self._header).lower()] = bytes(self._header_value)
        self._header.clear()
        self._header_value.clear()

    def _headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get(b"content-disposition"))
        if b"name" not in options:
            raise HTTPException(400, "a part of the form has no name in its Content-Disposition")
        part.name = options[b"name"].decode(errors="replace")
        part.is_file = part.name == self._goods.field
        if not part.is_file:
            return
        if self._upload.found:
            raise HTTPException(422, f"more than one part is named {part.name!r}; send one")
        self._upload.found = True
        self._upload.name = _display_name(options.get(b"filename", b""))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.is_file:
            if self._upload.size + end - start > self._limit:
                raise _too_large(self._limit, self._goods)
            self._upload.write(memoryview(data)[start:end])
        elif len(self._part.value) + end - start <= _FIELD_BYTES:
            self._part.value += data[start:end]
        elif self._part.name in self._goods.reads:
            raise HTTPException(
                413, f"the field {self._part.name!r} is longer than {_FIELD_BYTES} bytes"
            )

    def _end(self) -> None:
        if self._part.is_file:
            return
        if len(self._upload.fields) >= _FIELDS:
            raise HTTPException(413, f"the form has more than {_FIELDS} fields")
        self._upload.fields[self._part.name] = self._part.value.decode(errors="replace")

    def _complete(self) -> None:
        self.complete = True


async def receive(
    headers: Headers,
    stream: AsyncIterator[bytes],
    upload: Upload,
    max_mb: int,
    goods: UploadKind = SOUND,
) -> None:
    """Read the whole body of `stream` into `upload`; its file has at most `max_mb` MB.

    Raises what `goods` says past that (413), and HTTPException: 415 for another Content-Type,
    400 for a malformed or cut body, 422 where there is no file, 413 for an absurd form. What
    the client still sends after a refusal is read and dropped by uvicorn, so that it lives to
    see the answer.
    """
    limit = max_mb * MEGABYTE
    boundary = _boundary(headers)
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit + _OVERHEAD:
        raise _too_large(limit, goods)
    form = _Form(upload, boundary, limit, goods)
    taken = 0
    async for piece in stream:
        taken += len(piece)
        if taken > limit + _OVERHEAD:
            raise _too_large(limit, goods)
        form.feed(piece)
    if not form.complete:
        raise HTTPException(400, "the multipart body ends before its closing boundary")
    if goods.needed and not upload.found:
        raise HTTPException(422, f"{goods.field}: field required ({goods.what}, as a file)")


def _boundary(headers: Headers) -> bytes:
    kind, options = parse_options_header(headers.get("content-type"))
    if kind != b"multipart/form-data":
        given = kind.decode(errors="replace")
        raise HTTPException(415, f"Content-Type is {given!r}; allowed: multipart/form-data")
    if not options.get(b"boundary"):
        raise HTTPException(400, "Content-Type names no multipart boundary")
    return options[b"boundary"]


def _display_name(raw: bytes) -> str:
    """The client's name for the file, fit to stand in a message; never a path."""
    name = PurePosixPath(raw.decode(errors="replace").replace("\\", "/")).name
    return "".join(c if c.isprintable() else "?" for c in name)[:_NAME_CHARACTERS] or "upload"


def _too_large(limit: int, goods: UploadKind) -> RingtalkError:
    return goods.too_large(
        f"the file is larger than {limit // MEGABYTE} MB{goods.limit}; nothing of it was kept"
    )
