"""The sessions that there are, by id.

Whoever is asked for something of a session finds it here. Runs in the supervisor's process;
owns the table, and the event by which `silent` sees that less is left to be said.
"""

import asyncio
import time
from collections.abc import Iterator

from runtime.errors import UnknownSession
from server.sessions.session import Session


class SessionRegistry:
    """accepting: whether a session may begin. avatar_changes: how often an avatar was made, renamed
    or removed here."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._quieter = asyncio.Event()
        self.accepting = False
        self.avatar_changes = 0

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        """Over those that there are now: they may come and go meanwhile."""
        return iter(list(self._sessions.values()))

    def add(self, session: Session) -> None:
        """It has begun."""
        self._sessions[session.id] = session

    def remove(self, session: Session) -> bool:
        """It ends; False if it had ended already."""
        return self._sessions.pop(session.id, None) is not None

    def get(self, sessionid: str) -> Session | None:
        """The session, if it is still there."""
        return self._sessions.get(sessionid)

    def find(self, sessionid: str) -> Session:
        """The session, of which something is asked; raises UnknownSession."""
        session = self._sessions.get(sessionid)
        if session is None:
            raise UnknownSession.named(sessionid)
        session.used = time.monotonic()
        return session

    def goes_on(self, sessionid: str) -> Session | None:
        """Who has this session's conversation: itself, or one that went on with it and whose
        client does not know, since the answer was lost on its way."""
        if session := self.get(sessionid):
            return session
        return next((one for one in self if sessionid and one.resumed == sessionid), None)

    def showing(self, avatar: str) -> list[Session]:
        """The sessions that show the avatar of this name."""
        return [each for each in self if each.rings.spec.avatar == avatar]

    def quieter(self) -> None:
        """Some session has less left to say."""
        self._quieter.set()

    async def silent(self) -> None:
        """Wait until no session has anything left to say."""
        while any(session.pending for session in self._sessions.values()):
            self._quieter.clear()
            await self._quieter.wait()
