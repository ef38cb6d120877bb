"""Recordings of sessions whose egress is a script: what goes wrong between the two."""

import errno
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from data.recording_limits import RecordingLimits
from runtime.errors import AlreadyRecording, NotReady, NotRecording, RingtalkError, StorageFailed
from runtime.messages import (
    ControlMessage,
    Done,
    EndRecording,
    MessageBody,
    RecordingNews,
    StartRecording,
)
from runtime.settings import Settings
from server.sessions.actor_client import ActorClient, Reply
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.conversation_log import ConversationLog
from server.sessions.dialogue import Dialogue
from server.sessions.metrics import SessionMetrics
from server.sessions.rate_limit import RateLimit
from server.sessions.recording_store import MEGABYTE, RecordingStore
from server.sessions.recordings import Recordings
from server.sessions.registry import SessionRegistry
from server.sessions.session import Session
from tests.actors.session_rig import Rig, told


class ScriptedEgress(ActorClient):
    """Answers what it is asked as it was told to, and writes films of a size."""

    def __init__(self) -> None:
        self.asked: list[MessageBody] = []
        self.refusal: RingtalkError | None = None
        self.heard: Callable[[RecordingNews], None] = lambda news: None
        self.last: StartRecording | None = None

    def notify(self, session: Session, actor: str, message: MessageBody) -> None:
        """What clients are told is in the session's log."""

    async def request(
        self,
        session: Session,
        actor: str,
        message: MessageBody,
        expect: type[Reply],
        descriptors: Sequence[int] = (),
        *,
        restoring: bool = False,
    ) -> Reply:
        self.asked.append(message)
        if self.refusal is not None:
            raise self.refusal
        match message:
            case StartRecording():
                self.last = message
                self.tell("recording")
            case EndRecording():
                self.tell("done", message.why)
        answer: ControlMessage = Done()
        assert isinstance(answer, expect)
        return answer

    def tell(self, state: Any, detail: str = "", megabytes: float = 0.1) -> None:
        assert self.last is not None
        with Path(f"{self.last.path}.mp4").open("wb") as film:
            film.truncate(int(megabytes * MEGABYTE))
        one = RecordingNews(self.last.session, self.last.recording, state, "mp4", 1.0, detail)
        self.heard(one)


class Scripted:
    """The recordings of some sessions."""

    def __init__(self, cache: Path, **limits: Any) -> None:
        settings = Settings(cache_dir=cache, recording=RecordingLimits(**limits))
        self.egress, self.tasks = ScriptedEgress(), BackgroundTasks()
        self.registry = SessionRegistry()
        dialogue = Dialogue(self.egress, SessionMetrics())
        self.recordings = Recordings(settings, self.registry, self.egress, dialogue, self.tasks)
        self.egress.heard = self.recordings.heard

    def session(self, rig: Rig) -> Session:
        session = Session(rig.rings, {}, RateLimit(50), ConversationLog(5))
        self.registry.add(session)
        return session

    def whys(self) -> list[str]:
        """Why recordings were ended."""
        return [one.why for one in self.egress.asked if isinstance(one, EndRecording)]

    async def settled(self) -> None:
        await self.tasks.finished()
        self.recordings.stop()


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    told(story())


def test_egress_that_refuses_leaves_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        scripted = Scripted(tmp_path)
        with Rig("7") as rig:
            session = scripted.session(rig)
            scripted.egress.refusal = NotReady("egress is being started")
            with pytest.raises(NotReady):
                await scripted.recordings.start("7")
            assert session.recording == ""
            assert await scripted.recordings.all() == []
            scripted.egress.refusal = None
            await scripted.recordings.start("7")
            assert (await scripted.recordings.end("7")).state == "done"
            await scripted.settled()

    run(story)


def test_a_folder_that_cannot_be_written_to_is_told_and_nothing_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def story() -> None:
        scripted = Scripted(tmp_path, folder=str(tmp_path / "file" / "recordings"))
        with Rig("7") as rig:
            session = scripted.session(rig)
            with pytest.raises(StorageFailed):
                await scripted.recordings.start("7")
            assert session.recording == ""
            assert scripted.egress.asked == []

    run(story)


