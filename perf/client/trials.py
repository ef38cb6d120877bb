"""One attentive session, and what is tried with it: each trial gives ms at the client.

In: a session that listens and looks. Out: the figures of single trials. Every trial begins in
silence, at a random moment of the tick, and has an end in time whatever the server does. Runs
in the client's event loop; owns nothing.
"""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Final

from data.units import TICK_MS
from perf.client import lips
from perf.client.api import Api, Refused
from perf.client.mouth import Mouth, Region
from perf.client.picture_receiver import PictureReceiver, SeenPicture
from perf.client.session import ClientSession
from perf.client.sound_receiver import SoundReceiver
from perf.sounds import bursts, vowel, wav

PATIENCE: Final = 10.0
"""Seconds after which what did not come counts as missing."""
QUIET_SECONDS: Final = 0.4
LEARN_SECONDS: Final = 12.5
"""Longer than an idle clip: every sway and blink of it has been seen."""
AFTERMATH: Final = 0.7
"""Seconds that are watched after an interrupt."""
STOLEN_SECONDS: Final = 1.2
"""Seconds that are listened to for speech that was interrupted before it was heard."""
RECENT_NS: Final = 200_000_000
NS_PER_MS: Final = 1e6
SENTENCE: Final = "Hello there, how are you today?"
ONSET: Final = wav(vowel(2.0))
BURST_SECONDS: Final = 0.25


@dataclass(frozen=True)
class Onset:
    """ms from a request to its first loud packet and to its first moved mouth; None where
    nothing came. answer: to the server's answer."""

    answer: float
    sound: float | None
    mouth: float | None


@dataclass(frozen=True)
class Silence:
    """ms from an interrupt to the last loud packet (0: none after it) and to the first picture
    of a still mouth; None where the mouth was not moving just before, or did not rest after."""

    sound: float
    mouth: float | None


async def connecting(api: Api, region: Region) -> float | None:
    """ms from an offer to its first decoded picture; None where none came."""
    session = ClientSession(api, listens=True, region=region)
    assert session.frames is not None
    try:
        await session.frames.open()
        sent, _ = await session.connect()
        seen = (
            session.frames.seen[0]
            if session.frames.seen
            else await session.frames.next(_any, PATIENCE)
        )
    finally:
        await session.close()
    return _ms(sent, seen.at) if seen else None


class Trials:
    """A session that has learnt what idling looks like."""

    def __init__(
        self,
        session: ClientSession,
        sounds: SoundReceiver,
        frames: PictureReceiver,
        mouth: Mouth,
    ) -> None:
        self.session, self.sounds, self.frames, self.mouth = (
            session,
            sounds,
            frames,
            mouth,
        )

    @classmethod
    async def begin(cls, session: ClientSession, seconds: float = LEARN_SECONDS) -> "Trials":
        """Watch the face idle, the whole of its loop unless `seconds` is less.

        Raises ValueError when it shows too few pictures.
        """
        assert session.sounds is not None and session.frames is not None
        await session.frames.open()
        await asyncio.sleep(seconds)
        return cls(
            session,
            session.sounds,
            session.frames,
            Mouth([seen.mouth for seen in session.frames.seen]),
        )

    async def look(self) -> None:
        """Open the eye again; returns when it sees."""
        await self.frames.open()
        await self.frames.next(_any, PATIENCE)

    async def settle(self) -> None:
        """Return after QUIET_SECONDS of silence, at a random moment of the tick."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            loud = self.sounds.last_loud(time.monotonic_ns() - int(QUIET_SECONDS * 1e9))
            if loud is None:
                break
            await asyncio.sleep(QUIET_SECONDS - (time.monotonic_ns() - loud.at) / 1e9 + 0.01)
        await asyncio.sleep(random.uniform(0, TICK_MS / 1000))

    async def sound_onset(self) -> Onset:
        """A vowel is uploaded."""
        await self.settle()
        begun = time.monotonic_ns()
        await self.session.api.say_sound(self.session.id, ONSET)
        return await self._onset(begun)

    async def text_onset(self) -> Onset:
        """A sentence is to be spoken."""
        await self.settle()
        begun = time.monotonic_ns()
        await self.session.api.say(self.session.id, SENTENCE)
        return await self._onset(begun)

    async def silence(self) -> Silence:
        """Interrupt what is being heard just now."""
        await asyncio.sleep(random.uniform(0.3, 0.3 + TICK_MS / 1000))
        begun = time.monotonic_ns()
        await self.session.api.interrupt(self.session.id)
        await asyncio.sleep(AFTERMATH)
        last = self.sounds.last_loud(begun)
        return Silence(_ms(begun, last.at) if last else 0.0, self._still(begun))

    async def stolen(self, kind: str) -> bool | None:
        """Request and interrupt right behind it: whether anything was heard after that.

        kind: text, audio or chat. None: the server refused the request.
        """
        await self.settle()
        try:
            if kind == "audio":
                await self.session.api.say_sound(self.session.id, ONSET)
            else:
                what = "echo" if kind == "text" else kind
                await self.session.api.say(self.session.id, SENTENCE, what)
        except Refused as error:
            if error.status == 0:
                raise
            return None
        begun = await self.session.api.interrupt(self.session.id)
        return await self.sounds.first_loud(begun, STOLEN_SECONDS) is not None

    async def lips(self, count: int) -> list[float]:
        """ms from sound to mouth, on the sender's clock, for `count` vowels."""
        await self.settle()
        begun = time.monotonic_ns()
        pauses = [random.uniform(0.35, 0.45) for _ in range(count)]
        await self.session.api.say_sound(self.session.id, wav(bursts(count, BURST_SECONDS, pauses)))
        first = await self.sounds.first_loud(begun, PATIENCE)
        if first is None:
            return []
        await asyncio.sleep(sum(pauses[1:]) + (count + 1) * BURST_SECONDS)
        return lips.offsets(
            [heard for heard in self.sounds.heard if heard.at >= begun],
            [seen for seen in self.frames.seen if seen.at >= begun],
            self.session.reports,
            self.mouth,
        )

    async def _onset(self, begun: int) -> Onset:
        answered = time.monotonic_ns()
        sound = await self.sounds.first_loud(begun, PATIENCE)
        mouth = await self._first_moved(begun)
        return Onset(
            _ms(begun, answered),
            _ms(begun, sound.at) if sound else None,
            _ms(begun, mouth.at) if mouth else None,
        )

    async def _first_moved(self, begun: int) -> SeenPicture | None:
        for seen in self.frames.seen:
            if seen.at > begun and self.mouth.moved(seen.mouth):
                return seen
        return await self.frames.next(lambda seen: self.mouth.moved(seen.mouth), PATIENCE)

    def _still(self, begun: int) -> float | None:
        """The first picture of which and after which the mouth does not move."""
        recent = [seen for seen in self.frames.seen if seen.at >= begun - RECENT_NS]
        moving = [n for n, seen in enumerate(recent) if self.mouth.moved(seen.mouth)]
        if not moving or moving[-1] + 1 == len(recent):
            return None
        return max(0.0, _ms(begun, recent[moving[-1] + 1].at))


def _ms(begun: int, at: int) -> float:
    return (at - begun) / NS_PER_MS


def _any(seen: SeenPicture) -> bool:
    return True
