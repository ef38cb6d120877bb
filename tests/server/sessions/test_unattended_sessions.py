"""When a session without a caller is over: asked of a clock that the test moves."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from runtime.messages import OutputTarget
from server.sessions.conversation_log import ConversationLog
from server.sessions.rate_limit import RateLimit
from server.sessions.session import Session
from server.sessions.session_output import SessionOutput
from server.sessions.unattended_sessions import NEVER, UnattendedSessions
from tests.actors.session_rig import Rig

SECONDS = 100.0


@dataclass
class Watched:
    """A session, what has been told of it, and a clock that the test moves."""

    session: Session
    seconds: float = SECONDS
    now: float = 0.0
    over: int = 0

    def __post_init__(self) -> None:
        self.session.used = 0.0
        self.sessions = UnattendedSessions(self.seconds, self._is_over, lambda: self.now)

    def _is_over(self, session: Session) -> None:
        assert session is self.session
        self.over += 1

    async def at(self, now: float) -> int:
        """How often it was told to be over by then."""
        self.now = now
        self.sessions.look(self.session)
        return self.over


@pytest.fixture
def session() -> Iterator[Session]:
    with Rig() as rig:
        yield Session(rig.rings, {}, RateLimit(50), ConversationLog(5))


def test_it_is_over_when_nothing_was_asked_for_so_long(session: Session) -> None:
    async def story() -> None:
        watched = Watched(session)
        watched.sessions.watch(session)
        assert await watched.at(60) == 0
        session.used = 60
        assert await watched.at(159) == 0
        assert await watched.at(160) == 1

    asyncio.run(story())


def used_by(kind: str, session: Session) -> Callable[[], object]:
    """Have it used; the way to end that."""
    if kind == "viewer":
        session.viewers = 1
        return lambda: setattr(session, "viewers", 0)
    if kind == "recording":
        session.recording = "a"
        return lambda: setattr(session, "recording", "")
    if kind == "utterance":
        session.pending.add(1)
        return session.pending.clear
    output = SessionOutput("o", OutputTarget("rtmp", "rtmp://localhost/a"), "waiting")
    session.outputs["o"] = output
    return lambda: setattr(output, "state", "failed")


@pytest.mark.parametrize("kind", ["viewer", "recording", "utterance", "output"])
def test_who_uses_it_keeps_it_however_long(kind: str, session: Session) -> None:
    async def story() -> None:
        watched = Watched(session)
        ends = used_by(kind, session)
        assert await watched.at(10_000) == 0
        ends()
        assert await watched.at(10_050) == 0
        assert await watched.at(10_100) == 1

    asyncio.run(story())


def test_no_timer_is_left_of_one_that_ended_or_is_not_to_be_watched(session: Session) -> None:
    async def story() -> None:
        never = Watched(session, NEVER)
        never.sessions.watch(session)
        never.sessions.leave(session)
        short = Watched(session, 1e-4)
        short.sessions.watch(session)
        short.sessions.leave(session)
        await asyncio.sleep(0.01)
        assert (never.over, short.over) == (0, 0)

    asyncio.run(story())
