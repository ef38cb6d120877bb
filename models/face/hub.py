"""Weights from the hub: fetched, resumed, and kept only when their hash is the published one.

In: a file of a repository at a revision. Out: that file at its place in the folder of
weights. Runs in the command's process; needs huggingface_hub. Owns the partial file beside
the target, `.NAME.DIGEST.part`, which a later pull continues: huggingface_hub 2 itself throws
partial files away when a download fails.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

from data.storage import require_writable
from models.face.hub_line import HubError, Published, Remote, Tell, ask, download, explained

State = Literal["fetched", "continued", "there already", "kept"]
_MB: Final = 1_000_000


class Pulled(NamedTuple):
    """A file that is at its place, with the published hash; a `kept` one was not compared."""

    path: Path
    size: int
    state: State


def pull(remote: Remote, target: Path, tell: Tell, *, replace: bool = False) -> Pulled:
    """Bring a file of the hub to `target`; nothing is fetched when it is there already.

    A fetch that was cut short goes on where it ended. HubError: huggingface_hub is missing,
    the hub cannot be reached or refuses, the disk is full, the bytes have another hash (then
    they are removed), another file is at `target` (unless `replace`), or another pull of this
    file is running.
    """
    if find_spec("huggingface_hub") is None:
        raise HubError("pulling needs huggingface_hub: pip install 'ringtalk[neural]'")
    with explained(remote):
        if not target.is_file():
            require_writable(target.parent)
        published = ask(remote)
        if target.is_file():
            if published.fits(target, partial(tell, f"checking {target.name}")):
                return Pulled(target, published.size, "there already")
            if not replace:
                raise HubError(f"{target}: another file is there already; --replace replaces it")
        return _fetch(remote, published, target, tell)


def _fetch(remote: Remote, published: Published, target: Path, tell: Tell) -> Pulled:
    require_writable(target.parent)
    part = target.with_name(f".{target.name}.{published.digest[:16]}.part")
    for old in target.parent.glob(f".{target.name}.*.part"):
        if old != part:
            old.unlink()
    with _locked(part) as file:
        had = file.seek(0, os.SEEK_END)
        if had > published.size:
            file.truncate(0)
            had = file.seek(0)
        _require_space(target.parent, published.size - had)
        download(remote, published, file, had, tell)
        os.fsync(file.fileno())
        got = published.digest_of(part, partial(tell, f"checking {target.name}"))
        if got != published.digest:
            part.unlink()
            raise HubError(
                f"{target.name} of {remote.repository}: its hash is {got}, the hub publishes "
                f"{published.digest}: removed; pull it again, or try another HF_ENDPOINT"
            )
        part.replace(target)
    return Pulled(target, published.size, "continued" if had else "fetched")


@contextmanager
def _locked(part: Path) -> Iterator[BinaryIO]:
    """The partial file, open for this process alone."""
    with open(os.open(part, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HubError(f"{part}: another pull is writing it; wait for its end") from error
        yield file


def _require_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise HubError(
            f"{folder}: {needed // _MB} MB are needed, {free // _MB} MB are free; make room, or "
            "set cache_dir to a larger disk"
        )
