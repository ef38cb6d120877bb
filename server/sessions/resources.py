"""What a session takes of the machine, and whether there is as much left.

In: the processes that would hold it. Out: what is missing, in words. Runs in the supervisor's
process, and in `ringtalk doctor`'s; owns nothing.
"""

import os
import resource
from collections.abc import Iterable
from pathlib import Path
from typing import Final

SESSION_DESCRIPTORS: Final = 40
"""Of one process at most: its ends of the rings, and the session's sockets."""
OPENING_DESCRIPTORS: Final = 64
"""Of one process while a session opens: those that came with the messages are there as well."""
PROCESS_DESCRIPTORS: Final = 64
"""Of one process without a session, with some clients at the API."""
SESSION_BYTES: Final = 10_000_000
"""Of shared memory: the rings of a session at 720p, which has the largest built-in pictures."""
SHARED_MEMORY: Final = Path("/dev/shm")


def descriptors_for(sessions: int) -> int:
    """What `ulimit -n` should be at least."""
    return PROCESS_DESCRIPTORS + sessions * SESSION_DESCRIPTORS


def shortage_of(processes: Iterable[int]) -> str:
    """Why another session could not begin, "" if it could. processes: their ids."""
    for pid in processes:
        free = _free_descriptors(pid)
        if free < OPENING_DESCRIPTORS:
            return (
                f"a process has {max(0, free)} descriptors left and a session needs "
                f"{OPENING_DESCRIPTORS} to begin (ulimit -n)"
            )
    room = _free_shared_memory()
    if room < SESSION_BYTES:
        return (
            f"the shared memory has {room / 1e6:.1f} MB left and a session needs "
            f"{SESSION_BYTES / 1e6:.0f} MB"
        )
    return ""


def _free_descriptors(pid: int) -> int:
    """A process that is gone lacks nothing: it is another's matter."""
    try:
        limit, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        return limit - len(os.listdir(f"/proc/{pid}/fd"))
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return OPENING_DESCRIPTORS
    except OSError:
        return 0  # there is none left to look with


def _free_shared_memory() -> int:
    space = os.statvfs(SHARED_MEMORY)
    return space.f_bavail * space.f_frsize
