"""One face on a ringtalk server: sound up, ticks down.

In: int16 mono sound at 48 kHz. Out: ticks, each with its sound and its picture.
Runs in the agent's event loop; owns the session, its WebSocket and its stream of ticks, which
`close` frees.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from typing import Final, Self

from httpx import HTTPError
from ringtalk_client import AsyncClient, AsyncSession, AsyncSoundStream, RingTalkError

from pipecat_ringtalk.remote_ticks import RemoteTicks
from pipecat_ringtalk.tick_stream import RATE, Hush, Tick, TickStream

CONNECT_SECONDS: Final = 10.0
FAREWELL_SECONDS: Final = 2.0
"""For the goodbye of a server that may be gone."""


class FaceAway(Exception):
    """The face cannot be had, or is lost; the message says why."""


async def _hear(sound: AsyncSoundStream) -> None:
    """Take what the socket tells, so that it lives; the ticks say all that is needed."""
    with suppress(RingTalkError):
        async for _ in sound.events():
            pass


class Face:
    """Made by `open`."""

    def __init__(
        self,
        session: AsyncSession,
        sound: AsyncSoundStream,
        ticks: TickStream | RemoteTicks,
        owned: AsyncExitStack,
    ) -> None:
        self._session, self._sound, self._ticks, self._owned = session, sound, ticks, owned

    @classmethod
    async def open(
        cls, url: str, key: str, avatar: str, background: str, remote: bool = False
    ) -> Self:
        """A new session, empty names for the server's choice. remote: whether the server is on
        another machine. Raises FaceAway."""
        async with AsyncExitStack() as owned:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    client = await owned.enter_async_context(AsyncClient(url, key=key))
                    session = await owned.enter_async_context(
                        await client.begin(avatar, background)
                    )
                    sound = await owned.enter_async_context(session.stream(RATE))
                    ticks: TickStream | RemoteTicks
                    if remote:
                        ticks = await RemoteTicks.open(client, session.id, sound)
                        owned.push_async_callback(ticks.close)
                    else:
                        ticks = await TickStream.open(await session.open_output("ticks"))
                        owned.callback(ticks.close)
                        owned.callback(asyncio.ensure_future(_hear(sound)).cancel)
            except (RingTalkError, HTTPError, OSError) as error:
                raise FaceAway(f"{url}: {error or type(error).__name__}") from error
            return cls(session, sound, ticks, owned.pop_all())

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        return self._ticks.size

    async def say(self, sound: bytes) -> None:
        """More of an utterance. Waits where the server has 30 s of it. Raises FaceAway."""
        await self._up(self._sound.send(sound))

    async def commit(self) -> None:
        """The utterance is complete."""
        await self._up(self._sound.commit())

    async def interrupt(self) -> None:
        """Silence it."""
        await self._up(self._sound.interrupt())

    async def hold(self) -> None:
        """Wait where it is, until `resume` or `interrupt`."""
        await self._up(self._sound.hold())

    async def resume(self) -> None:
        """Go on."""
        await self._up(self._sound.resume())

    async def show(self, avatar: str) -> None:
        """Another avatar."""
        await self._up(self._session.show(avatar))

    async def put_behind(self, background: str) -> None:
        """Another background."""
        await self._up(self._session.put_behind(background))

    async def ticks(self) -> list[Tick | Hush]:
        """All that came since the last call, at least one."""
        try:
            return await self._ticks.batch()
        except ConnectionError as error:
            raise FaceAway(str(error)) from error

    async def close(self) -> None:
        """End the session, if its server is still there."""
        with suppress(RingTalkError, OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._owned.aclose()

    async def _up(self, sending: Awaitable[object]) -> None:
        try:
            await sending
        except RingTalkError as error:
            raise FaceAway(str(error)) from error
