"""One session's line of utterances, spoken one after another.

In: utterances, each with the epoch of its request. Out: the sound ring, as fast as it has room,
and with it the speech ring; a cue for every sentence and word. A flush cancels the one that is
spoken and forgets those that wait if their epoch is over. Runs in ingest; owns the queue, which
is bounded by `most`.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import asdict

import numpy as np

from actors.ingest.face_feed import FaceFeed
from actors.ingest.played_sound import PlayedSound
from actors.ingest.speech_frames import MarkedChunk, silence
from actors.ingest.utterance import Utterance
from data.units import TICK_MS
from runtime.actor import ActorSession
from runtime.control_words import ControlWord
from runtime.errors import QueueFull
from runtime.exchange import Caption
from runtime.layouts import Flag, Stage
from runtime.messages import ActorEvent, ActorNews, CaptionCue, TurnTiming
from runtime.ports import Mark, Slot

logger = logging.getLogger(__name__)


class SpeechQueue:
    """The utterances of one session; `run` speaks them until cancelled."""

    def __init__(self, session: ActorSession, most: int, emit: Callable[[ActorNews], None]) -> None:
        self._session = session
        self._sound = session.outlets["sound"]
        self._feed = FaceFeed(session)
        self.played = PlayedSound(session.control)
        self._most = most
        self._emit = emit
        self._waiting: deque[Utterance] = deque()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._speaking: Utterance | None = None
        self._last = 0

    @property
    def busy(self) -> bool:
        """Whether something is being said to the ring, or waits to be."""
        return self._speaking is not None or bool(self._waiting)

    def talking(self) -> bool:
        """Whether there is something to be heard yet, here or further down the row of actors."""
        control = self._session.control
        ear = control.load(ControlWord.PLAYOUT_UTTERANCE)
        return self.busy or ear != 0 or self._last > control.load(ControlWord.HEARD_UTTERANCE)

    def put(self, utterance: Utterance) -> None:
        """Add to the end; raises QueueFull, and frees it, when `most` wait already."""
        if len(self._waiting) >= self._most:
            utterance.free()
            raise QueueFull(
                f"{self._most} utterances are waiting in this session already (setting max_queue); "
                "wait, or interrupt first"
            )
        self._waiting.append(utterance)
        self._arrived.set()

    def flush(self) -> None:
        """Forget everything of an older epoch; what is in a thread comes out unheard."""
        now = self._session.control.epoch
        self._last = 0
        self._feed.flush()
        waiting, self._waiting = self._waiting, deque()
        for utterance in waiting:
            if utterance.epoch == now:
                self._waiting.append(utterance)
            else:
                utterance.free()
        if self._task is not None and self._speaking is not None and self._speaking.epoch != now:
            self._task.cancel()

    async def run(self) -> None:
        """Speak until cancelled; an utterance that fails is an event, the next one goes on."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed.run())
            group.create_task(self._speak_all())

    async def _speak_all(self) -> None:
        try:
            while True:
                while not self._waiting:
                    self._arrived.clear()
                    await self._arrived.wait()
                await self._utter(self._waiting.popleft())
        finally:
            for utterance in self._waiting:
                utterance.free()

    async def _utter(self, utterance: Utterance) -> None:
        self._speaking = utterance
        task = self._task = asyncio.get_running_loop().create_task(self._speak(utterance))
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise
        finally:
            utterance.free()
            self._speaking = self._task = None
        self._report(utterance, task)

    async def _speak(self, utterance: Utterance) -> None:
        sent = 0
        taken = utterance.steps.asked
        try:
            async with aclosing(utterance.batches) as batches:
                async for batch in batches:
                    if utterance.epoch != self._session.control.epoch:
                        return
                    self._tell(utterance, batch.captions)
                    await self._send(utterance, batch.marked, sent, taken)
                    if batch.marked and not sent:
                        self._last = utterance.number
                        steps = asdict(utterance.steps)
                        self._emit(TurnTiming(self._session.id, utterance.number, **steps))
                    sent += len(batch.marked)
                    taken = time.monotonic_ns()
        except Exception:
            if sent:  # what was heard of it must end, or the ear waits for the rest
                await self._send(utterance, silence(Flag(0), Flag.LAST), sent, taken)
            raise

    async def _send(
        self, utterance: Utterance, batch: list[MarkedChunk], sent: int, taken: int
    ) -> None:
        """Write a batch, of which `sent` frames went before; what is stale by now is not seen."""
        for number, (chunk, flags) in enumerate(batch, sent):
            stamps = np.zeros((len(Stage), 2), np.int64)
            stamps[Stage.INGEST, 0] = taken
            mark = Mark(utterance.epoch, utterance.number, flags, number, stamps)
            slot = await self._room()
            if slot is not None:
                slot["ear"] = chunk.ear
                self._sound.publish(slot, mark)
                self.played.push(utterance.number, number, chunk.feature)
            if mark.epoch != self._session.control.epoch:
                return
            self._feed.put(chunk, mark)

    async def _room(self) -> Slot | None:
        """Wait for room for the ear, or, where the face has room first, None: an engine that
        looks far ahead, or a recording, which nobody hears. Not while the ear goes without the
        face, which then may take much at once, and what it alone had would never be heard."""
        while (slot := self._sound.claim()) is None:
            catches_up = bool(self._session.control.load(ControlWord.STANDS_IN))
            if self._feed.is_hungry and not catches_up:
                return None
            woken = asyncio.Event()
            if self._sound.arm(woken.set) and (catches_up or self._feed.arm(woken.set)):
                await woken.wait()
        return slot

    def _tell(self, utterance: Utterance, captions: tuple[Caption, ...]) -> None:
        utterance.captions.extend(captions)
        for kind, text, start_ms, end_ms in captions:
            frame = start_ms // TICK_MS
            cue = CaptionCue(
                self._session.id,
                utterance.epoch,
                utterance.number,
                frame,
                kind,
                text,
                start_ms,
                end_ms,
            )
            self._emit(cue)

    def _report(self, utterance: Utterance, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        logger.error(
            "an utterance failed",
            exc_info=error,
            extra={"fields": {"session": self._session.id, "utterance": utterance.number}},
        )
        self._emit(
            ActorEvent(self._session.id, "failed", utterance=utterance.number, detail=str(error))
        )
