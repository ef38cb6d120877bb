"""What a session takes is what is said, and where it is not there it is told."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from actors.table import TABLE
from data.head import framings_of, people
from runtime.layouts import Shape
from runtime.messages import SessionSpec
from server.sessions import resources
from server.sessions.resources import (
    OPENING_DESCRIPTORS,
    SESSION_BYTES,
    SESSION_DESCRIPTORS,
    descriptors_for,
    shortage_of,
)
from server.sessions.rings import SessionRings
from tests.open_files import open_files


@contextmanager
def descriptors(most: int) -> Iterator[None]:
    """This process may have so many open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def largest() -> Shape:
    """A session of the largest built-in picture."""
    size = max(
        ((one.out_width, one.out_height) for who in people() for one in framings_of(who).values()),
        key=lambda pair: pair[0] * pair[1],
    )
    return Shape("builtin", (16, 80), 40, (512, 512), size)


def test_the_largest_built_in_session_needs_no_more_shared_memory_than_is_said() -> None:
    rings = SessionRings(SessionSpec("s", "a", largest(), live=True), 160)
    try:
        held = {fd for row in TABLE for fd in rings.grants(row)[1]}
        assert sum(os.fstat(fd).st_size for fd in held) <= SESSION_BYTES
        assert sum(os.fstat(fd).st_size for fd in held) > SESSION_BYTES / 2
    finally:
        rings.close()


def test_a_session_takes_no_more_descriptors_than_are_said() -> None:
    before = open_files()
    rings = SessionRings(SessionSpec("s", "a", largest(), live=True), 160)
    taken = open_files() - before
    rings.close()
    assert SESSION_DESCRIPTORS / 2 < taken < SESSION_DESCRIPTORS


def test_there_is_room_on_this_machine() -> None:
    assert shortage_of([os.getpid()]) == ""


def test_too_few_descriptors_are_told() -> None:
    with descriptors(open_files() + OPENING_DESCRIPTORS // 2):
        assert f"needs {OPENING_DESCRIPTORS} to begin (ulimit -n)" in shortage_of([os.getpid()])
    with descriptors(open_files()):
        assert "a process has 0 descriptors left" in shortage_of([os.getpid()])


def test_little_shared_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "SESSION_BYTES", 1 << 60)
    assert "the shared memory has" in shortage_of([])


def test_a_process_that_is_gone_lacks_nothing() -> None:
    gone = max(int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    assert shortage_of([gone + 100_000]) == ""


def test_more_sessions_need_more_descriptors() -> None:
    assert descriptors_for(2) - descriptors_for(1) == SESSION_DESCRIPTORS
