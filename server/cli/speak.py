"""Speech into files: the same actors as a session, as fast as the machine can.

In: texts or sound files, and what is to be behind the person. Out: a file for each. Runs in the
command line's process, which is the supervisor for as long as it takes; owns the service that
it starts, once for all files.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from data.services import AsrService, SpeechStyle
from data.units import TICKS_PER_SECOND
from runtime.errors import NotReady, RingtalkError, UnreadablePicture
from runtime.settings import Settings
from server.cli.avatar_list import avatar_list
from server.sessions.local_service import LocalSessionService

Progress = Callable[[int, int | None], None]
"""Called with the ticks done and, where it is known, how many there will be."""


@dataclass(frozen=True)
class FilmOrder:
    """A file to make. words: a text, or the path of a sound file. output: an absolute path.
    background: "" for the avatar's own, #rrggbb, or the path of a picture. avatar: "" for the
    setting. subtitles: whether its captions are written beside it, as WebVTT and SubRip."""

    words: str | Path
    output: Path
    background: str | Path = ""
    avatar: str = ""
    style: SpeechStyle = field(default_factory=SpeechStyle)
    subtitles: bool = False


class SpeakingService:
    """The actors, while they make one file after the other."""

    def __init__(self, service: LocalSessionService) -> None:
        self._service = service
        self._pictures: dict[Path, str] = {}

    async def make(self, clip: FilmOrder, progress: Progress) -> None:
        """Write a clip. Raises a RingtalkError when it cannot be spoken (NotReady when a process
        died over it); then no file is left."""
        behind = await self._behind(clip.background)
        session = await self._service.sessions.record(
            clip.output, behind, clip.avatar or None, subtitles=clip.subtitles
        )
        try:
            seconds = await self._say(session.id, clip)
            total = None if seconds is None else round(seconds * TICKS_PER_SECOND)
            session.on_tick = lambda tick: progress(tick, total)
            await session.finished.wait()
            if session.broken:
                raise NotReady(session.failure)
            if session.failure:
                raise RingtalkError(session.failure)
        finally:
            await self._service.sessions.end(session)

    async def all_there(self) -> None:
        """Return when no process is away."""
        await self._service.all_there()

    async def _say(self, session: str, clip: FilmOrder) -> float | None:
        """Its length in seconds, where that is known."""
        if isinstance(clip.words, Path):
            sound = os.open(clip.words, os.O_RDONLY | os.O_CLOEXEC)
            name = clip.words.name
            taken = await self._service.speech.say_sound(session, sound, name, interrupt=False)
            return taken.seconds
        await self._service.speech.say(session, clip.words, style=clip.style, interrupt=False)
        return None

    async def _behind(self, background: str | Path) -> str:
        """As a session is told; a picture is kept once."""
        if not isinstance(background, Path):
            return background
        if background not in self._pictures:
            picture = await asyncio.to_thread(background.read_bytes)
            try:
                kept = await self._service.appearance.keep_background(picture)
            except UnreadablePicture as error:
                raise UnreadablePicture(f"{background.name}: {error}") from error
            self._pictures[background] = kept
        return self._pictures[background]


@asynccontextmanager
async def speaking(settings: Settings) -> AsyncIterator[SpeakingService]:
    """Start the actors, and stop them at the end. Nobody is listened to, and nothing answered."""
    mute = settings.model_copy(update={"asr": AsrService(kind=""), "guide": False})
    service = LocalSessionService(mute, partial(avatar_list, settings))
    await service.start()
    try:
        yield SpeakingService(service)
    finally:
        await service.stop()


async def speak(
    settings: Settings,
    words: str | Path,
    output: Path,
    progress: Progress,
    background: str | Path = "",
    *,
    subtitles: bool = False,
) -> None:
    """Write one film, as a `FilmOrder` says; raises as `SpeakingService.make` does."""
    async with speaking(settings) as service:
        await service.make(FilmOrder(words, output, background, subtitles=subtitles), progress)
