"""A session's control block: its epoch, and a few words for whoever shares it.

In: nothing, or a descriptor passed by the maker. Out: an epoch that only grows and
32 words of 64 bits to which this package gives no meaning. Runs in every process of
a session. Owns one descriptor and one mapping; `close()` frees both.
"""

import mmap
import os

from ringbuf import _ring, header, segment
from ringbuf.errors import LayoutMismatch

WORDS = _ring.WORDS


class Control:
    """One per session; made by the supervisor, attached by every actor."""

    __slots__ = ("_core", "_fd", "_memory")

    def __init__(self, fd: int, memory: mmap.mmap) -> None:
        self._fd = fd
        self._memory: mmap.mmap | None = memory
        self._core = _ring.Control(memory)

    @classmethod
    def create(cls) -> "Control":
        """A new block in its own segment: epoch 0, all words 0. Raises OSError."""
        fd = segment.create(_ring.CONTROL_SIZE)
        try:
            memory = segment.attach(fd)  # takes a second descriptor of its own
        except BaseException:
            os.close(fd)
            raise
        header.write_control(memory)
        return cls(fd, memory)

    @classmethod
    def attach(cls, fd: int) -> "Control":
        """Map the block behind `fd`, which this object owns from now on.

        Raises LayoutMismatch (and closes `fd`) if it is no control block.
        """
        try:
            if os.fstat(fd).st_size == 0:
                raise LayoutMismatch("this is not a control block: the descriptor holds 0 bytes")
            memory = segment.attach(fd)
            header.check_control(memory)
        except BaseException:
            os.close(fd)
            raise
        return cls(fd, memory)

    @property
    def fd(self) -> int:
        """The segment's descriptor, to be passed on with SCM_RIGHTS; -1 after close()."""
        return self._fd

    @property
    def memory(self) -> mmap.mmap:
        """The mapping, for the ends of rings; ValueError after close()."""
        if self._memory is None:
            raise ValueError("this control block is closed")
        return self._memory

    @property
    def epoch(self) -> int:
        """The session's epoch (acquire)."""
        return self._core.epoch

    def advance(self) -> int:
        """Interrupt: begin a new epoch and return it (atomic; any process may call it)."""
        return self._core.advance()

    def load(self, word: int) -> int:
        """The value of word 0 to 31 (acquire); IndexError for another."""
        return self._core.load(word)

    def store(self, word: int, value: int) -> None:
        """Set word 0 to 31 to a signed 64-bit value (release); IndexError for another."""
        self._core.store(word, value)

    def close(self) -> None:
        """Free the descriptor and the mapping; rings opened with it keep working. Idempotent."""
        if self._memory is None:
            return
        memory, self._memory = self._memory, None
        os.close(self._fd)
        self._fd = -1
        self._core.close()
        segment.let_go(memory)
