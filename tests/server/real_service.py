"""A service with its real actor processes, and viewers in it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvloop

from actors.avatars import clip_of
from data.avatar_name import BUILTIN
from data.services import AsrService, SpeechStyle
from runtime.errors import UnknownSession
from runtime.settings import Settings
from server.cli.avatar_list import avatar_list
from server.cli.making_engines import making_engines
from server.sessions.local_service import LocalSessionService
from tests.server.peer_client import PeerClient

PATIENCE = 150
"""Seconds after which a test gives up waiting; no test measures time."""
SENTENCE = "Good morning, and welcome to the house."
LONG = " ".join(["I will go on speaking for a good while now, so that you can interrupt me."] * 8)


def cache_with(folder: Path, *avatars: str) -> Path:
    """A cache with the built-in avatar, as every service has it, and short copies of it."""
    shared = Settings().cache_dir
    clip = clip_of(BUILTIN, shared)
    home = folder / "avatars"
    home.mkdir(parents=True)
    for prepared in (shared / "avatars").glob(f"{clip.name}-*"):
        (home / prepared.name).symlink_to(prepared)
    for name in avatars:
        short = replace(
            clip,
            name=name,
            frames=clip.frames[:3],
            placements=clip.placements[:3],
            clear=None,
            behind=None,
        )
        short.save(home / name)
    return folder


def settings(cache: Path, **changes: object) -> Settings:
    """Without a transcriber and the guide, which most tests have no use for."""
    plain = {"asr": AsrService(kind=""), "guide": False, **changes}
    return Settings(
        cache_dir=cache,
        placement="shared",
        log_level="error",
        **plain,  # type: ignore[arg-type]
    )


def a_service(given: Settings) -> LocalSessionService:
    """The service as `ringtalk serve` makes it, not started."""
    return LocalSessionService(given, partial(avatar_list, given), partial(making_engines, given))


class RealService:
    """A service that runs on a loop of its own, for many tests."""

    def __init__(self, given: Settings) -> None:
        self.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.service = a_service(given)
        self.sessions, self.speech = self.service.sessions, self.service.speech
        self.appearance, self.events = self.service.appearance, self.service.events
        self.health, self.registry = self.service.health, self.service._registry
        self.runner.run(self.service.start())

    def tell(self, story: Callable[[], Awaitable[None]]) -> None:
        """Run a story; it fails rather than hangs, and leaves no session behind."""

        async def within() -> None:
            try:
                async with asyncio.timeout(PATIENCE):
                    await story()
            finally:
                for info in self.sessions.all():
                    with suppress(UnknownSession):  # its client has left, which ended it too
                        await self.sessions.close(info.sessionid)
                await self.service._tasks.finished()

        self.runner.run(within())

    def stop(self) -> None:
        self.runner.run(self.service.stop())
        self.runner.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[tuple[str, PeerClient]]:
        """A session whose viewer sees pictures already."""
        client = PeerClient()
        try:
            answer = await self.sessions.open(await client.offer(), "offer", None)
            await client.accept(answer.sdp)
            await client.watch(1)
            yield answer.sessionid, client
        finally:
            await client.close()

    async def say(self, session: str, text: str = SENTENCE, *, interrupt: bool = False) -> None:
        await self.speech.say(session, text, style=SpeechStyle(), interrupt=interrupt)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds; it is looked at each time that the actors were asked."""
        while not condition():
            await self.health.metrics()

    def pid(self, actor: str) -> int:
        pid = self.health.state().actors[actor].pid
        assert pid is not None
        return pid

    def kill(self, actor: str) -> None:
        os.kill(self.pid(actor), signal.SIGKILL)

    async def killed(self, actor: str) -> None:
        """Kill the process of an actor and wait until the next one is ready."""
        restarts = self.health.state().actors[actor].restarts
        self.kill(actor)
        await self.until(
            lambda: (
                self.health.state().actors[actor].restarts > restarts and self.health.state().ready
            )
        )
