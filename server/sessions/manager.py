"""Sessions begin, go on without an actor for a while, and end.

In: offers of the HTTP API, paths to record to, and what the supervisor says of its workers.
Out: control messages to the actors that open and close sessions. Runs in the supervisor's
process, on its loop; owns every session's rings until it ends.
"""

import asyncio
import logging
import time
from pathlib import Path
from typing import Final

import msgspec

from data.colour import BLACK
from data.marking import USUAL_MARK, MarkWish, VisibleMark
from data.services import SpeechStyle
from runtime.errors import AtCapacity, MarkRequired, NotReady, RingtalkError, UnknownSession
from runtime.layouts import Shape
from runtime.messages import AvatarAction, SdpOffer, SessionSpec
from runtime.settings import Settings
from runtime.supervisor import Worker
from server.sessions.actions import Actions, numbers_of
from server.sessions.actor_client import ActorClient
from server.sessions.appearance import Appearance
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.conversation_log import ConversationLog
from server.sessions.dialogue import Dialogue
from server.sessions.distribution import SessionDistribution
from server.sessions.kept_conversations import KeptConversations
from server.sessions.metrics import SessionMetrics
from server.sessions.rate_limit import RateLimit
from server.sessions.recordings import Recordings
from server.sessions.registry import SessionRegistry
from server.sessions.rings import SessionRings
from server.sessions.service import SessionAnswer, SessionInfo
from server.sessions.session import Session, new_id
from server.sessions.speech import Speech
from server.sessions.unattended_sessions import UnattendedSessions

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 5
CONNECTING_SECONDS: Final = 2.0
"""A client that was answered has its place for so long, whoever else comes; then it keeps the place
until somebody needs it, or egress gives it up."""


