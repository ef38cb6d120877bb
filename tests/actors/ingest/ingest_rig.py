"""An ingest actor with the real voices, and who hears it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import uvloop

from actors.ingest.actor import Ingest
from data.services import MarkupRule, SpeechStyle
from runtime.layouts import Flag
from runtime.messages import Done, PlaySound, SayText, SoundPlaying
from runtime.ports import Inlet, Mark
from tests.actors.session_rig import PATIENCE, Lent, Rig

MOST_SECONDS = 5
MOST_WAITING = 2


class Spoken:
    """An ingest actor that runs for the whole module, since its voices take a second to load."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.lent = Lent(
            Path("/nonexistent"), max_queue=MOST_WAITING, max_audio_seconds=MOST_SECONDS
        )
        self.actor = Ingest(self.lent.context)
        self.runner.run(self.actor.start())
        self.number = 0

    def tell(
        self,
        story: Callable[[Rig], Awaitable[None]],
        *,
        listens: bool = True,
        actions: tuple[str, ...] = (),
    ) -> None:
        """listens: an ear takes the sound as it comes; else it takes none."""

        async def within() -> None:
            with Rig(actions=actions) as rig:
                await self.actor.open(rig.stand("ingest"))
                ear = asyncio.ensure_future(_listen(rig.inlet("sound"))) if listens else None
                try:
                    async with asyncio.timeout(PATIENCE):
                        await story(rig)
                finally:
                    if ear is not None:
                        ear.cancel()
                    await self.actor.close("s")

        self.runner.run(within())

    async def say(
        self,
        text: str,
        *,
        epoch: int = 0,
        voice: str = "auto",
        language: str = "",
        markup: MarkupRule = "strip",
    ) -> None:
        self.number += 1
        style = SpeechStyle(voice=voice, language=language)
        message = SayText("s", epoch, self.number, text, style, markup)
        assert isinstance(await self.actor.handle(message, []), Done)

    async def play(self, data: bytes, *, epoch: int = 0, session: str = "s") -> float:
        self.number += 1
        memory = os.memfd_create("upload")
        os.write(memory, data)
        os.lseek(memory, 0, os.SEEK_SET)
        message = PlaySound(session, epoch, self.number, "upload.bin")
        playing = await self.actor.handle(message, [memory])
        assert isinstance(playing, SoundPlaying)
        return playing.seconds


def uploads() -> int:
    """Uploads that are open in this process."""
    links = []
    for name in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            continue
    return sum("memfd:upload" in link for link in links)


async def _listen(inlet: Inlet) -> None:
    while True:
        await inlet.next()
        inlet.release()


async def hear(inlet: Inlet) -> tuple[list[Mark], float]:
    """An utterance to its end: its marks and its loudness (RMS, full scale 1)."""
    marks: list[Mark] = []
    power = 0.0
    while not marks or Flag.LAST not in marks[-1].flags:
        slot = await inlet.next()
        marks.append(inlet.mark(slot))
        power += float(np.mean(np.square(slot["feature"])))
        inlet.release()
    return marks, (power / len(marks)) ** 0.5
