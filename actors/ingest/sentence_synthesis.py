"""Sentences on their way to sound: each by the first voice that can say it.

In: sentences with the voices that may speak them. Out: one run for every sentence, made while
the one before is heard. A voice that fails before a sound of its own gives way to the next;
one that fails in the middle ends its sentence. Either way `trouble` is told, and the next
sentence follows. Runs on ingest's loop; owns one task for each utterance.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final, NamedTuple

from actors.ingest.speaking_rate import SpeakingRate
from actors.ingest.speech_frames import Run, SpeechPart
from actors.ingest.utterance import UtteranceTimes
from data.services import SpeechStyle
from models.service_error import ServiceError
from models.sound.chunks import Chunker
from models.voice.errors import VoiceError
from models.voice.speech import Speaker

PIECES_AHEAD: Final = 100
"""Pieces of a sentence, of 100 ms at most, that may wait: then the voice waits."""


class VoiceChoice(NamedTuple):
    """A voice and how it is asked. ahead: whether the next sentence is asked for while this one
    is heard (a service takes its time); a voice of this machine is quick, and asked in time."""

    speaker: Speaker
    style: SpeechStyle
    ahead: bool


class SentenceTask(NamedTuple):
    """A sentence, and who may speak it, best first."""

    text: str
    choices: Sequence[VoiceChoice]


class SynthesisReport(NamedTuple):
    """Who is told: `trouble` of what a person should know, `first` of the seconds that a voice
    took to its first sound, `failed` of a service's name and the reason."""

    trouble: Callable[[str], None]
    first: Callable[[str, float], None]
    failed: Callable[[str, str], None]


async def spoken(
    parts: AsyncGenerator[SentenceTask],
    steps: UtteranceTimes,
    pace: SpeakingRate,
    telling: SynthesisReport,
) -> AsyncGenerator[Run]:
    """A run for every part, one of them ahead; closing it closes `parts`."""
    order: asyncio.Queue[_SentenceAhead | None] = asyncio.Queue(1)

    async def speak_all() -> None:
        try:
            async with aclosing(parts):
                async for part in parts:
                    ahead = _SentenceAhead(PIECES_AHEAD if part.choices[0].ahead else 1)
                    await order.put(ahead)
                    await ahead.fill(_sentence(part, steps, pace, telling))
        except Exception:
            await order.put(None)
            raise
        await order.put(None)

    task = asyncio.get_running_loop().create_task(speak_all())
    try:
        while (ahead := await order.get()) is not None:
            yield ahead.run()
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


class _SentenceAhead:
    """A sentence whose sound is made by one task and read by another."""

    def __init__(self, most: int) -> None:
        self._pieces: asyncio.Queue[SpeechPart | None] = asyncio.Queue(most)

    async def fill(self, run: Run) -> None:
        try:
            async with aclosing(run):
                async for said in run:
                    await self._pieces.put(said)
        except Exception:
            await self._pieces.put(None)
            raise
        await self._pieces.put(None)

    async def run(self) -> Run:
        while (said := await self._pieces.get()) is not None:
            yield said


async def _sentence(
    part: SentenceTask, steps: UtteranceTimes, pace: SpeakingRate, telling: SynthesisReport
) -> Run:
    """The sentence by the first of its voices that can."""
    for number, choice in enumerate(part.choices):
        begun = False
        try:
            async with aclosing(_by(choice, part.text, steps, pace, telling)) as run:
                async for said in run:
                    begun = True
                    yield said
        except (VoiceError, ServiceError) as error:
            if isinstance(error, ServiceError):
                telling.failed(error.service, error.reason)
            others = part.choices[number + 1 :]
            help_ = f"; {others[0].speaker.name} speaks instead" if others and not begun else ""
            telling.trouble(f"{error}{help_}")
        if begun:
            return


async def _by(
    choice: VoiceChoice,
    text: str,
    steps: UtteranceTimes,
    pace: SpeakingRate,
    telling: SynthesisReport,
) -> Run:
    """The sentence by one voice; ServiceError when it makes no sound, or breaks off."""
    speaker = choice.speaker
    asked = time.monotonic_ns()
    chunker: Chunker | None = None
    seconds = 0.0
    try:
        async with aclosing(speaker.speak(text, choice.style)) as pieces:
            async for piece in pieces:
                words, sentence = piece.words, ""
                if chunker is None:
                    chunker, sentence = Chunker(piece.rate), text
                    words = words or pace.words(speaker.name, text)
                    now = time.monotonic_ns()
                    telling.first(speaker.name, (now - asked) / 1e9)
                    steps.voice = steps.voice or speaker.name
                    steps.first_sound = steps.first_sound or now
                seconds += len(piece.sound) / piece.rate
                yield SpeechPart(list(chunker.push(piece.sound)), sentence, words)
    except (VoiceError, ServiceError):
        if chunker is not None:  # what was said of it must come out whole
            yield SpeechPart(list(chunker.finish()))
        raise
    if chunker is None:
        raise ServiceError(speaker.name, "nonsense", "no sound came")
    pace.learn(speaker.name, text, seconds)
    yield SpeechPart(list(chunker.finish()))
