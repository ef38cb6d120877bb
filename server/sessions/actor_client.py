"""How messages reach the actors of a session.

In: the supervisor's workers and a session. Out: OpenSession, CloseSession and Flush to every
actor in the right order, requests and notices to one of them.
Runs in the supervisor's process; owns the names of the engines that are warm.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from actors.table import TABLE
from runtime.channel import PATIENCE_SECONDS, ChannelClosed
from runtime.errors import NotReady, UnknownAvatar
from runtime.layouts import Shape
from runtime.messages import (
    ActionsListed,
    AvatarAction,
    AvatarDescribed,
    CloseSession,
    ControlMessage,
    DescribeAvatar,
    Done,
    Flush,
    ForgetAvatar,
    ListActions,
    MessageBody,
    OpenSession,
    SdpAnswer,
    SdpOffer,
    SoundTranscribed,
    TranscribeSound,
    WarmEngine,
)
from runtime.process_life import START_SECONDS
from runtime.supervisor import Supervisor, Worker
from server.sessions.session import Session

logger = logging.getLogger(__name__)
Reply = TypeVar("Reply", bound=ControlMessage)

PREPARE_SECONDS: Final = START_SECONDS
"""The first session of an avatar may have to wait until it is prepared and its engine loaded; so
may a session that goes on in a process that is back. One that hangs is found by its heartbeats."""
TRANSCRIBE_SECONDS: Final = 120.0
"""Behind the turns of other sessions; the engine's own limit (setting asr.seconds) is less."""
SHOWING: Final = ("inference", "compositor")
"""The actors that load avatars."""
ROWS: Final = {row.name: row for row in TABLE}


