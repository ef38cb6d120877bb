"""How malloc of an actor process gives memory back.

In: nothing. Out: nothing; two settings of this process's glibc (mallopt(3)). Called by the actors
whose sessions come with large blocks and go: ingest (sound) and egress (encoders). Owns nothing.

glibc takes large blocks straight from the kernel, and gives them back when they are freed. But each
that is freed raises the size from which it does so, up to 32 MB: soon an encoder's frames and a
sentence's sound come out of the heaps, where something small that lives on behind them keeps them
from the kernel for good. A process that serves many short sessions then grows for hours. Told
a size, glibc stays with it. Each large block then costs a system call and its pages' first touch,
which is why the compositor, with some for each picture, is better without (p95 of a tick at 720p:
4.4 ms, and 5.2 with it), and does not grow either: its blocks are the same all the time.
"""

import ctypes
from functools import cache
from typing import Final

M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
LARGE: Final = 128 * 1024
"""Bytes: glibc's own first value of both."""


@cache
def _libc() -> ctypes.CDLL:
    """Once: each that ctypes makes is garbage that only a collection frees."""
    return ctypes.CDLL(None)


def trim() -> None:
    """Give the kernel every free page of the heaps now (malloc_trim(3)): milliseconds in which no
    thread of the process can allocate. Does nothing where malloc is not glibc's."""
    try:
        malloc_trim = _libc().malloc_trim
    except AttributeError:
        return
    malloc_trim(0)


def give_back() -> None:
    """Have freed blocks of LARGE bytes and more go back to the kernel at once, for good.

    Does nothing where malloc is not glibc's: musl's has no such growing size."""
    try:
        mallopt = _libc().mallopt
    except AttributeError:
        return
    mallopt(M_MMAP_THRESHOLD, LARGE)
    mallopt(M_TRIM_THRESHOLD, LARGE)
