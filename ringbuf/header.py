"""The fixed header of a segment: what it is, and for a ring, of which layout.

In: a mapping and a layout. Out: the number of slots, or LayoutMismatch. Written once
by the maker before the descriptor is passed on, never again; read at every attach.
The layout table in ringbuf/PROTOCOL.md lists the offsets. Owns nothing.
"""

import mmap
import struct

from ringbuf import _ring
from ringbuf.errors import LayoutMismatch
from ringbuf.layout import NAME_BYTES, Layout

RING_MAGIC = b"RINGBUF1"
CONTROL_MAGIC = b"RINGCTL1"
_MAGIC = struct.Struct("=8s")
_RING = struct.Struct(f"=8sQQQQQ{NAME_BYTES}s")


def stride_of(layout: Layout) -> int:
    """Bytes from one slot to the next: a header line and the payload in whole lines."""
    lines = -(-layout.dtype.itemsize // _ring.SLOT_HEADER)
    return _ring.SLOT_HEADER * (1 + lines)


def ring_size(layout: Layout, slots: int) -> int:
    """Bytes of a ring's segment."""
    return _ring.FIRST_SLOT + slots * stride_of(layout)


def write_ring(memory: mmap.mmap, layout: Layout, slots: int) -> None:
    """Say in the segment what it holds."""
    _RING.pack_into(
        memory,
        0,
        RING_MAGIC,
        layout.digest,
        slots,
        layout.dtype.itemsize,
        stride_of(layout),
        ring_size(layout, slots),
        layout.name.encode(),
    )


def read_ring(memory: mmap.mmap, layout: Layout) -> int:
    """The number of slots, or LayoutMismatch that names both layouts."""
    _check_magic(memory, RING_MAGIC, _ring.FIRST_SLOT, "a ring")
    _, digest, slots, item_size, stride, size, raw = _RING.unpack_from(memory, 0)
    name = raw.rstrip(b"\0").decode(errors="replace")
    if (digest, item_size, stride) != (layout.digest, layout.dtype.itemsize, stride_of(layout)):
        raise LayoutMismatch(
            f"the ring holds {name!r} ({item_size} bytes, digest {digest:016x}), "
            f"the reader expects {layout}"
        )
    if slots < 1 or size != ring_size(layout, slots) or size > len(memory):
        raise LayoutMismatch(
            f"the ring of {name!r} says {slots} slots in {size} bytes, the segment has "
            f"{len(memory)}, the reader's {layout} needs {ring_size(layout, slots)}"
        )
    return int(slots)


def write_control(memory: mmap.mmap) -> None:
    """Say in the segment that it is a control block."""
    _MAGIC.pack_into(memory, 0, CONTROL_MAGIC)


def check_control(memory: mmap.mmap) -> None:
    """LayoutMismatch if the segment is no control block."""
    _check_magic(memory, CONTROL_MAGIC, _ring.CONTROL_SIZE, "a control block")


def _check_magic(memory: mmap.mmap, magic: bytes, least: int, what: str) -> None:
    found = bytes(memory[: len(magic)])
    if len(memory) < least or found != magic:
        raise LayoutMismatch(
            f"this is not {what}: {len(memory)} bytes beginning with {found!r}, "
            f"expected at least {least} beginning with {magic!r}"
        )
