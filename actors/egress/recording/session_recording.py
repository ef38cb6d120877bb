"""A session's recording: what left is what is kept.

In: the session's packets, as a `PacketTap`, and what its playout cursor tells. Out: a film with
captions (`PacketWriter`), and news of how it goes. It begins with a keyframe that it asks for, and
asks for more, where the way has room for them, so that the film can be searched. Runs in the
egress process's event loop; a thread of the executor writes, a second's packets at once. Owns the
packets that wait, WAITING_SECONDS of them at most.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

from actors.egress.marking.film_marker import FilmMarker
from actors.egress.packet_tap import PacketTaps, PicturePacket, SoundPacket
from actors.egress.recording.heard_captions import HeardCaptions
from actors.egress.recording.packet_file import KIND
from actors.egress.recording.packet_writer import PacketBatch, PacketWriter
from data.units import PLAYOUT_RATE, TICKS_PER_SECOND, VIDEO_CLOCK, VIDEO_TICK
from runtime.messages import ActorEvent, RecordingNews, RecordingState, StartRecording

logger = logging.getLogger(__name__)

BATCH_SECONDS: Final = 1.0
WAITING_SECONDS: Final = 15.0
"""Packets that may wait for a disk that does not take them."""
KEYFRAME_SECONDS: Final = 10.0
"""Between keyframes where the way is wide: a player that looks for a place decodes so much."""
PROGRESS_SECONDS: Final = 10.0
STUCK_SECONDS: Final = 5.0
"""How long the end of a recording waits for the disk."""
EARLY_MOST: Final = 100
"""Pieces of sound that are kept until the first picture, which is longer in its encoder."""


class SessionRecording:
    """From `StartRecording` to its end, by `end`, by a limit, or by an error."""

    def __init__(
        self,
        wanted: StartRecording,
        taps: PacketTaps,
        executor: Executor,
        tell: Callable[[RecordingNews], None],
        marker: FilmMarker | None = None,
    ) -> None:
        """`tell` hears when it has begun, how it goes, and, last, that it is over. `marker` marks
        the film when it is whole."""
        self._marker = marker
        self._wanted, self._taps, self._executor, self._tell = wanted, taps, executor, tell
        self._first: PicturePacket | None = None
        self._captions = HeardCaptions(0)
        self._sentence: ActorEvent | None = None
        self._early: deque[SoundPacket] = deque(maxlen=EARLY_MOST)
        self._batch = PacketBatch()
        self._writer: PacketWriter | None = None
        self._job: asyncio.Future[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._bytes = 0
        self._now = self._given = self._told = self._keyframe = 0.0
        taps.add(self)
        taps.ask_keyframe()

    def picture(self, packet: PicturePacket) -> None:
        """See `PacketTap`: the first that is kept is a keyframe."""
        if self._first is not None:
            self._batch.pictures.append(packet)
        elif packet.keyframe:
            self._begin(packet)
        else:
            return
        seconds = self._since(packet.timestamp / VIDEO_CLOCK)
        if packet.keyframe:
            self._keyframe = seconds
        elif seconds - self._keyframe >= KEYFRAME_SECONDS:
            self._taps.ask_keyframe(needed=False)
        self._took(seconds, len(packet.data))

    def sound(self, packet: SoundPacket) -> None:
        """See `PacketTap`."""
        if self._first is None:
            self._early.append(packet)
        else:
            self._batch.sounds.append(packet)
            self._took(self._since(packet.timestamp / PLAYOUT_RATE), len(packet.data))

    def told(self, event: ActorEvent) -> None:
        """Take what the playout cursor tells of the session."""
        if self._first is not None:
            self._batch.captions += self._captions.told(event)
        elif event.kind == "sentence":
            self._sentence = event
        elif event.kind in ("end", "interrupted"):
            self._sentence = None

    async def end(self, why: str = "") -> None:
        """Return when the files are whole; may be called again."""
        self._stop("done", why)
        assert self._ending is not None
        await asyncio.shield(self._ending)

    def _begin(self, first: PicturePacket) -> None:
        """The first picture is there: the file begins with its tick."""
        self._first = first
        self._captions = HeardCaptions(first.timestamp // VIDEO_TICK)
        if self._sentence is not None:
            self._captions.told(self._sentence)
        self._batch.sounds += self._early
        self._early.clear()
        self._news("recording", "")

    def _since(self, seconds: float) -> float:
        """Seconds of the file at this time of the session."""
        assert self._first is not None
        return seconds - self._first.timestamp / VIDEO_CLOCK

    def _took(self, seconds: float, size: int) -> None:
        """A packet of this time of the file waits."""
        self._now = max(self._now, seconds)
        self._bytes += size
        if self._now >= self._wanted.max_seconds:
            self._stop("done", "it is as long as one may be (setting recording.max_seconds)")
        elif self._bytes >= self._wanted.max_bytes:
            self._stop("done", "it is as large as one may be (setting recording.max_mb)")
        elif self._job is None and self._now - self._given >= BATCH_SECONDS:
            self._start()
        elif self._now - self._given >= WAITING_SECONDS:
            self._stop("failed", "the disk does not take it fast enough")

    def _start(self) -> None:
        batch, self._batch = self._batch, PacketBatch()
        self._given = self._now
        loop = asyncio.get_running_loop()
        self._job = loop.run_in_executor(self._executor, self._write, batch)
        self._job.add_done_callback(self._written)

    def _written(self, job: asyncio.Future[None]) -> None:
        self._job = None
        error = None if job.cancelled() else job.exception()
        if error is not None:
            self._stop("failed", self._named(error))
        elif self._ending is None and self._now - self._told >= PROGRESS_SECONDS:
            self._told = self._now
            self._news("progress", "")

    def _write(self, batch: PacketBatch) -> None:
        """In a thread."""
        if self._writer is None:
            assert self._first is not None
            assert self._taps.codec is not None
            stem = Path(self._wanted.path)
            self._writer = PacketWriter(stem, self._taps.codec, self._taps.size, self._first)
        self._writer.write(batch)

    def _stop(self, state: RecordingState, detail: str) -> None:
        """End it, once; `state` is what becomes of it if its end can be written."""
        if self._ending is None:
            self._taps.remove(self)
            self._ending = asyncio.get_running_loop().create_task(self._finish(state, detail))

    async def _finish(self, state: RecordingState, detail: str) -> None:
        writing = self._job
        if writing is not None and (error := await self._over(writing)):
            state, detail = "failed", self._named(error)
        if self._first is None:
            self._news("empty", "")
            return
        last = self._first.timestamp // VIDEO_TICK + round(self._now * TICKS_PER_SECOND)
        self._batch.captions += self._captions.close(last)
        end = self._seal if state == "done" else self._give_up
        job = asyncio.get_running_loop().run_in_executor(self._executor, end)
        if error := await self._over(job):
            state, detail = "failed", self._named(error)
        elif state == "done":
            await self._mark()
        self._news(state, detail)

    async def _mark(self) -> None:
        """The film says that a machine made it; a long one takes its time."""
        if self._marker is None or self._writer is None:
            return
        film = self._writer.film
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._marker.mark, film, film.name)

    async def _over(self, job: asyncio.Future[None]) -> BaseException | None:
        """Wait for a thread; what went wrong in it. One that a disk holds for too long is left to
        itself: neither the session's end nor the next one waits for it."""
        await asyncio.wait([job], timeout=STUCK_SECONDS)
        return job.exception() if job.done() else TimeoutError(None, "the disk stands still")

    def _seal(self) -> None:
        """In a thread: write what waits, and the files' ends."""
        try:
            self._write(self._batch)
            assert self._writer is not None
            self._writer.close()
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        """In a thread: what was written stays."""
        if self._writer is not None:
            self._writer.give_up()

    def _named(self, error: BaseException) -> str:
        """For clients: what was wrong, without the path."""
        fields = {"session": self._wanted.session}
        why = error.strerror if isinstance(error, OSError) else None
        bug = None if why else error
        logger.error("a recording broke off: %s", why, exc_info=bug, extra={"fields": fields})
        return f"it cannot be written: {why or type(error).__name__}"

    def _news(self, state: RecordingState, detail: str) -> None:
        codec = self._taps.codec
        self._tell(
            RecordingNews(
                session=self._wanted.session,
                recording=self._wanted.recording,
                state=state,
                kind=KIND[codec] if codec else "",
                seconds=round(self._now, 3),
                detail=detail,
            )
        )
