"""Who can be shown, and what is put behind them.

In: what a client wants. Out: requests to a call's compositor, and what its next life is told.
Runs in the supervisor's process; owns the pictures that were uploaded.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import msgspec

from runtime.messages import Done, SetBackground
from runtime.settings import Settings
from server.sessions.actor_client import Switchboard
from server.sessions.background_store import Backgrounds
from server.sessions.service import AvatarInfo
from server.sessions.session import Call


class Wardrobe:
    """Of one house."""

    def __init__(self, settings: Settings, switchboard: Switchboard) -> None:
        self._cache = settings.cache_dir
        self._default = settings.avatar
        self._switchboard = switchboard
        self._backgrounds = Backgrounds(self._cache / "backgrounds")

    async def wanted(self, background: str) -> str:
        """What a client calls a background, as the actors are told; see `Backgrounds.wanted`."""
        return await self._backgrounds.wanted(background)

    async def change(self, call: Call, background: str) -> None:
        """Put it behind the person of a running call; of two changes the later one stays.

        Raises what `wanted` does, FixedBackground, NotReady, and UnknownSession if the call
        has ended meanwhile."""
        wanted = await self.wanted(background)
        async with call.dressing:
            await self._switchboard.request(
                call, "compositor", SetBackground(call.id, wanted), Done
            )
            call.street.spec = msgspec.structs.replace(call.street.spec, background=wanted)

    async def keep(self, picture: bytes, calls: Iterable[Call]) -> str:
        """The id of an uploaded picture; those that the calls show are not thrown away for it."""
        return await self._backgrounds.keep(
            picture, {call.street.spec.background for call in calls}
        )

    async def avatars(self) -> list[AvatarInfo]:
        """From the folders, as they are now."""
        return await asyncio.to_thread(_avatars, self._cache, self._default)


def _avatars(cache: Path, default: str) -> list[AvatarInfo]:
    from actors.avatars import BUILTIN, avatars  # noqa: PLC0415 - what prepares avatars is heavy
    from data.head import FIRST_PERSON  # noqa: PLC0415

    called = FIRST_PERSON if default == BUILTIN else default
    return [AvatarInfo(**asdict(each), default=each.name == called) for each in avatars(cache)]
