"""Who can be shown, and what is put behind them.

In: what a client wants. Out: requests to a session's compositor, and what its next life is told.
Runs in the supervisor's process; owns the pictures that were uploaded.
"""

import asyncio
from collections.abc import Callable

import msgspec

from runtime.messages import Done, ShowBackground
from runtime.settings import Settings
from server.sessions.actor_client import ActorClient
from server.sessions.background_store import BackgroundStore
from server.sessions.registry import SessionRegistry
from server.sessions.service import AvatarInfo

AvatarList = Callable[[], list[AvatarInfo]]
"""Everyone who can be shown, from the folders as they are now; reads disks, so it takes time."""


class Appearance:
    """Implements server.sessions.service.AppearanceControl."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        client: ActorClient,
        avatar_list: AvatarList,
    ) -> None:
        self._registry = registry
        self._client = client
        self._avatar_list = avatar_list
        self._backgrounds = BackgroundStore(settings.cache_dir / "backgrounds")

    async def avatars(self) -> list[AvatarInfo]:
        """From the folders, as they are now."""
        return await asyncio.to_thread(self._avatar_list)

    async def wanted(self, background: str) -> str:
        """What a client calls a background, as actors are told: see `BackgroundStore.wanted`."""
        return await self._backgrounds.wanted(background)

    async def set_background(self, sessionid: str, background: str) -> None:
        """Put it behind the person of a session; of two changes the later one stays.

        Raises what `wanted` does, FixedBackground, NotReady, TooManyRequests, and UnknownSession
        if the session has ended meanwhile."""
        session = self._registry.find(sessionid)
        session.limit.take()
        wanted = await self.wanted(background)
        async with session.changing:
            message = ShowBackground(session.id, wanted)
            await self._client.request(session, "compositor", message, Done)
            session.rings.spec = msgspec.structs.replace(session.rings.spec, background=wanted)

    async def keep_background(self, picture: bytes) -> str:
        """The id of an uploaded picture; those that sessions show are not thrown away for it."""
        shown = {session.rings.spec.background for session in self._registry}
        return await self._backgrounds.keep(picture, shown)
