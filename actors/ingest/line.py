"""One session's line of utterances, spoken one after another.

In: utterances, each with the epoch of its request. Out: the speech ring, as fast
as it has room. A flush cancels the one that is spoken and forgets those that wait
if their epoch is over. Synthesis and decoding run in `executor`'s threads. Runs in
ingest; owns the queue, which is bounded by `most`.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from actors.ingest.speech import Marked, ending
from runtime.actor import Session
from runtime.errors import QueueFull
from runtime.layouts import Flag, Stage
from runtime.messages import Event
from runtime.ports import Mark

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Utterance:
    """One request's speech. taken: CLOCK_MONOTONIC ns at which it was asked for."""

    number: int
    epoch: int
    taken: int
    chunks: Iterator[list[Marked]]


class Line:
    """The utterances of one session; `run` speaks them until cancelled."""

    def __init__(
        self,
        session: Session,
        executor: Executor,
        most: int,
        emit: Callable[[Event], None],
    ) -> None:
        self._session = session
        self._outlet = session.outlets["speech"]
        self._executor = executor
        self._most = most
        self._emit = emit
        self._waiting: deque[Utterance] = deque()
        self._arrived = asyncio.Event()
        self._speaking: asyncio.Task[None] | None = None
        self._epoch = -1

    def put(self, utterance: Utterance) -> None:
        """Add to the end; raises QueueFull when `most` wait already."""
        if len(self._waiting) >= self._most:
            raise QueueFull(
                f"{self._most} utterances are waiting in this call already (setting max_queue); "
                "wait, or interrupt first"
            )
        self._waiting.append(utterance)
        self._arrived.set()

    def flush(self) -> None:
        """Forget everything of an older epoch; what is in a thread comes out unheard."""
        now = self._session.control.epoch
        self._waiting = deque(one for one in self._waiting if one.epoch == now)
        if self._speaking is not None and self._epoch != now:
            self._speaking.cancel()

    async def run(self) -> None:
        """Speak until cancelled; an utterance that fails is an event, the next one goes on."""
        while True:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            await self._utter(self._waiting.popleft())

    async def _utter(self, utterance: Utterance) -> None:
        self._epoch = utterance.epoch
        self._speaking = asyncio.get_running_loop().create_task(self._speak(utterance))
        try:
            await asyncio.wait([self._speaking])
        finally:
            self._speaking.cancel()
        self._report(utterance, self._speaking)
        self._speaking = None

    async def _speak(self, utterance: Utterance) -> None:
        loop = asyncio.get_running_loop()
        sent = 0
        taken = utterance.taken
        try:
            while utterance.epoch == self._session.control.epoch:
                batch = await loop.run_in_executor(self._executor, next, utterance.chunks, None)
                if batch is None:
                    return
                await self._send(utterance, batch, sent, taken)
                sent += len(batch)
                taken = time.monotonic_ns()
        except Exception:
            if sent:  # what was heard of it must end, or the ear waits for the rest
                await self._send(utterance, ending(Flag(0)), sent, taken)
            raise

    async def _send(self, utterance: Utterance, batch: list[Marked], sent: int, taken: int) -> None:
        """Write a batch, of which `sent` frames went before; what is stale by now is not seen."""
        for number, (chunk, flags) in enumerate(batch, sent):
            stamps = np.zeros((len(Stage), 2), np.int64)
            stamps[Stage.INGEST, 0] = taken
            slot = await self._outlet.room()
            slot["feature"] = chunk.feature
            slot["ear"] = chunk.ear
            mark = Mark(utterance.epoch, utterance.number, flags, number, stamps)
            if not self._outlet.publish(slot, mark):
                return

    def _report(self, utterance: Utterance, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        logger.error(
            "an utterance failed",
            exc_info=error,
            extra={"fields": {"session": self._session.id, "utterance": utterance.number}},
        )
        self._emit(Event(self._session.id, "failed", utterance=utterance.number, detail=str(error)))