class SessionManager:
    """Implements server.sessions.service.SessionLifecycle."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        client: ActorClient,
        appearance: Appearance,
        speech: Speech,
        actions: Actions,
        dialogue: Dialogue,
        metrics: SessionMetrics,
        tasks: BackgroundTasks,
        recordings: Recordings,
        distribution: SessionDistribution,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._client = client
        self._appearance = appearance
        self._speech = speech
        self._actions = actions
        self._dialogue = dialogue
        self._metrics = metrics
        self._tasks = tasks
        self._recordings = recordings
        self._distribution = distribution
        self._kept = KeptConversations(settings.resume_seconds)
        self._unattended = UnattendedSessions(settings.unattended_seconds, self._leave_unattended)

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
        """Answer an offer; when that fails, nothing of the session is left."""
        if before := self._registry.goes_on(resume):
            await self.end(before, "its client has come back")
            self._kept.keep(resume, self._kept.take(before.id))
        session = await self._begin(
            avatar,
            BLACK if matte else background,
            record="",
            resume=resume,
            custom=custom,
            mark=mark,
            matte=matte,
        )
        try:
            answer = await self._client.answer(session, SdpOffer(session.id, sdp, type))
            notes = await self._speech.sound_like(session, style) if style else ()
        except BaseException:
            await self.end(session, "its offer was not answered")
            self._kept.keep(resume, self._kept.take(session.id))  # for the next attempt
            raise
        session.answered = time.monotonic()
        _tell_begin(session)
        self._dialogue.begins(session)
        if self._settings.greeting and not resume:
            self._tasks.start(self._greet(session))
        return SessionAnswer(answer.sdp, answer.type, session.id, notes)

    async def _greet(self, session: Session) -> None:
        """It is heard from its first word on: speech waits until the client is connected."""
        try:
            await self._speech.say(
                session.id, self._settings.greeting, style=SpeechStyle(), interrupt=False
            )
        except UnknownSession:
            return  # its client has left
        except RingtalkError as error:
            self._speech.tell_trouble(session, f"greeting: {error}")

    async def begin(self, avatar: str | None, background: str = "", name: str = "") -> str:
        """A session without a caller, which ends when nobody uses it; one with a `name`, its id, is
        the server's own and stays."""
        session = await self._begin(avatar, background, record="", caller=False, name=name)
        try:
            await self._client.open_all(session)
        except BaseException:
            await self.end(session)
            raise
        session.state = "live"
        _tell_begin(session)
        self._dialogue.begins(session)
        if not name:
            self._unattended.watch(session)
        return session.id

    async def record(
        self,
        output: Path,
        background: str = "",
        avatar: str | None = None,
        *,
        subtitles: bool = False,
        mark: MarkWish = USUAL_MARK,
    ) -> Session:
        """A session without a peer: as fast as the machine can, into a file.

        `output` is an absolute path; `subtitles` are written beside it."""
        session = await self._begin(
            avatar, background, record=str(output), subtitles=subtitles, mark=mark
        )
        try:
            await self._client.open_all(session)
        except BaseException:
            await self.end(session)
            raise
        _tell_begin(session)
        return session

    async def close(self, sessionid: str) -> None:
        """End a session."""
        await self.end(self._registry.find(sessionid))

    def all(self) -> list[SessionInfo]:
        """Every session."""
        now = time.monotonic()
        return [
            SessionInfo(
                session.id,
                session.avatar,
                session.state,
                session.busy,
                now - session.born,
                session.rings.spec.shape.engine,
                session.style.ref_file or self._settings.voice,
                bool(session.recording),
                self._transport(session),
                [{"audiotype": one.number, "name": one.name} for one in session.actions],
            )
            for session in self._registry
        ]

    def _transport(self, session: Session) -> str:
        """How its picture goes to its caller; the session of the setting `transport` has none."""
        spec = session.rings.spec
        return "file" if spec.record else "webrtc" if spec.caller else self._settings.transport

    async def end(self, session: Session, reason: str = "") -> None:
        """Close the session everywhere; safe to be asked for twice. reason: why, where nobody asked
        for it; its clients are told."""
        if not self._registry.remove(session):
            return
        _tell_end(session, reason or "it was closed")
        self._unattended.leave(session)
        session.state = "ended"
        session.log.close(reason)
        session.failure = session.failure or reason or "the session was ended"
        session.settled.set()
        session.finished.set()
        session.turned()
        session.pending.clear()
        session.texts.clear()
        self._speech.stops(session)
        self._kept.keep(session.id, session.conversation.exchanges())
        self._registry.quieter()
        await self._client.close(session)
        self._recordings.writer_gone(session)
        self._metrics.ended(session)
        session.rings.close()

    def _leave_unattended(self, session: Session) -> None:
        reason = (
            f"nobody used this session for {self._settings.unattended_seconds:g} s (setting "
            "unattended_seconds)"
        )
        self._tasks.start(self.end(session, reason))

    async def drain(self, seconds: float) -> None:
        """Let sessions go on until their callers leave, for so long at most, and end them all."""
        try:
            async with asyncio.timeout(seconds):
                await self._registry.left()
        except TimeoutError:
            logger.warning(
                "callers were still there when the time to drain was over",
                extra={"fields": {"sessions": len(self._registry), "seconds": seconds}},
            )
        await asyncio.gather(*(self.end(one, "the server stops") for one in self._registry))
        self._kept.clear()

    def gone(self, session: Session, reason: str = "its client has left") -> None:
        """It ends, and nobody waits for that."""
        self._tasks.start(self.end(session, reason))

    def lost(self, worker: Worker) -> None:
        """A process died: sessions whose connection it held end; unfinished speech is over."""
        keeps = all(row.keeps for row in worker.rows)
        for session in self._registry:
            if not any(session.workers[row.name] is worker for row in worker.rows):
                continue
            if not session.opened:
                session.broken = True
            if session.rings.spec.record:
                session.broken = True
                session.failure = f"{worker.name} died in the middle of the recording"
                session.finished.set()
            elif not keeps and session.rings.spec.caller:
                self.gone(session, f"{worker.name}, which held its connection, died")
            else:
                if session.workers["egress"] is worker:
                    self._distribution.lost(session)
                    self._recordings.writer_gone(session)
                if any(row.name == "ingest" for row in worker.rows):
                    self._speech.voice_lost(session)

    async def restore(self, worker: Worker) -> None:
        """A process is back: give it the sessions that went on without it. One that cannot go on
        ends, and keeps no other from it."""
        for session in self._registry:
            try:
                await self._client.reopen(session, worker)
                if session.workers["egress"] is worker:
                    await self._distribution.restore(session)
                if any(row.name == "ingest" for row in worker.rows):
                    await self._speech.speak_again(session)
            except Exception:
                if not worker.ready:
                    return  # it died again: its next life is told
                fields = {"session": session.id}
                logger.exception("a session could not go on", extra={"fields": fields})
                self.gone(session, f"it could not go on after {worker.name} had died")

    async def _make_room(self) -> None:
        """End the session that waits longest for its client to connect; raises AtCapacity."""
        late = time.monotonic() - CONNECTING_SECONDS
        waiting = [
            (session.answered, session)
            for session in self._registry
            if session.state == "connecting" and session.answered and session.answered < late
        ]
        if not waiting:
            raise AtCapacity(self._settings.max_calls, RETRY_SECONDS)
        _, oldest = min(waiting, key=lambda one: one[0])
        await self.end(oldest, "its client did not connect, and another needed the place")

    async def _shape(self, avatar: str) -> tuple[Shape, tuple[AvatarAction, ...]]:
        """The shape of the avatar and its actions, as they are now, when there is a place for one
        session more."""
        while True:
            changes = self._registry.avatar_changes
            shape, actions = await self._client.shape(avatar), await self._actions.of(avatar)
            if changes != self._registry.avatar_changes:
                continue
            if len(self._registry) < self._settings.max_calls:
                return shape, actions
            await self._make_room()

    async def _begin(
        self,
        avatar: str | None,
        background: str,
        *,
        record: str,
        resume: str = "",
        custom: str = "",
        subtitles: bool = False,
        caller: bool = True,
        name: str = "",
        mark: MarkWish = USUAL_MARK,
        matte: bool = False,
    ) -> Session:
        if not self._registry.accepting:
            raise NotReady("the server is starting or stopping; try again in a second")
        visible = self._mark(mark)
        shown = avatar or self._settings.avatar
        behind = await self._appearance.wanted(background)
        shape, actions = await self._shape(shown)
        numbers = numbers_of(actions, custom)
        # nothing is awaited from here to `add`
        names = tuple(action.name for action in actions)
        spec = SessionSpec(
            name or new_id(),
            shown,
            msgspec.structs.replace(shape, matte=matte),
            not record,
            record,
            behind,
            subtitles,
            names,
            caller=caller,
            mark=visible,
        )
        workers = self._client.workers(self._registry)
        limit = RateLimit(self._settings.max_requests_per_second)
        conversation = ConversationLog(self._settings.llm.history)
        conversation.go_on(self._kept.take(resume))
        rings = SessionRings(spec, self._settings.ahead_ms)
        session = Session(
            rings,
            workers,
            limit,
            conversation,
            resumed=resume,
            actions=actions,
            action_numbers=numbers,
        )
        self._registry.add(session)
        return session

    def _mark(self, wish: MarkWish) -> VisibleMark | None:
        try:
            return self._settings.marking.mark(wish)
        except ValueError as error:
            raise MarkRequired(str(error)) from error


def _tell_begin(session: Session) -> None:
    fields = {"session": session.id, "avatar": session.avatar}
    if session.resumed:
        fields["resumes"] = session.resumed
    logger.info("a session begins", extra={"fields": fields})


def _tell_end(session: Session, reason: str) -> None:
    fields = {
        "session": session.id,
        "avatar": session.avatar,
        "seconds": round(time.monotonic() - session.born, 1),
        "reason": reason,
    }
    logger.info("a session ends", extra={"fields": fields})
