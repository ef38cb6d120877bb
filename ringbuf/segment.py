"""Shared memory without a name: made, unlinked at once, known only by its descriptor.

In: a size, or a descriptor that another process made. Out: a descriptor and a mapping.
Runs in every process. The caller owns what is returned; a mapping goes when the last
view of it goes, since numpy views may outlive the ring that made them.
"""

import errno
import mmap
import os
from contextlib import suppress

import posix_ipc


def create(size: int) -> int:
    """A new zeroed segment of `size` bytes; returns its descriptor (close-on-exec).

    The memory is committed here, so that a full /dev/shm is an OSError now and not a
    SIGBUS at the first write (tmpfs(5), posix_fallocate(3)).
    """
    try:
        shared = posix_ipc.SharedMemory(None, posix_ipc.O_CREX)
    except OSError as error:  # posix_ipc gives these two as a text, without a number
        full = errno.ENFILE if "system limit" in str(error) else errno.EMFILE
        raise OSError(error.errno or full, str(error)) from error
    shared.unlink()
    fd: int = shared.fd
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as error:
        os.close(fd)
        raise OSError(
            error.errno, f"/dev/shm has no room for a segment of {size} bytes: {error.strerror}"
        ) from error
    return fd


def attach(fd: int) -> mmap.mmap:
    """Map the whole segment for reading and writing. Raises ValueError if it is empty."""
    return mmap.mmap(fd, 0)


def let_go(memory: mmap.mmap) -> None:
    """Unmap now, or, if views of it are still alive, with the last of them."""
    with suppress(BufferError):
        memory.close()
