"""Sessions in the rooms of others: a LiveKit agent has the face join, and speaks through it.

In: where to join, and what with. Out: a session without a caller, whose picture and sound are in
the room once `join` returns; it ends with the room. Runs in the supervisor's process; owns nothing.
"""

import asyncio
from typing import Final

from runtime.errors import RoomNotJoined
from runtime.settings import Settings
from server.sessions.distribution import SessionDistribution
from server.sessions.manager import SessionManager
from server.sessions.output_targets import target_of
from server.sessions.registry import SessionRegistry

JOIN_SECONDS: Final = 40.0
"""More than egress tries."""


class Rooms:
    """Implements server.sessions.service.RoomJoining."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        sessions: SessionManager,
        distribution: SessionDistribution,
    ) -> None:
        self._settings, self._registry = settings, registry
        self._sessions, self._distribution = sessions, distribution

    async def join(self, url: str, token: str, avatar: str | None, background: str = "") -> str:
        """See `RoomJoining.join`."""
        target = target_of("livekit", url, token, self._settings)
        name = await self._sessions.begin(avatar, background)
        session = self._registry.find(name)
        try:
            info = await self._distribution.add(session, target)
            session.room = info.id
            output = session.outputs[info.id]
            async with asyncio.timeout(JOIN_SECONDS):
                while output.state == "connecting":
                    await output.changed()
            if output.state != "live":
                raise RoomNotJoined(output.why)
        except TimeoutError:
            await self._sessions.end(session, "its room was not joined")
            raise RoomNotJoined(f"the room was not joined in {JOIN_SECONDS:.0f} s") from None
        except BaseException:
            await self._sessions.end(session, "its room was not joined")
            raise
        return name
