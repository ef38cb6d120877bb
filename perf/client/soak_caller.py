"""One client of a long run: it comes, has the face talk half of the time, interrupts, and goes.

In: a server and a seed. Out: a `Visit` for each time that it was there: gaps in the sound, pictures
that stood still, and how far sound and pictures were apart, with their times. Nothing is decoded.
Runs in the benchmark's event loop; owns its sessions.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from perf.client import flow
from perf.client.api import Api, Refused
from perf.client.crowd import speech
from perf.client.pace import Pace
from perf.client.session import ClientSession

TEXTS: Final = (
    "Hello there, how are you today?",
    "The weather was fine on Monday, but it rained on Tuesday, and nobody had an umbrella.",
    "I have three questions for you: who are you, where are you, and what can you do?",
)
TALK: Final = (4.0, 12.0)
"""Seconds of talking, and of silence after it."""
INTERRUPTED: Final = 0.3
"""Of the talks, this part is cut off at a random moment."""
STAY: Final = (40.0, 240.0)
AWAY: Final = (1.0, 5.0)
LOOK_SECONDS: Final = 5.0
STALLED_NS: Final = 8_000_000_000
"""A session from which nothing came for so long is over; the client comes anew."""
GAP_MS: Final = 40.0
FREEZE_MS: Final = 400.0
NEWEST: Final = 50
"""Arrivals of each track that a distance is taken over."""


@dataclass
class Visit:
    """One session. Times are CLOCK_MONOTONIC ns; pairs are (time, ms). end: goodbye, vanished,
    stalled, or why it was refused. offset: pictures' arrival after their sound's."""

    begun: int
    ended: int = 0
    end: str = ""
    gaps: list[tuple[int, float]] = field(default_factory=list)
    freezes: list[tuple[int, float]] = field(default_factory=list)
    offsets: list[tuple[int, float]] = field(default_factory=list)


class SoakCaller:
    """One person who comes again and again."""

    def __init__(self, url: str, seed: int) -> None:
        self.visits: list[Visit] = []
        self._url = url
        self._dice = random.Random(seed)

    async def run(self, until: int) -> None:
        """Come and go until CLOCK_MONOTONIC ns `until`."""
        while time.monotonic_ns() < until:
            visit = Visit(time.monotonic_ns())
            self.visits.append(visit)
            await self._visit(visit, until)
            visit.ended = time.monotonic_ns()
            await asyncio.sleep(self._dice.uniform(*AWAY))

    async def _visit(self, visit: Visit, until: int) -> None:
        api = Api(self._url)
        session = ClientSession(api, listens=False)
        vanishes = self._dice.random() < 0.5
        try:
            await session.connect()
            stay = min(
                self._dice.uniform(*STAY), (until - time.monotonic_ns()) / flow.NS_PER_SECOND
            )
            visit.end = "vanished" if vanishes else "goodbye"
            talk = asyncio.ensure_future(self._talk(session))
            try:
                await self._listen(session, visit, stay)
            finally:
                talk.cancel()
                await asyncio.wait([talk])
            _write_down(session, visit)
        except Refused as error:
            visit.end = f"refused: {error}"
        finally:
            if vanishes:
                session.vanish()
            await session.close()
            api.close()

    async def _listen(self, session: ClientSession, visit: Visit, seconds: float) -> None:
        """Note how far sound and pictures are apart, until the time is over or nothing comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(LOOK_SECONDS, left))
            now = time.monotonic_ns()
            if now - session.sound.arrivals[-1].first > STALLED_NS:
                visit.end = "stalled"
                return
            apart = offset(session)
            if apart is not None:
                visit.offsets.append((now, apart))

    async def _talk(self, session: ClientSession) -> None:
        """Talk and be silent in turn, until cancelled or refused."""
        dice = self._dice
        while True:
            seconds = dice.uniform(*TALK)
            try:
                if dice.random() < 0.5:
                    await session.api.say_sound(session.id, speech(seconds))
                else:
                    await session.api.say(session.id, dice.choice(TEXTS))
                if dice.random() < INTERRUPTED:
                    await asyncio.sleep(dice.uniform(0, seconds))
                    await session.api.interrupt(session.id)
            except Refused:
                return  # the session is over, which its packets say
            await asyncio.sleep(2 * seconds)


def offset(session: ClientSession) -> float | None:
    """Ms by which pictures arrive later after their time, by the sender's clock, than sound does:
    the median of each track's newest. None before both tracks' first reports."""
    lags = [
        _lag(session, kind, pace)
        for kind, pace in (("audio", session.sound), ("video", session.pictures))
    ]
    if lags[0] is None or lags[1] is None:
        return None
    return (lags[1] - lags[0]) * 1000


def _lag(session: ClientSession, kind: str, pace: Pace) -> float | None:
    found = []
    for index in range(-min(NEWEST, len(pace.arrivals)), 0):
        arrival = pace.arrivals[index]
        sent = flow.sender_seconds(session.reports, kind, arrival.timestamp, pace.rate)
        if sent is None:
            return None
        found.append(arrival.first / flow.NS_PER_SECOND - sent)
    return float(np.median(found)) if found else None


def _write_down(session: ClientSession, visit: Visit) -> None:
    span = (visit.begun, time.monotonic_ns())
    heard = flow.within(session.sound, span)[1:]
    gaps = flow.sound_gaps(session.sound, span)
    visit.gaps = [(a.first, ms) for a, ms in zip(heard, gaps, strict=True) if ms > GAP_MS]
    visit.freezes = list(_freezes(session.pictures))


def _freezes(pace: Pace) -> Iterator[tuple[int, float]]:
    for before, arrival in pairwise(pace.arrivals):
        stood = (arrival.first - before.first) / flow.NS_PER_MS
        if stood > FREEZE_MS:
            yield arrival.first, stood
