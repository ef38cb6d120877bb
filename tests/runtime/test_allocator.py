"""Large blocks go back to the kernel, in a process of its own: the setting is for good."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys
from runtime import allocator

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost")]

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.mallinfo2.restype = Info
if sys.argv[1] == "told":
    allocator.give_back()
SIZE = 8 << 20
libc.free(libc.malloc(SIZE))
before = libc.mallinfo2().hblkhd
block = libc.malloc(SIZE - 4096)
print(libc.mallinfo2().hblkhd - before >= SIZE - 4096)
"""


HOLES = """
import ctypes
from pathlib import Path
from runtime import allocator

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
blocks = [libc.malloc(100_000) for _ in range(1000)]
for block in blocks:
    ctypes.memset(block, 1, 100_000)
for number, block in enumerate(blocks):
    if number % 20:
        libc.free(block)
full = resident()
allocator.trim()
print(full - resident())
"""
"""Every 20th block stays: the heap's end cannot sink."""


def test_free_pages_between_blocks_that_stay_go_back() -> None:
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 80_000


@pytest.mark.parametrize(("told", "from_the_kernel"), [("told", "True"), ("untold", "False")])
def test_a_large_block_comes_from_the_kernel_however_many_were_freed(
    told: str, from_the_kernel: str
) -> None:
    """Untold, glibc takes the second one out of a heap: if it stops to, `give_back` can go."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, told], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == from_the_kernel
