"""Which recordings of this machine a request may name: those in one folder, and no other file.

In: the folder of the settings and a request's name for a recording. Out: its path, or None. Reads
directories; owns nothing.
"""

from pathlib import Path, PurePath
from typing import Final

SUFFIXES: Final = (".aac", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav", ".webm")
"""Of files that are sound; nothing else is read, whatever the folder holds."""
DATA: Final = "data:"


def is_recording(name: str) -> bool:
    """Whether it looks like a recording rather than like a voice's name."""
    there = "://" in name or "/" in name or "\\" in name
    return name.startswith(DATA) or there or PurePath(name).suffix.lower() in SUFFIXES


def recording_in(folder: str, name: str) -> Path | None:
    """The file of this name, relative to `folder` or a path in it, with all links followed.

    None where there is no folder, the file lies elsewhere, is none, or is no sound by its name.
    """
    if not folder or PurePath(name).suffix.lower() not in SUFFIXES:
        return None
    try:
        root = Path(folder).resolve()
        path = (root / name).resolve()
        found = path.is_relative_to(root) and path.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL in it, links in a circle
        return None
    return path if found and path.suffix.lower() in SUFFIXES else None