def test_it_ended_by_itself_before_it_was_asked_to(tmp_path: Path) -> None:
    async def story() -> None:
        scripted = Scripted(tmp_path)
        with Rig("7") as rig:
            scripted.session(rig)
            await scripted.recordings.start("7")
            scripted.egress.tell("failed", "it cannot be written: No space left on device")
            with pytest.raises(NotRecording, match="start_record"):
                await scripted.recordings.end("7")
            await scripted.settled()
            (row,) = await scripted.recordings.all()
            assert (row.state, row.bytes) == ("failed", 100_000)
            assert "No space" in row.detail

    run(story)


def test_egress_says_nothing_of_a_session_that_is_gone(tmp_path: Path) -> None:
    async def story() -> None:
        scripted = Scripted(tmp_path)
        with Rig("7") as rig:
            session = scripted.session(rig)
            begun = await scripted.recordings.start("7")
            scripted.registry.remove(session)
            scripted.recordings.writer_gone(session)
            scripted.recordings.writer_gone(session)
            await scripted.settled()
            (row,) = await scripted.recordings.all()
            assert row.state == "cut"
            assert (await scripted.recordings.film_of("7")).stem == begun.id

    run(story)


def test_together_they_may_be_so_large_and_then_the_one_that_grows_ends(tmp_path: Path) -> None:
    async def story() -> None:
        scripted = Scripted(tmp_path, total_mb=2)
        with Rig("7") as rig:
            scripted.session(rig)
            first = await scripted.recordings.start("7")
            scripted.egress.tell("progress", megabytes=1.5)
            await scripted.recordings.end("7")
            await scripted.settled()
            second = await scripted.recordings.start("7")
            scripted.egress.tell("progress", megabytes=1.9)
            await scripted.settled()
            newest, *_ = await scripted.recordings.all()
            assert newest.id == second.id
            assert scripted.whys() == [""]
            scripted.egress.tell("progress", megabytes=2.5)
            await scripted.settled()
            assert first.id not in [row.id for row in await scripted.recordings.all()]
            assert "total_mb" in scripted.whys()[-1]

    run(story)


def test_so_many_at_once_and_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        scripted = Scripted(tmp_path, max_count=1)
        with Rig("7") as one, Rig("8") as two:
            scripted.session(one)
            scripted.session(two)
            await scripted.recordings.start("7")
            with pytest.raises(AlreadyRecording, match="max_count"):
                await scripted.recordings.start("8")
            await scripted.recordings.end("7")
            await scripted.recordings.start("8")
            await scripted.recordings.end("8")
            await scripted.settled()
            assert [row.sessionid for row in await scripted.recordings.all()] == ["8"]

    run(story)


def test_a_server_that_was_killed_knows_what_it_left(tmp_path: Path) -> None:
    async def story() -> None:
        scripted = Scripted(tmp_path)
        with Rig("7") as rig:
            scripted.session(rig)
            begun = await scripted.recordings.start("7")
            again = Scripted(tmp_path)
            (row,) = await again.recordings.all()
            assert (row.id, row.state) == (begun.id, "cut")
            await again.recordings.remove(row.id)
            assert await again.recordings.all() == []

    run(story)


def test_what_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(store: RecordingStore, recording: str) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(tmp_path))

    async def story() -> None:
        scripted = Scripted(tmp_path)
        with Rig("7") as rig:
            scripted.session(rig)
            begun = await scripted.recordings.start("7")
            await scripted.recordings.end("7")
            await scripted.settled()
            monkeypatch.setattr(RecordingStore, "remove", read_only)
            with pytest.raises(StorageFailed, match="Read-only file system") as refused:
                await scripted.recordings.remove(begun.id)
            assert str(tmp_path) not in str(refused.value)

    run(story)