class ActorClient:
    """Between the sessions and the workers of the supervisor."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._warmed: set[str] = set()

    async def shape(self, avatar: str) -> Shape:
        """The shape of this avatar's sessions, whose engine is loaded; raises UnknownAvatar, also
        for one that was removed. It is asked for each session: another avatar may have taken the
        name."""
        if avatar.startswith("."):  # what was removed has such a name
            raise UnknownAvatar(f"no avatar is called {avatar!r}")
        process = self._supervisor.workers_of("inference")[0].reach()
        described = await process.channel.request(
            DescribeAvatar(avatar), AvatarDescribed, actor="inference", patience=PREPARE_SECONDS
        )
        engine = described.shape.engine
        if engine not in self._warmed:
            await self._warm(engine)
            self._warmed.add(engine)
        return described.shape

    async def actions(self, avatar: str) -> list[AvatarAction]:
        """The actions of this avatar as they are now; raises UnknownAvatar."""
        process = self._supervisor.workers_of("inference")[0].reach()
        listed = await process.channel.request(
            ListActions(avatar), ActionsListed, actor="inference", patience=PREPARE_SECONDS
        )
        return listed.actions

    def forget(self, avatar: str) -> None:
        """What has this name is gone, or about to be replaced: nobody keeps it for later."""
        for actor in SHOWING:
            for worker in self._supervisor.workers_of(actor):
                if worker.process is not None and worker.ready:
                    with suppress(ChannelClosed):  # it is dead: nothing is kept there
                        worker.process.channel.send(ForgetAvatar(avatar), actor=actor)

    async def _warm(self, engine: str) -> None:
        """Load what the engine's features come from, wherever they may be worked out."""
        warming = (
            worker.reach().channel.request(
                WarmEngine(engine), Done, actor="features", patience=PREPARE_SECONDS
            )
            for worker in self._supervisor.workers_of("features")
        )
        await asyncio.gather(*warming)

    async def transcribe(self, sound: int) -> str:
        """The words of the sound in this descriptor; raises what TranscribeSound is refused with,
        and NotReady."""
        channel = self._supervisor.workers_of("ingest")[0].reach().channel
        heard = await channel.request(
            TranscribeSound(), SoundTranscribed, actor="ingest", descriptors=[sound],
            patience=TRANSCRIBE_SECONDS,
        )  # fmt: skip
        return heard.text

    def workers(self, sessions: Iterable[Session]) -> dict[str, Worker]:
        """For a new session: of each actor's processes the one with the fewest sessions.

        Raises NotReady while one of them is being started."""
        busy = list(sessions)
        chosen = {name: self._least(name, busy) for name in ROWS}
        for worker in chosen.values():
            worker.reach()
        return chosen

    def _least(self, actor: str, sessions: Sequence[Session]) -> Worker:
        workers = self._supervisor.workers_of(actor)
        return min(
            workers,
            key=lambda worker: sum(session.workers[actor] is worker for session in sessions),
        )

    async def open(self, session: Session, actor: str) -> None:
        """Hand the actor its ends of the session's rings."""
        grants, descriptors = session.rings.grants(ROWS[actor])
        before = session.conversation.exchanges(session.texts) if actor == "ingest" else []
        message = OpenSession(session.rings.spec, grants, before)
        await self._ask(session, actor, message, Done, descriptors, patience=PREPARE_SECONDS)

    async def open_all(self, session: Session) -> None:
        """Open the session everywhere at once."""
        await asyncio.gather(*(self.open(session, name) for name in ROWS))
        self._is_open(session)

    async def answer(self, session: Session, offer: SdpOffer) -> SdpAnswer:
        """Open egress, then the other actors while it answers the offer."""
        await self.open(session, "egress")
        opening = asyncio.gather(*(self.open(session, name) for name in ROWS if name != "egress"))
        try:
            return await self.request(session, "egress", offer, SdpAnswer)
        finally:
            await opening
            self._is_open(session)

    def _is_open(self, session: Session) -> None:
        """Every actor has it; raises NotReady where one of them died over it."""
        if session.broken:
            raise NotReady("an actor died while the session began; try again in a second")
        session.opened = True
        session.settled.set()

    async def reopen(self, session: Session, worker: Worker) -> None:
        """Give a process that is back the session that went on without it."""
        for row in worker.rows:
            if session.opened and session.state != "ended" and session.workers[row.name] is worker:
                await self.open(session, row.name)

    async def close(self, session: Session) -> None:
        """Close the session everywhere, the last actor first; a process that is down has
        nothing."""
        closing = (
            self._ask(session, name, CloseSession(session.id), Done) for name in reversed(ROWS)
        )
        for result in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, NotReady):
                logger.error("closing a session failed", exc_info=result)

    def flush(self, session: Session) -> None:
        """Tell every process of the session, egress first, that its epoch moved on."""
        for worker in dict.fromkeys(session.workers[name] for name in reversed(ROWS)):
            if worker.process is not None and worker.ready:
                with suppress(ChannelClosed):  # it is dead: its next life finds the epoch
                    worker.process.channel.send(Flush(session.id), key=f"flush {session.id}")

    def notify(self, session: Session, actor: str, message: MessageBody) -> None:
        """Tell the session's process of this actor, if it is up; nothing is answered."""
        worker = session.workers[actor]
        if session.opened and worker.process is not None and worker.ready:
            with suppress(ChannelClosed):  # it is dead: nobody is left to be told
                worker.process.channel.send(message, actor=actor)

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
        """Ask the session's process of this actor; raises NotReady until that has its sessions,
        unless this is part of giving them back."""
        worker = session.workers[actor]
        if session.opened and not (worker.serves or restoring):
            raise NotReady(f"{worker.name} is being started; try again in a second")
        return await self._ask(session, actor, message, expect, descriptors, expires=True)

    async def _ask(
        self,
        session: Session,
        actor: str,
        message: MessageBody,
        expect: type[Reply],
        descriptors: Sequence[int] = (),
        patience: float = PATIENCE_SECONDS,
        expires: bool = False,
    ) -> Reply:
        channel = session.workers[actor].reach().channel
        return await channel.request(
            message,
            expect,
            actor=actor,
            descriptors=descriptors,
            patience=patience,
            expires=expires,
        )
