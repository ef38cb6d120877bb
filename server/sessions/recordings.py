"""Recordings of sessions: begun, ended, listed, handed out, removed.

In: what clients want, and egress's news of what is being made. Out: requests to egress, events to
the session's clients, rows of the store. A recording that has ended stays when its session does
not. Runs in the supervisor's process, on its loop; owns what is known of recordings that are being
made, the thread that reads and writes the store, and a timer for what gets too old.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from runtime.errors import (
    AlreadyRecording,
    NotRecording,
    RingtalkError,
    StillRecording,
    StorageFailed,
    UnknownRecording,
)
from runtime.messages import Done, EndRecording, RecordingNews, StartRecording
from runtime.settings import Settings
from server.sessions import event_types as events
from server.sessions.actor_client import ActorClient
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.dialogue import Dialogue
from server.sessions.recording_store import (
    MEGABYTE,
    RecordingRow,
    RecordingStore,
    new_recording_id,
)
from server.sessions.registry import SessionRegistry
from server.sessions.session import Session

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

FULL: Final = "all recordings together are as large as they may be (setting recording.total_mb)"
TIMER_MOST: Final = 86_400.0


def recording_folder(settings: Settings) -> Path:
    """Where the recordings lie."""
    named = settings.recording.folder
    return Path(named) if named else settings.cache_dir / "recordings"


@dataclass
class RunningRecording:
    """One that is being made. settled: set when its row says what became of it."""

    row: RecordingRow
    session: Session
    settled: asyncio.Event = field(default_factory=asyncio.Event)


class Recordings:
    """Implements server.sessions.service.RecordingControl."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        client: ActorClient,
        dialogue: Dialogue,
        tasks: BackgroundTasks,
    ) -> None:
        self._limits = settings.recording
        self._registry = registry
        self._client = client
        self._dialogue = dialogue
        self._tasks = tasks
        self._store = RecordingStore(recording_folder(settings), self._limits)
        self._disk = ThreadPoolExecutor(1, "recordings")
        self._running: dict[str, RunningRecording] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def start(self, sessionid: str) -> RecordingRow:
        """See `RecordingControl`."""
        session = self._registry.find(sessionid)
        if session.recording:
            raise AlreadyRecording(
                f"session {sessionid!r} is being recorded already; end_record ends that"
            )
        if len(self._running) >= self._limits.max_count:
            raise AlreadyRecording(
                f"{self._limits.max_count} recordings are being made, and more are not kept "
                "(setting recording.max_count)"
            )
        now = time.time()
        row = RecordingRow(new_recording_id(now), session.id, session.avatar, now)
        self._running[row.id] = RunningRecording(row, session)
        session.recording = row.id
        try:
            await self._on_disk(lambda: self._store.save(row))
            await self._tidy()
            wanted = StartRecording(
                session.id,
                row.id,
                str(self._store.stem(row.id)),
                self._limits.max_seconds,
                self._limits.max_mb * MEGABYTE,
            )
            await self._client.request(session, "egress", wanted, Done)
        except BaseException:
            self._ended(row.id)
            with suppress(OSError):  # the folder may be what is wrong
                await self._on_disk(lambda: self._store.remove(row.id))
            raise
        return row

    async def end(self, sessionid: str) -> RecordingRow:
        """See `RecordingControl`."""
        session = self._registry.find(sessionid)
        running = self._running.get(session.recording)
        if running is None:
            raise NotRecording(
                f"session {sessionid!r} is not being recorded; start_record begins that"
            )
        await self._end(running)
        await running.settled.wait()
        if running.row.state == "empty":
            alone = ", for the session has no client that is connected"
            raise NotRecording(
                "nothing was recorded, and nothing is kept: no picture was sent meanwhile"
                f"{'' if session.state == 'live' else alone}"
            )
        return running.row

    async def all(self) -> list[RecordingRow]:
        """See `RecordingControl`."""
        await self._tidy()
        rows = await self._on_disk(self._store.all)
        return [self._as_it_is(row) for row in rows]

    async def film(self, recording: str) -> Path:
        """See `RecordingControl`."""
        row = await self._whole(recording)
        return await self._on_disk(lambda: self._store.film(row))

    async def captions(self, recording: str) -> Path:
        """See `RecordingControl`."""
        row = await self._whole(recording)
        return await self._on_disk(lambda: self._store.captions(row))

    async def film_of(self, sessionid: str) -> Path:
        """See `RecordingControl`."""
        for row in await self._on_disk(self._store.all):
            if row.sessionid == sessionid:
                return await self.film(row.id)
        raise UnknownRecording(
            f"there is no recording of session {sessionid[:80]!r} (any more); POST /record "
            "with start_record begins one"
        )

    async def remove(self, recording: str) -> None:
        """See `RecordingControl`."""
        await self._whole(recording)
        try:
            await self._on_disk(lambda: self._store.remove(recording))
        except OSError as error:
            raise StorageFailed(
                f"recording {recording!r} cannot be removed: {error.strerror}"
            ) from error

    def heard(self, news: RecordingNews) -> None:
        """Egress tells how a recording goes."""
        running = self._running.get(news.recording)
        if running is None:
            return
        row = running.row
        row.seconds = news.seconds
        if news.state == "progress":
            self._tasks.start(self._bound(running))
            return
        row.state, row.kind, row.detail = news.state, news.kind, news.detail
        if news.state == "recording":
            self._tell(running)
        else:
            self._over(running)

    def writer_gone(self, session: Session) -> None:
        """Egress has closed the session, or is dead: then nobody told what became of it."""
        running = self._running.get(session.recording)
        if running is not None:
            running.row.state = "cut"
            running.row.detail = "the process that wrote it died"
            self._over(running)

    async def tidy(self) -> None:
        """Remove what is beyond the limits, now and whenever something gets too old."""
        await self._tidy()
        seconds = await self._on_disk(self._store.next_expiry)
        self.stop()
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(
                min(seconds + 1, TIMER_MOST), lambda: self._tasks.start(self.tidy())
            )

    def stop(self) -> None:
        """Forget the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self, running: RunningRecording) -> None:
        """Nothing of it is written any more."""
        self._ended(running.row.id)
        self._tell(running)
        self._tasks.start(self._settle(running))

    def _ended(self, recording: str) -> None:
        running = self._running.pop(recording, None)
        if running is not None:
            running.session.recording = ""

    async def _settle(self, running: RunningRecording) -> None:
        row = running.row
        try:
            if row.state == "empty":
                await self._on_disk(lambda: self._store.remove(row.id))
            else:
                await self._on_disk(lambda: self._store.save(row))
        except (RingtalkError, OSError):
            fields = {"session": row.sessionid, "recording": row.id}
            logger.exception("what became of a recording is not noted", extra={"fields": fields})
        finally:
            running.settled.set()
        await self.tidy()

    async def _end(self, running: RunningRecording, why: str = "") -> None:
        try:
            await self._client.request(
                running.session, "egress", EndRecording(running.session.id, why), Done
            )
        except NotRecording:
            return  # it ended by itself meanwhile, and has told so

    async def _bound(self, running: RunningRecording) -> None:
        """It has grown; all together may not grow beyond the limit."""
        if not await self._tidy() and running.row.id in self._running:
            try:
                await self._end(running, FULL)
            except RingtalkError as error:
                logger.warning("a recording that is too large was not ended: %s", error)

    async def _tidy(self) -> bool:
        made = frozenset(self._running)
        return await self._on_disk(lambda: self._store.tidy(made))

    async def _whole(self, recording: str) -> RecordingRow:
        if recording in self._running:
            raise StillRecording(
                f"recording {recording!r} is being made; POST /record with end_record ends it"
            )
        return await self._on_disk(lambda: self._store.row(recording))

    def _as_it_is(self, row: RecordingRow) -> RecordingRow:
        """What is being made is known better here; what nobody makes any more was cut off."""
        running = self._running.get(row.id)
        if running is not None:
            running.row.bytes = row.bytes
            return running.row
        if row.state in ("waiting", "recording"):
            row.state = "cut"
        return row

    def _tell(self, running: RunningRecording) -> None:
        row = running.row
        told = events.Recording(
            recording=row.id, state=row.state, seconds=row.seconds, text=row.detail
        )
        self._dialogue.tell(running.session, told)

    async def _on_disk(self, job: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._disk, job)
