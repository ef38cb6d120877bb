"""One task per session, and what is told when one fails."""

import asyncio
import gc
import logging
import weakref
from pathlib import Path

import pytest

from runtime.tasks import Tasks, together
from tests.actors.session_rig import Lent, told, turn


async def fail() -> None:
    raise LookupError("no such tick")


def test_a_failure_is_told_and_ends_nobody_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        lent = Lent(tmp_path)
        tasks = Tasks(lent.context)
        ended = asyncio.Event()

        async def last() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        tasks.begin("good", last())
        tasks.begin("bad", fail())
        event = await lent.until("failed")
        assert (event.session, event.detail) == ("bad", "LookupError: no such tick")
        assert not ended.is_set()
        await tasks.end("bad")
        await tasks.end("good")
        assert ended.is_set()
        assert lent.kinds() == ["failed"]

    with caplog.at_level(logging.ERROR):
        told(story())
    [record] = caplog.records
    assert record.exc_info is not None


def test_end_waits_until_the_work_has_let_go(tmp_path: Path) -> None:
    async def story() -> None:
        lent = Lent(tmp_path)
        tasks = Tasks(lent.context)
        steps: list[str] = []

        async def slow_to_end() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await turn(10)
                steps.append("let go")

        tasks.begin("s", slow_to_end())
        await turn()
        await tasks.end("s")
        steps.append("ended")
        assert steps == ["let go", "ended"]
        assert lent.events == []

    told(story())


def test_an_unknown_session_has_nothing_to_end_and_may_begin_later(tmp_path: Path) -> None:
    async def story() -> None:
        tasks = Tasks(Lent(tmp_path).context)
        await tasks.end("s")
        ran = asyncio.Event()

        async def work() -> None:
            ran.set()

        for _ in range(2):
            ran.clear()
            tasks.begin("s", work())
            await ran.wait()
            await tasks.end("s")

    told(story())


async def wait_for_ever(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("ended")


def test_works_end_together_when_one_fails() -> None:
    ended: list[str] = []

    async def story() -> None:
        with pytest.raises(LookupError, match="no such tick"):
            await together(wait_for_ever(ended), fail(), wait_for_ever(ended))

    told(story())
    assert ended == ["ended", "ended"]


def test_works_that_are_cancelled_are_freed_without_a_collection() -> None:
    ended: list[str] = []

    class Known:
        """What a work holds."""

    async def work(known: Known) -> None:
        await wait_for_ever(ended)

    async def story() -> None:
        known = Known()
        left = weakref.ref(known)
        task = asyncio.ensure_future(together(work(known), work(known)))
        await turn()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        del known, task
        assert left() is None
        assert ended == ["ended", "ended"]

    gc.disable()
    try:
        told(story())
    finally:
        gc.enable()
