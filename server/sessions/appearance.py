"""Who can be shown, and what is put behind them.

In: what a client wants. Out: requests to the actors that show a session, what their next lives are
told, and an event when the session has another avatar.
Runs in the supervisor's process; owns the pictures that were uploaded.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from runtime.channel import ChannelClosed
from runtime.errors import FixedBackground, NotReady, OtherShape
from runtime.layouts import Shape
from runtime.messages import (
    AvatarPrepared,
    Done,
    PrepareAvatar,
    RenderAvatar,
    SessionSpec,
    ShowAvatar,
    ShowBackground,
)
from runtime.settings import Settings
from server.sessions.actions import numbers_of
from server.sessions.actor_client import ActorClient
from server.sessions.background_store import BackgroundStore
from server.sessions.dialogue import Dialogue
from server.sessions.event_types import Avatar
from server.sessions.registry import SessionRegistry
from server.sessions.service import AvatarInfo
from server.sessions.session import Session

AvatarList = Callable[[], list[AvatarInfo]]
"""Everyone who can be shown, from the folders as they are now; reads disks, so it takes time."""


class Appearance:
    """Implements server.sessions.service.AppearanceControl."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        client: ActorClient,
        dialogue: Dialogue,
        avatar_list: AvatarList,
    ) -> None:
        self._registry = registry
        self._client = client
        self._dialogue = dialogue
        self._avatar_list = avatar_list
        self._backgrounds = BackgroundStore(settings.cache_dir / "backgrounds")

    async def avatars(self) -> list[AvatarInfo]:
        """From the folders, as they are now."""
        return await asyncio.to_thread(self._avatar_list)

    async def wanted(self, background: str) -> str:
        """What a client calls a background, as actors are told: see `BackgroundStore.wanted`."""
        return await self._backgrounds.wanted(background)

    async def set_avatar(self, sessionid: str, avatar: str) -> None:
        """Show another avatar in a session; of two changes the later one stays. It is made ready
        first, beside the ticks; whatever is wrong with it, the one before stays.

        Raises UnknownAvatar, OtherShape, NotReady, and UnknownSession if the session has ended
        meanwhile."""
        session = self._registry.find(sessionid)
        shape = await self._client.shape(avatar)
        actions = tuple(await self._client.actions(avatar))
        async with session.changing:
            before = session.rings.spec
            if avatar == before.avatar:
                return
            _require_fits(avatar, shape, before)
            shape = msgspec.structs.replace(shape, matte=before.shape.matte)
            names = tuple(action.name for action in actions)
            coming = msgspec.structs.replace(
                before, avatar=avatar, shape=shape, actions=names, look=before.look + 1
            )
            background = await self._turn(session, coming)
            session.actions, session.action_numbers = actions, numbers_of(actions)
            session.turned()
            self._dialogue.tell(
                session, Avatar(avatar=avatar, own_background=background != before.background)
            )

    async def _turn(self, session: Session, coming: SessionSpec) -> str:
        """Have the actors go over to this avatar, and their next lives begin with it; the
        session's background with it."""
        before = session.rings.spec
        made = await self._client.request(
            session, "compositor", PrepareAvatar(coming), AvatarPrepared
        )
        session.rings.spec = msgspec.structs.replace(coming, background=made.background)
        try:
            await self._client.request(session, "inference", RenderAvatar(session.rings.spec), Done)
        except BaseException:
            session.rings.spec = before
            raise
        with suppress(NotReady, ChannelClosed):  # a compositor that died begins again with it
            show = ShowAvatar(session.id, coming.look)
            await self._client.request(session, "compositor", show, Done)
        return made.background

    async def set_background(self, sessionid: str, background: str) -> None:
        """Put it behind the person of a session; of two changes the later one stays.

        Raises what `wanted` does, FixedBackground, NotReady, TooManyRequests, and UnknownSession
        if the session has ended meanwhile."""
        session = self._registry.find(sessionid)
        session.limit.take()
        if session.rings.spec.shape.matte:
            raise FixedBackground("this session is transparent: its page is behind the person")
        wanted = await self.wanted(background)
        async with session.changing:
            message = ShowBackground(session.id, wanted)
            await self._client.request(session, "compositor", message, Done)
            session.rings.spec = msgspec.structs.replace(session.rings.spec, background=wanted)

    async def keep_background(self, picture: bytes) -> str:
        """The id of an uploaded picture; those that sessions show are not thrown away for it."""
        shown = {session.rings.spec.background for session in self._registry}
        return await self._backgrounds.keep(picture, shown)


def _require_fits(avatar: str, shape: Shape, spec: SessionSpec) -> None:
    """OtherShape unless this avatar's faces and pictures fit the session's rings."""
    there = spec.shape
    if shape.picture != there.picture:
        raise OtherShape(
            f"avatar: {avatar!r} is {_size(shape.picture)}, this session is "
            f"{_size(there.picture)}; a session's size is fixed when it begins"
        )
    if (shape.kind, shape.feature, shape.face) != (there.kind, there.feature, there.face):
        raise OtherShape(
            f"avatar: {avatar!r} is drawn by {shape.engine} (faces of {_size(shape.face)}), this "
            f"session by {there.engine} ({_size(there.face)}), whose sound and faces are of "
            "another kind; begin a new session for it"
        )


def _size(sides: tuple[int, int]) -> str:
    return f"{sides[0]} x {sides[1]}"
