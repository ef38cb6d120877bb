"""The clip or photo that an avatar is made of, before it is made.

In: a client's name for a file, a path on this machine that it names, a descriptor. Out: a copy in
the task's own place. A path is opened only inside the folder that the settings name, whatever links
there are, and what was opened is what is looked at, so that nobody can change it in between. Runs
in threads of the supervisor; owns nothing.
"""

import os
import shutil
import stat
from pathlib import Path, PurePath
from typing import Final

from data.storage import storing
from runtime.errors import SourceForbidden

LONGEST_NAME: Final = 80
"""Bytes of UTF-8; a file's name may have 255."""
MOST_BYTES: Final = 4_000_000_000
"""Of a file of this machine."""
_LONGEST_ENDING: Final = 8
_AT_ONCE: Final = 1 << 20


def allowed_source(folder: Path, path: str) -> tuple[int, str]:
    """A descriptor of the file at `path`, seen from `folder`, and its name. SourceForbidden for
    what is not inside it, links followed, or no file."""
    home = folder.resolve()
    outside = SourceForbidden(
        f"video_path: {path[:200]!r} is no file inside the folder that may be read (setting "
        "video_folder)"
    )
    try:
        wanted = Path(os.path.realpath(home / path))
        if home not in wanted.parents:
            raise outside
        opened = os.open(wanted, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise outside from error
    try:
        _require_inside(opened, home, outside)
    except BaseException:
        os.close(opened)
        raise
    return opened, wanted.name


def _require_inside(opened: int, home: Path, outside: SourceForbidden) -> None:
    """Of what was opened: a folder on the way may have become a link since."""
    found = os.fstat(opened)
    really = Path(os.readlink(f"/proc/self/fd/{opened}"))
    if not stat.S_ISREG(found.st_mode) or home not in really.parents:
        raise outside
    if found.st_size > MOST_BYTES:
        raise SourceForbidden(f"video_path: has more than {MOST_BYTES // 10**9} GB")


def source_name(name: str) -> str:
    """A client's name for a file as one that a file can have; it stands in messages."""
    kept = "".join("_" if c in "/\\\0" or not c.isprintable() else c for c in name).strip(". ")
    if len(kept.encode()) > LONGEST_NAME:
        ending = PurePath(kept).suffix.encode()[:_LONGEST_ENDING]
        short = kept.encode()[: LONGEST_NAME - len(ending)] + ending
        kept = short.decode(errors="ignore")
    return kept or "upload"


def stored_source(source: int, path: Path) -> None:
    """A copy of what the descriptor holds. CannotStore where there is no room."""
    with (
        storing(path.parent),
        os.fdopen(os.dup(source), "rb") as given,
        path.open("wb") as kept,
    ):
        shutil.copyfileobj(given, kept, _AT_ONCE)
