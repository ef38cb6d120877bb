"""Single-producer single-consumer rings of fixed-size frames in shared memory.

Knows nothing of sound, pictures or actors: a slot is whatever its layout says.
`PROTOCOL.md` beside this file has the protocol. Runs in every process.
"""

from ringbuf.control import WORDS, Control
from ringbuf.errors import LayoutMismatch, RingClosed
from ringbuf.layout import Layout
from ringbuf.ring import Counters, Handles, Ring
from ringbuf.sides import Consumer, Producer, Slot

__all__ = [
    "WORDS",
    "Consumer",
    "Control",
    "Counters",
    "Handles",
    "Layout",
    "LayoutMismatch",
    "Producer",
    "Ring",
    "RingClosed",
    "Slot",
]
