"""How many files a process holds open: for tests that look for a leak."""

import gc
import os


def open_files(pid: int | str = "self") -> int:
    """The count of its descriptors. Garbage of earlier tests is collected first: a socket
    that goes with it in the middle of a test would look like one that was closed twice."""
    if pid == "self":
        gc.collect()
    return len(os.listdir(f"/proc/{pid}/fd"))
