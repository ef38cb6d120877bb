"""Speech into a file: the same actors as a session, as fast as the machine can.

In: a text or a sound file, and what is to be behind the person. Out: a file. Runs in the
command line's process, which is the supervisor for as long as it takes; owns the service that
it starts.
"""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from data.services import SpeechStyle
from data.units import TICKS_PER_SECOND
from runtime.errors import RingtalkError
from runtime.settings import Settings
from server.cli.avatar_list import avatar_list
from server.sessions.local_service import LocalSessionService
from server.sessions.service import SoundAccepted

Progress = Callable[[int, int | None], None]
"""Called with the ticks done and, where it is known, how many there will be."""


async def speak(
    settings: Settings,
    words: str | Path,
    output: Path,
    progress: Progress,
    background: str | Path = "",
) -> None:
    """Write `output`, an absolute path: `words` is a text, or the path of a sound file;
    `background` "" for the avatar's own, #rrggbb, or the path of a picture.

    Raises a RingtalkError when it cannot be spoken; then no file is left."""
    service = LocalSessionService(settings, partial(avatar_list, settings))
    await service.start()
    try:
        if isinstance(background, Path):
            picture = await asyncio.to_thread(background.read_bytes)
            background = await service.appearance.keep_background(picture)
        session = await service.sessions.record(output, background)
        total: int | None = None
        if isinstance(words, Path):
            accepted = await _play(service, session.id, words)
            if accepted.seconds is not None:
                total = round(accepted.seconds * TICKS_PER_SECOND)
        else:
            await service.speech.say(session.id, words, style=SpeechStyle(), interrupt=False)
        session.on_tick = lambda tick: progress(tick, total)
        await session.finished.wait()
        if session.failure:
            raise RingtalkError(session.failure)
    finally:
        await service.stop()


async def _play(service: LocalSessionService, session: str, path: Path) -> SoundAccepted:
    sound = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return await service.speech.say_sound(session, sound, path.name, interrupt=False)
