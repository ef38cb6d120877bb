"""Sessions that nobody began for themselves and nobody uses any more, found out.

In: sessions without a caller, as they begin and end. Out: each that nobody used for `seconds`: no
viewer, no output but failed ones, no recording, nothing to say, nothing asked and nothing told. Who
follows its events does not count: a follower may be left over, too. Runs on the supervisor's loop;
owns a timer for each session that is watched.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from server.sessions.session import Session

NEVER: Final = 0.0


class UnattendedSessions:
    """over: told of a session that nobody used for so long, once."""

    def __init__(
        self,
        seconds: float,
        over: Callable[[Session], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """seconds: NEVER watches none. clock: that of `Session.used`."""
        self._seconds, self._over, self._clock = seconds, over, clock
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def watch(self, session: Session) -> None:
        """It has begun."""
        if self._seconds != NEVER:
            self._look_in(self._seconds, session)

    def leave(self, session: Session) -> None:
        """It has ended, or was not watched."""
        timer = self._timers.pop(session.id, None)
        if timer is not None:
            timer.cancel()

    def look(self, session: Session) -> None:
        """Whether it is over now; else look again when it may be."""
        now = self._clock()
        if _is_used(session):
            session.used = now
        left = session.used + self._seconds - now
        if left > 0:
            self._look_in(left, session)
            return
        self.leave(session)
        self._over(session)

    def _look_in(self, seconds: float, session: Session) -> None:
        loop = asyncio.get_running_loop()
        self._timers[session.id] = loop.call_later(seconds, self.look, session)


def _is_used(session: Session) -> bool:
    sent = any(output.state != "failed" for output in session.outputs.values())
    return bool(session.viewers or session.recording or session.busy or sent)
