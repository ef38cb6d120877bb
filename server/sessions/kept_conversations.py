"""What sessions had said when they ended, for one that goes on with it.

In: a session's turns as it ends. Out: the same, once, for the session that names it. A session
ends with its connection (egress was restarted, the client changed its network), the conversation
need not. An id is not to be guessed, so whoever holds it may go on. Runs on the
supervisor's loop; owns the turns, of KEPT_MAX sessions at most, and a timer for each.
"""

import asyncio
from typing import Final

from runtime.exchange import Exchange

KEPT_MAX: Final = 256


class KeptConversations:
    """Turns by the id of the session that had them."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: how long turns are kept; 0: not at all."""
        self._seconds = seconds
        self._kept: dict[str, tuple[list[Exchange], asyncio.TimerHandle]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, session: str, turns: list[Exchange]) -> None:
        """The session ends. Of too many the oldest are forgotten."""
        if not turns or self._seconds == 0:
            return
        self.take(session)
        if len(self._kept) == KEPT_MAX:
            self.take(next(iter(self._kept)))
        loop = asyncio.get_running_loop()
        self._kept[session] = turns, loop.call_later(self._seconds, self.take, session)

    def take(self, session: str) -> list[Exchange]:
        """Its turns, which are forgotten with this; none of a session that is not known."""
        turns, timer = self._kept.pop(session, ([], None))
        if timer is not None:
            timer.cancel()
        return turns

    def clear(self) -> None:
        """Forget all."""
        for session in list(self._kept):
            self.take(session)
