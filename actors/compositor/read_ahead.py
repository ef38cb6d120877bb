"""A clip's files brought into memory before its first tick, so that none waits for a disk.

In: a mapped clip. Out: nothing; the kernel's page cache holds its frames, for every process. Called
in a thread of the compositor, when a session opens; owns nothing.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from data.clip import Clip
from data.units import TICKS_PER_SECOND

FIRST: Final = TICKS_PER_SECOND
"""Frames of the loop that are waited for; the others come while these are played."""


def read_ahead(clip: Clip) -> None:
    """Read the loop's first second, and have the kernel read the rest (posix_fadvise(2))."""
    for path, array in _mapped(clip):
        with path.open("rb", buffering=0) as file:
            size = array.nbytes // max(1, len(array))
            buffer = bytearray(size)
            for frame in clip.loop[:FIRST].tolist():
                file.seek(array.offset + frame * size)
                file.readinto(buffer)
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)


def _mapped(clip: Clip) -> Iterator[tuple[Path, np.memmap]]:
    """The files that have a part for each frame."""
    each = (clip.frames, clip.clear, clip.mask if clip.mask.ndim == 3 else None)
    for array in each:
        if isinstance(array, np.memmap) and array.filename is not None:
            yield Path(array.filename), array
