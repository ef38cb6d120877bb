"""Actors that stand still although there is work for them.

In: the rings and clocks of all sessions, looked at once a second, and the heartbeats of the
processes. Out: a process is killed, and so comes back, when work waited for one of its actors for
STALL_SECONDS without being touched and its loop did not turn either; or for HANG_SECONDS
whatever its loop does, for a thread may hang alone. Seconds in which the supervisor itself did
not run do not count. Runs on the supervisor's loop; owns a timer.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final, NamedTuple

from ringbuf import Counters
from runtime.control_words import ControlWord
from server.sessions.registry import SessionRegistry
from server.sessions.session import Session

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
STALL_SECONDS: Final = 3
HANG_SECONDS: Final = 60
"""A large network on a slow machine may work on one batch for long."""


class WorkPlace(NamedTuple):
    """Where an actor's work waits, and the ring, if any, in which there must be room for it."""

    waits: str
    room: str = ""


PLACES: Final = {
    "ingest": WorkPlace("mic"),
    "features": WorkPlace("speech", "feature"),
    "inference": WorkPlace("feature", "face"),
    "egress": WorkPlace("picture"),
}


class StallWatch:
    """Of all sessions."""

    def __init__(self, registry: SessionRegistry) -> None:
        self._registry = registry
        self._still: dict[tuple[str, str], tuple[int, int]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look once a second from now on."""
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._again)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def look(self) -> None:
        """Count who stands still, and end who does for too long."""
        before, self._still = self._still, {}
        for session in self._registry:
            if session.opened and session.rings.spec.live:
                for actor, position in self._due(session).items():
                    last, looks = before.get((session.id, actor), (-1, 0))
                    looks = looks + 1 if position == last else 0
                    self._still[session.id, actor] = position, looks
                    self._judge(session, actor, looks)

    def _due(self, session: Session) -> Mapping[str, int]:
        """What is due of those that can work: who is being started has time for that."""
        due = work_due(session)
        return {actor: due[actor] for actor in due if session.workers[actor].serves}

    def _judge(self, session: Session, actor: str, looks: int) -> None:
        worker = session.workers[actor]
        if looks < STALL_SECONDS or worker.process is None:
            return
        if looks >= HANG_SECONDS or worker.process.silent_seconds >= STALL_SECONDS:
            fields = {"session": session.id, "actor": actor}
            message = "%s stands still with work to do; it is killed"
            logger.error(message, worker.name, extra={"fields": fields})
            worker.process.kill()

    def _again(self) -> None:
        self.look()
        self.start()


def work_due(session: Session) -> Mapping[str, int]:
    """The actors for which work waits, each with how far it has come."""
    counters = session.rings.counters()
    due = {
        actor: _touched(counters[place.waits])
        for actor, place in PLACES.items()
        if counters[place.waits].depth > 0 and (not place.room or _has_room(counters[place.room]))
    }
    control = session.rings.control
    if control.load(ControlWord.START) and _has_room(counters["picture"]):
        due["compositor"] = control.load(ControlWord.TICK)
    return due


def _touched(ring: Counters) -> int:
    return ring.consumed + ring.dropped


def _has_room(ring: Counters) -> bool:
    return ring.depth < ring.slots
