"""Rings, control blocks and peers in processes of their own, for the ring's tests."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from ringbuf import Control, Handles, Layout, Ring

PEERS = Path(__file__).with_name("peers.py")

Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes, in reverse order, whatever a test gives it."""
    with ExitStack() as undo:
        yield undo


@pytest.fixture
def number() -> Layout:
    """The smallest useful layout: one number."""
    return Layout("number", np.dtype([("n", "<u8")]))


@pytest.fixture
def control(stack: ExitStack) -> Control:
    block = Control.create()
    stack.callback(block.close)
    return block


@pytest.fixture
def make_ring(stack: ExitStack, number: Layout) -> Callable[..., Ring]:
    """make_ring(slots, layout=number, start=0)"""

    def make(slots: int, layout: Layout = number, start: int = 0) -> Ring:
        ring = Ring.create(layout, slots, _start=start)
        stack.callback(ring.close)
        return ring

    return make


@pytest.fixture
def another(stack: ExitStack) -> Callable[[Ring], Ring]:
    """The same ring attached once more, as another process would."""

    def attach(ring: Ring) -> Ring:
        copy = Ring.attach(Handles(*map(os.dup, ring.handles)), ring.layout)
        stack.callback(copy.close)
        return copy

    return attach


@pytest.fixture
def spawn(stack: ExitStack) -> Spawn:
    """spawn(role, rings, control, *args): run a role of peers.py in a process of its own."""

    def start(
        role: str, rings: list[Ring], control: Control, *args: int
    ) -> "subprocess.Popen[str]":
        fds = [control.fd, *(fd for ring in rings for fd in ring.handles)]
        words = [role, str(len(rings)), *map(str, fds), *map(str, args)]
        peer = subprocess.Popen(
            [sys.executable, str(PEERS), *words],
            pass_fds=fds,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        stack.callback(_end, peer)
        return peer

    return start


def _end(peer: "subprocess.Popen[str]") -> None:
    peer.kill()
    peer.communicate()
