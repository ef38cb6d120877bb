"""A `SessionService` that records what it was asked and refuses when told to, and a server around
it.

The real one is tested end to end elsewhere; here it only has to be asked rightly.
"""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import httpx

from data.marking import USUAL_MARK, MarkWish
from data.services import MarkupRule, SpeechStyle
from runtime.errors import UnknownSession, UnknownTask
from runtime.output_kinds import OutputKind
from runtime.settings import Settings
from runtime.trace import Rows, rows_of
from server.cli.serve import listen, serve
from server.sessions.avatar_task import AvatarTask, TaskChanges, TaskFollower
from server.sessions.event_log import EventLog, Follower
from server.sessions.event_types import Error
from server.sessions.operations_types import Operations
from server.sessions.recording_store import RecordingRow
from server.sessions.service import (
    ActionInfo,
    ActorHealth,
    AvatarInfo,
    AvatarPicture,
    AvatarTaskInfo,
    AvatarWish,
    Health,
    MakingEngine,
    OutputInfo,
    SessionAnswer,
    SessionInfo,
    SessionService,
    SoundAccepted,
    SoundStream,
    ViewerAnswer,
)


class Recorder:
    """Satisfies `SessionService`, and is each of its parts; `asked` lists what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.was_asked = asyncio.Event()
        self.refusal: Exception | None = None
        self.ready = True
        self.speaking = False
        self.started = asyncio.Event()
        self.may_start = asyncio.Event()
        self.may_start.set()
        self.stopping = asyncio.Event()
        self.may_stop = asyncio.Event()
        self.may_stop.set()
        self.stopped = False
        self.rows = b""
        self.logs: dict[str, EventLog] = {}
        self.interrupts = 0
        self.notes: list[str] = []
        self.marks: list[MarkWish] = []
        self.mattes: list[bool] = []
        self.tts: Mapping[str, object] | None = None
        self.infos: list[SessionInfo] = []
        self.folder = Path()
        self.avatar_task: AvatarTask | None = None
        self.changes = TaskChanges()
        self.streams: asyncio.Queue[socket.socket] = asyncio.Queue()

    @property
    def sessions(self) -> Self:
        return self

    @property
    def speech(self) -> Self:
        return self

    @property
    def appearance(self) -> Self:
        return self

    @property
    def recordings(self) -> "RecordedRecordings":
        return RecordedRecordings(self)

    @property
    def distribution(self) -> "RecordedDistribution":
        return RecordedDistribution(self)

    @property
    def rooms(self) -> Self:
        return self

    async def join(self, url: str, token: str, avatar: str | None, background: str = "") -> str:
        self._ask("join", url, token, avatar, background)
        return "abc"

    @property
    def library(self) -> Self:
        return self

    @property
    def making(self) -> Self:
        return self

    @property
    def events(self) -> Self:
        return self

    @property
    def operations(self) -> Self:
        return self

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._ask("watching")
        yield

    async def look(self) -> Operations:
        self._ask("look")
        return Operations(ready=True, lacking="", capacity=12, sessions=[], actors=[])

    async def until_next(self) -> bool:
        return self.asked.count(("look",)) < 3

    @property
    def health(self) -> Self:
        return self

    def _ask(self, *what: object) -> None:
        self.asked.append(what)
        self.was_asked.set()
        if self.refusal is not None:
            raise self.refusal

    async def start(self) -> None:
        self.started.set()
        await self.may_start.wait()
        self._ask("start")

    async def stop(self) -> None:
        self.stopping.set()
        await self.may_stop.wait()
        self.stopped = True
        self.changes.close()
        for log in self.logs.values():
            log.close()

    @property
    def actions(self) -> Self:
        return self

    async def play(self, sessionid: str, name: str, loop: bool | None = None) -> None:
        self._ask("play", sessionid, name, loop)

    async def play_number(self, sessionid: str, number: int) -> None:
        self._ask("play_number", sessionid, number)

    async def rest(self, sessionid: str) -> None:
        self._ask("rest", sessionid)

    async def open(
        self,
        sdp: str,
        type: str,
        avatar: str | None,
        background: str = "",
        resume: str = "",
        custom: str = "",
        style: SpeechStyle | None = None,
        mark: MarkWish = USUAL_MARK,
        matte: bool = False,
    ) -> SessionAnswer:
        self.marks.append(mark)
        self.mattes.append(matte)
        more = [background, resume] if resume else [background] if background else []
        more += [custom] if custom else []
        self._ask("open", sdp, type, avatar, *more, *([style] if style else []))
        return SessionAnswer("v=0 answer", "answer", "abc", self.notes)

    async def set_avatar(self, sessionid: str, avatar: str) -> None:
        self._ask("set_avatar", sessionid, avatar)

    async def set_background(self, sessionid: str, background: str) -> None:
        self._ask("set_background", sessionid, background)

    async def keep_background(self, picture: bytes) -> str:
        self._ask("keep_background", picture)
        return "0123456789abcdef" * 2

    async def avatars(self) -> list[AvatarInfo]:
        self._ask("avatars")
        return [
            AvatarInfo(
                *("mira", 512, 512, "builtin", True),
                prepared=False,
                builtin=True,
                default=True,
                actions=(ActionInfo("nod", True, False, 0, False),),
            ),
            AvatarInfo("anna", 1280, 720, "wav2lip", False, prepared=True),
        ]

    async def begin(self, avatar: str | None, background: str = "") -> str:
        self._ask("begin", avatar, background)
        return "abc"

    async def preview(self, name: str) -> AvatarPicture:
        self._ask("preview", name)
        return AvatarPicture(b"a preview", "video/mp4")

    async def report(self, name: str) -> AvatarPicture:
        self._ask("report", name)
        return AvatarPicture(b"a report", "application/json")

    async def sheet(self, name: str) -> AvatarPicture:
        self._ask("sheet", name)
        return AvatarPicture(b"a sheet", "image/png")

    async def poster(self, name: str) -> AvatarPicture:
        self._ask("poster", name)
        return AvatarPicture(b"a poster", "image/jpeg")

    async def remove(self, name: str) -> None:
        self._ask("remove", name)

    async def rename(self, name: str, to: str) -> None:
        self._ask("rename", name, to)

    def engines(self) -> list[MakingEngine]:
        return [MakingEngine("builtin", photo=True, clip=False)]

    async def order(self, wish: AvatarWish, source: int, name: str) -> AvatarTaskInfo:
        with os.fdopen(source, "rb") as file:
            assert file.tell() == 0
            self._ask("order", wish, file.read(), name)
        self.avatar_task = AvatarTask(wish.task or "t1", wish)
        self.changes.note(self.avatar_task)
        return self.avatar_task.info()

    async def source(self, path: str) -> tuple[int, str]:
        self._ask("source", path)
        descriptor = os.memfd_create("source")
        os.write(descriptor, b"a clip of the server")
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor, "clip.mp4"

    def task(self, task: str) -> AvatarTaskInfo:
        if self.avatar_task is None or self.avatar_task.id != task:
            raise UnknownTask(f"no task has the id {task!r}")
        return self.avatar_task.info()

    def tasks(self) -> list[AvatarTaskInfo]:
        return [] if self.avatar_task is None else [self.avatar_task.info()]

    async def cancel(self, task: str) -> AvatarTaskInfo:
        self._ask("cancel", task)
        return replace(self.task(task), status="deleted")

    def watch(self, task: str | None) -> TaskFollower:
        self._ask("watch", task)
        found = self.avatar_task
        assert found is not None
        return self.changes.follow(lambda: (found,), one=task is not None)

    async def close(self, sessionid: str) -> None:
        self._ask("close", sessionid)

    async def say(
        self,
        sessionid: str,
        text: str,
        *,
        style: SpeechStyle,
        interrupt: bool,
        markup: MarkupRule = "strip",
        tts: Mapping[str, object] | None = None,
    ) -> Sequence[str]:
        self.tts = tts
        self._ask("say", sessionid, text, style, interrupt, markup)
        return self.notes

    async def chat(
        self,
        sessionid: str,
        text: str,
        *,
        style: SpeechStyle,
        interrupt: bool,
        tts: Mapping[str, object] | None = None,
    ) -> Sequence[str]:
        self.tts = tts
        self._ask("chat", sessionid, text, style, interrupt)
        return self.notes

    async def transcribe(self, sound: bytes) -> str:
        self._ask("transcribe", sound)
        return "hello there"

    async def say_sound(
        self, sessionid: str, sound: int, name: str, *, interrupt: bool
    ) -> SoundAccepted:
        with os.fdopen(sound, "rb") as file:
            assert file.tell() == 0
            self._ask("say_sound", sessionid, file.read(), name, interrupt)
        return SoundAccepted(1.5)

    async def stream(self, sessionid: str, rate: int) -> SoundStream:
        """The other end is put into `streams`, as ingest gets it."""
        self._ask("stream", sessionid, rate)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.setblocking(False)
        theirs.setblocking(False)
        self.streams.put_nowait(theirs)
        return SoundStream(self.asked.count(("stream", sessionid, rate)), self.interrupts, ours)

    def epoch(self, sessionid: str) -> int:
        return self.interrupts

    def follow(self, sessionid: str, after: int) -> Follower:
        if sessionid not in self.logs:
            raise UnknownSession.named(sessionid)
        return self.logs[sessionid].follow(after)

    def interrupt(self, sessionid: str) -> None:
        self._ask("interrupt", sessionid)
        self.interrupts += 1

    def hold(self, sessionid: str) -> None:
        self._ask("hold", sessionid)

    def resume(self, sessionid: str) -> None:
        self._ask("resume", sessionid)

    def is_speaking(self, sessionid: str) -> bool:
        self._ask("is_speaking", sessionid)
        return self.speaking

    def all(self) -> list[SessionInfo]:
        return self.infos

    def state(self) -> Health:
        state = "running" if self.ready else "restarting"
        return Health(self.ready, {"egress": ActorHealth(17, state, 2)}, 1, 12)

    def obstacle(self) -> str:
        return "" if self.ready else "egress is restarting"

    async def trace(self, seconds: float) -> Rows:
        self._ask("trace", seconds)
        return rows_of([self.rows])

    async def metrics(self) -> bytes:
        self._ask("metrics")
        return b"ticks_total 7\n"


class RecordedRecordings:
    """Satisfies `RecordingControl`; files are those of `folder`."""

    def __init__(self, service: Recorder) -> None:
        self._ask = service._ask
        self._folder = service.folder
        self._row = RecordingRow("20261201-120000-0123456789abcdef", "abc", "mira", 1.5)

    async def start(self, sessionid: str) -> RecordingRow:
        self._ask("start_recording", sessionid)
        return self._row

    async def end(self, sessionid: str) -> RecordingRow:
        self._ask("end_recording", sessionid)
        self._row.state, self._row.kind = "done", "mp4"
        return self._row

    async def all(self) -> list[RecordingRow]:
        self._ask("recordings")
        return [self._row]

    async def film(self, recording: str) -> Path:
        self._ask("film", recording)
        return self._folder / "film.mp4"

    async def captions(self, recording: str) -> Path:
        self._ask("captions", recording)
        return self._folder / "film.vtt"

    async def film_of(self, sessionid: str) -> Path:
        self._ask("film_of", sessionid)
        return self._folder / "film.mp4"

    async def remove(self, recording: str) -> None:
        self._ask("remove_recording", recording)


class WatchedLog(EventLog):
    """Tells when somebody follows it, and when nobody does any more."""

    def __init__(self) -> None:
        super().__init__()
        self.joined, self.left = asyncio.Event(), asyncio.Event()

    def follow(self, after: int) -> Follower:
        self.joined.set()
        return super().follow(after)

    def leave(self) -> None:
        super().leave()
        self.left.set()

    async def flood(self) -> None:
        """Tell 640 kB every 10 ms until the follower is gone."""
        await self.joined.wait()
        while not self.left.is_set():
            for _ in range(64):
                self.tell(Error(utterance=0, text="x" * 10_000))
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(service: SessionService, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server at a free port; the server is stopped by a real SIGTERM."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    with listen(settings.model_copy(update={"port": 0})) as sock:
        served = asyncio.ensure_future(serve(service, settings, sock, ready.set_result))
        served.add_done_callback(lambda _: ready.cancel())
        try:
            async with httpx.AsyncClient(base_url=await ready, trust_env=False) as client:
                yield client
        finally:
            signal.raise_signal(signal.SIGTERM)
            assert await served == 0


class RecordedDistribution:
    """Records what is asked of it with the others."""

    def __init__(self, recorder: Recorder) -> None:
        self._ask = recorder._ask

    async def watch(self, sessionid: str, sdp: str) -> ViewerAnswer:
        self._ask("watch", sessionid, sdp)
        return ViewerAnswer("v=0 answer", "viewer")

    async def unwatch(self, sessionid: str, viewer: str) -> None:
        self._ask("unwatch", sessionid, viewer)

    async def open_output(
        self, sessionid: str, kind: OutputKind, url: str, token: str = ""
    ) -> OutputInfo:
        self._ask("open_output", sessionid, kind, url, token)
        return OutputInfo("1", sessionid, kind, "rtmp://localhost/live/…", "connecting", "", 1)

    def outputs(self, sessionid: str = "") -> list[OutputInfo]:
        self._ask("outputs", sessionid)
        return [OutputInfo("1", "abc", "rtmp", "rtmp://localhost/live/…", "live", "", 2)]

    async def close_output(self, output: str) -> None:
        self._ask("close_output", output)
