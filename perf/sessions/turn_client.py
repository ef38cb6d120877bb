"""One session whose person speaks, pauses, thinks, coughs or only echoes.

In: a client's session, and what its person says. Out: ms from the end of the last voiced sound to
the first loud packet, who was cut off, what was answered that asked nothing. Runs in the
benchmark's event loop; owns nothing.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final

from perf.client.session import ClientSession
from perf.sessions.turn_sounds import SaidSound, Sound, quieter

PATIENCE: Final = 60.0
AFTER_NOISE: Final = 3.0
SETTLE: Final = 0.6
NS: Final = 1_000_000_000
NS_PER_MS: Final = 1e6


@dataclass
class Heard:
    """What came of the turns of one kind. answered: ms to the first sound, for those who were.
    cut: people who were taken at their pause. parts: where the server says the time went; steps:
    when it says that each step was taken, in ms after the last voice that it knew."""

    asked: int = 0
    answered: list[float] = field(default_factory=list)
    cut: int = 0
    unanswered: int = 0
    parts: list[dict[str, float]] = field(default_factory=list)
    steps: list[dict[str, float]] = field(default_factory=list)


class Turns:
    """One session whose person speaks."""

    def __init__(self, session: ClientSession) -> None:
        assert session.sounds is not None and session.voice is not None
        assert session.news is not None
        self._session, self._sounds = session, session.sounds
        self._voice, self._news = session.voice, session.news

    async def ask(self, said: SaidSound, found: Heard) -> None:
        """Say it, and wait for the answer and its end."""
        begun = len(self._news.told)
        at = self._voice.say(said.sound, time.monotonic_ns() + NS // 10)
        end = at + round(said.end_ms * NS_PER_MS)
        await asyncio.sleep((end - time.monotonic_ns()) / NS)
        found.asked += 1
        cut = bool(self._taken(begun))
        found.cut += cut
        loud = await self._sounds.first_loud(end, PATIENCE)
        if loud is None:
            found.unanswered += 1
            return
        await self._silence(begun)
        if len(self._taken(begun)) > 1 and not cut:
            found.cut += 1
        elif not cut:
            found.answered.append((loud.at - end) / NS_PER_MS)
        for told in [told for told in self._events("turn", begun) if told["turn"]][-1:]:
            found.parts.append(told["ms"])
            found.steps.append(told.get("steps") or {})

    async def disturb(self, sound: Sound) -> bool:
        """Make a sound while nobody speaks; whether anything was answered to it."""
        begun = len(self._news.told)
        self._voice.say(sound, time.monotonic_ns())
        await asyncio.sleep(len(sound) / 16_000 + AFTER_NOISE)
        answered = bool(self._events("start", begun))
        if answered:
            await self._silence(begun)
        return answered

    async def echo(self, said: SaidSound, decibels: float, delay_ms: float) -> bool:
        """The face speaks, and hears itself; whether it stopped or answered itself."""
        begun = len(self._news.told)
        await self._session.api.say(self._session.id, said.text)
        loud = await self._sounds.first_loud(time.monotonic_ns(), PATIENCE)
        assert loud is not None, "the face does not speak"
        self._voice.say(quieter(said.sound, decibels), loud.at + round(delay_ms * NS_PER_MS))
        await self._silence(begun)
        await asyncio.sleep(AFTER_NOISE)
        return bool(self._events("interrupted", begun)) or len(self._events("start", begun)) > 1

    async def _silence(self, begun: int) -> None:
        """Until the face has said what it had to say, to each turn if one became two."""

        def over() -> bool:
            starts = len(self._events("start", begun))
            ends = len(self._events("end", begun)) + len(self._events("interrupted", begun))
            return ends >= starts >= max(1, len(self._taken(begun)))

        async with asyncio.timeout(PATIENCE):
            while not over():
                await self._news.next(lambda told: True, PATIENCE)
        await asyncio.sleep(SETTLE)

    def _taken(self, begun: int) -> list[dict[str, Any]]:
        """Turns that were over so far."""
        return [told for told in self._events("transcript", begun) if told["final"]]

    def _events(self, status: str, begun: int) -> list[dict[str, Any]]:
        told = list(self._news.told)[begun:]
        return [dict(one.event) for one in told if one.event["status"] == status]
