"""What an actor is: the interface between a stage of the row of actors and its process.

An actor is made once in its process, told of sessions as they open and close, and
says what it does with their frames; everything else (sockets, rings' descriptors,
restarts) is the host's. Runs in the actor's process.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry

from ringbuf import Control
from runtime.exchange import Exchange
from runtime.messages import ActorNews, ActorSettings, MessageBody, SessionSpec
from runtime.ports import Inlet, Outlet


@dataclass(frozen=True)
class Context:
    """What the host lends to an actor for its whole life."""

    settings: ActorSettings
    registry: CollectorRegistry
    emit: Callable[[ActorNews], None]
    """Tells the supervisor something, without waiting."""
    fail: Callable[[BaseException], None]
    """Ends this process: the actor cannot go on, and a restart may help."""


@dataclass(frozen=True)
class ActorSession:
    """A session as one actor sees it; the host owns what is in it. exchanges: for ingest, what
    was said before."""

    spec: SessionSpec
    control: Control
    inlets: Mapping[str, Inlet]
    outlets: Mapping[str, Outlet]
    exchanges: Sequence[Exchange] = ()

    @property
    def id(self) -> str:
        return self.spec.session


class Actor(Protocol):
    """One stage. Its class is named in actors/table.py and made with a Context."""

    async def start(self) -> None:
        """Load what is heavy; the process is ready when this returns."""
        ...

    async def open(self, session: ActorSession) -> None:
        """A session begins, or goes on after a restart of this process."""
        ...

    async def close(self, session: str) -> None:
        """The session is over; return when nothing touches its rings any more."""
        ...

    def flush(self, session: str) -> None:
        """The session's epoch moved on: cancel work in flight, free stale slots."""
        ...

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        """Answer a request that is for this kind of actor; owns the descriptors.

        Raises a RingtalkError to refuse it. The answer to a notice is not sent."""
        ...

    async def stop(self) -> None:
        """The process ends; every session has been closed."""
        ...


def unknown(request: MessageBody, actor: str) -> TypeError:
    """For a request that an actor does not know: a mistake of ours, so it is loud."""
    return TypeError(f"{actor} does not answer {type(request).__name__}")
