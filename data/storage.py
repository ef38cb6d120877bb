"""A folder that cannot be written to, said in one line: which, why, and what is needed.

In: a folder, and what is written there. Out: the same, or `CannotStore`. Runs wherever avatars,
weights or pictures are stored; owns nothing.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

_MB: Final = 1_000_000
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_UNUSABLE: Final = (
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ENOENT,
    errno.ELOOP,
    errno.ENAMETOOLONG,
)


class CannotStore(OSError):
    """A folder is full, read-only, or no folder; the message names it and what is needed."""


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """CannotStore for what goes wrong in the block because `folder` cannot be written to."""
    try:
        yield
    except CannotStore:
        raise
    except OSError as error:
        if not _is_of(error, folder):
            raise
        raise CannotStore(_said(folder, error)) from error


def require_writable(folder: Path) -> None:
    """Make the folder, and write a little there; CannotStore if that is not possible."""
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, 4096)


def reserve(file: BinaryIO, needed: int) -> None:
    """Give an open file its room, so many bytes. OSError says how much is lacking."""
    if not needed:
        return
    try:
        os.posix_fallocate(file.fileno(), 0, needed)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EINVAL):  # a file system that cannot
            return
        if error.errno not in _FULL:
            raise
        space = os.fstatvfs(file.fileno())
        free = space.f_bavail * space.f_frsize
        raise OSError(
            error.errno, f"{needed / _MB:.1f} MB are needed, {free / _MB:.1f} MB are free"
        ) from error


def reserved(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A mapped `.npy` file of zeros that has all its room already; see `reserve`. (Writing to a
    map of a file without room would end the process.)"""
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    with path.open("r+b") as file:
        reserve(file, array.offset + array.nbytes)
    return array


def _is_of(error: OSError, folder: Path) -> bool:
    """Whether the folder is what is wrong, and not a file that is read from elsewhere."""
    if error.errno in _FULL:
        return True
    named = error.filename
    if error.errno not in _UNUSABLE or not isinstance(named, str | bytes):
        return False
    path = Path(os.fsdecode(named))
    inside = folder in path.parents and error.errno != errno.ENOENT
    return inside or path == folder or path in folder.parents


def _said(folder: Path, error: OSError) -> str:
    cause = (
        "is no folder"
        if error.errno in (errno.ENOTDIR, errno.EEXIST)
        else (f"cannot be written to ({error.strerror})")
    )
    return (
        f"{folder}: {cause}; what is prepared or fetched is kept there: make it a folder that can "
        "be written to and has room, or set cache_dir (or XDG_CACHE_HOME) to one"
    )
