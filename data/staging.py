"""What is written whole or not at all: a folder or a file that appears under its name at the end.

In: where it belongs. Out: a hidden place beside that to write to. Runs wherever avatars and
weights are written. A hidden place is held by a lock as long as its process lives; one that
nobody holds (its owner was killed) goes when the next is made in the same folder. What is removed
while somebody uses it stays in such a place until nobody does.
"""

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from data.storage import storing

_UNFINISHED: Final = ".unfinished-"
_REPLACED: Final = ".replaced-"
_REMOVED: Final = ".removed-"
_TOKEN_BYTES: Final = 4
_REPLACED_NAME: Final = re.compile(rf"{re.escape(_REPLACED)}(.+)-[0-9a-f]{{{2 * _TOKEN_BYTES}}}")
_REMOVED_NAME: Final = re.compile(rf"{re.escape(_REMOVED)}(.+)-[0-9a-f]{{{2 * _TOKEN_BYTES}}}")
_YOUNG_SECONDS: Final = 60
"""What is younger may not have been locked yet."""


@contextmanager
def scratch(home: Path, name: str) -> Iterator[Path]:
    """An empty hidden folder in `home`, gone at the end if it is still there; CannotStore if
    `home` cannot be written to."""
    with storing(home):
        home.mkdir(parents=True, exist_ok=True)
        sweep(home)
        folder = _hidden(home, name)
        folder.mkdir()
        try:
            with _held(folder):
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `folder` at the end, if nothing was raised.

    Until then `folder` stays what it is; whatever happens, nothing else is left."""
    with scratch(folder.parent, folder.name) as new:
        yield new
        _swap(new, folder)


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """An empty file, its ending `target`'s, that takes the place of `target` at the end, if
    nothing was raised; else it goes. CannotStore if its folder cannot be written to."""
    with storing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent)
        new = _hidden(target.parent, target.stem, target.suffix)
        new.touch(exist_ok=False)
        try:
            with _held(new):
                yield new
            new.replace(target)
        finally:
            new.unlink(missing_ok=True)


def removed(folder: Path) -> "RemovedFolder":
    """Take a folder away from under its name; see `RemovedFolder`. CannotStore if that is not
    possible; FileNotFoundError if there is none."""
    with storing(folder.parent):
        gone = _hidden(folder.parent, folder.name, prefix=_REMOVED)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            folder.rename(gone)
        except BaseException:
            os.close(descriptor)
            raise
    return RemovedFolder(gone, descriptor)


class RemovedFolder:
    """A folder whose name is free again, kept at `path` for those that still use it.

    It goes with `close`, or, when its owner was killed, with the next `sweep`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def close(self) -> None:
        """Remove it; who has its files mapped keeps them."""
        _delete(self.path)
        os.close(self._descriptor)


def is_removed(name: str) -> bool:
    """Whether a folder's name is that of a `RemovedFolder`."""
    return _REMOVED_NAME.fullmatch(name) is not None


def name_before(name: str) -> str:
    """What a folder was called before it was `removed`; any other name as it is."""
    found = _REMOVED_NAME.fullmatch(name)
    return found[1] if found else name


def sweep(home: Path) -> None:
    """Remove what killed processes left in `home`; what one was about to replace comes back."""
    for path in home.glob(f"{_REPLACED}*"):
        found = _REPLACED_NAME.fullmatch(path.name)
        if found is not None and _is_left(path):
            name = home / found[1]
            if name.exists():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.rename(name)
    for path in [*home.glob(f"{_UNFINISHED}*"), *home.glob(f"{_REMOVED}*")]:
        if _is_left(path):
            _delete(path)


def _delete(path: Path) -> None:
    """A folder with all that is in it, a file, or a link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _hidden(home: Path, name: str, suffix: str = "", prefix: str = _UNFINISHED) -> Path:
    return home / f"{prefix}{name}-{secrets.token_hex(_TOKEN_BYTES)}{suffix}"


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Locked, where the file system can; where it cannot, nobody else can lock it either."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_left(path: Path) -> bool:
    """Whether its owner is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return time.time() - os.fstat(descriptor).st_mtime > _YOUNG_SECONDS
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _swap(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`; who has the old one mapped keeps it."""
    if not folder.exists():
        new.rename(folder)
        return
    old = _hidden(folder.parent, folder.name, prefix=_REPLACED)
    with _held(folder):
        folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            old.rename(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)
