"""The pictures that people bring to stand in front of.

In: an uploaded file, and what a client wants behind the person. Out: a picture's id, and what the
actors are told. A picture is checked by its bytes, decoded in a thread, one at a time, made as
small as it can be shown, and stored anew as JPEG under the digest of what was uploaded; of the
upload itself nothing is kept. What is transparent is seen over the built-in people's grey. At most
`MOST_KEPT` stay: the one that was not used for longest goes, unless a session shows it. Runs in
the supervisor's process; owns the folder.
"""

import asyncio
import os
import re
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.colour import is_colour
from data.picture_file import BadPicture, decoded
from data.picture_header import ALLOWED, foreign_picture, header_of
from data.staging import staged_file
from data.storage import CannotStore
from data.transparency import flattened
from runtime.errors import (
    BadBackground,
    PictureTooLarge,
    StorageFailed,
    UnknownBackground,
    UnreadablePicture,
)

MAX_MB: Final = 8
LEAST_SIDE, LONGEST_SIDE = 16, 4096
MOST_KEPT: Final = 64
SHOWN_SIDE: Final = 1920
"""The shorter side of what is stored: no picture of a session needs more."""
QUALITY: Final = 95
DIGEST_BYTES: Final = 16
_ID: Final = re.compile(rf"[0-9a-f]{{{2 * DIGEST_BYTES}}}")


class BackgroundStore:
    """The pictures in one folder, which is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._decoder = ThreadPoolExecutor(1, "background")

    async def keep(self, data: bytes, used: Collection[str]) -> str:
        """The id of an uploaded picture. used: backgrounds that sessions show, as `wanted` gave
        them; they are not thrown away.

        Raises UnreadablePicture, PictureTooLarge, BadBackground, StorageFailed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._decoder, self._keep, data, frozenset(used))

    async def wanted(self, background: str) -> str:
        """As the actors are told (runtime.messages.SessionSpec): "", #rrggbb, or a picture's path.

        Raises BadBackground, UnknownBackground."""
        if not background or is_colour(background):
            return background
        if not _ID.fullmatch(background):
            raise BadBackground(
                f"background: {background[:80]!r} is neither a colour such as #204060 nor the id "
                "of a picture (POST /backgrounds gives one)"
            )
        return await asyncio.to_thread(self._found, background)

    def _found(self, key: str) -> str:
        path = self._path(key)
        try:
            os.utime(path)
        except FileNotFoundError as error:
            raise UnknownBackground(
                f"no background picture has the id {key!r} (any more); POST /backgrounds keeps "
                f"the newest {MOST_KEPT}"
            ) from error
        return str(path)

    def _keep(self, data: bytes, used: frozenset[str]) -> str:
        key = blake2b(data, digest_size=DIGEST_BYTES).hexdigest()
        path = self._path(key)
        if path.exists():
            with suppress(OSError):  # a folder that is read only keeps what it has
                os.utime(path)
            return key
        _, stored = cv2.imencode(".jpg", _shown(data), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        try:
            with staged_file(path) as part:
                part.write_bytes(stored.tobytes())
        except CannotStore as error:
            raise StorageFailed(str(error)) from error
        self._tidy({*used, str(path)})
        return key

    def _tidy(self, used: Collection[str]) -> None:
        kept = sorted(self._folder.glob("*.jpg"), key=lambda path: path.stat().st_mtime_ns)
        for path in kept[: max(0, len(kept) - MOST_KEPT)]:
            if str(path) not in used:
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.jpg"


def _shown(data: bytes) -> NDArray[np.uint8]:
    """The picture, BGR, upright, no larger than a session can show it."""
    if len(data) > MAX_MB * 1_000_000:
        raise PictureTooLarge(f"file: is larger than {MAX_MB} MB")
    header = header_of(data)
    if header is None:
        foreign = foreign_picture(data)
        found = f"is {foreign}, which is not read; save it as" if foreign else "is no"
        raise UnreadablePicture(f"file: {found} {ALLOWED}")
    width, height = header.width, header.height
    if max(width, height) > LONGEST_SIDE:
        raise PictureTooLarge(
            f"file: is {width} x {height}, a side may have {LONGEST_SIDE} pixels at most"
        )
    if min(width, height) < LEAST_SIDE:
        raise BadBackground(
            f"file: is {width} x {height}, a side needs {LEAST_SIDE} pixels at least"
        )
    try:
        pixels = decoded(data, (LONGEST_SIDE, SHOWN_SIDE))
    except BadPicture as error:
        name = header.format.upper()
        raise UnreadablePicture(f"file: begins as {name}, but {error}") from error
    return flattened(pixels)
