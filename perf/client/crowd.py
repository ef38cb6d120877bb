"""Many sessions that all speak, or only watch, in a process of their own: the load under which
others are measured.

    profile ──spawn──▶ crowd ══ N peers ══▶ server
       ◀─ "ready" ─────┘   │                         nothing is decoded: only when each packet
       ── end of input ──▶ │                         came is noted, so the crowd costs little
       ◀─ figures (JSON) ──┘

In: a URL, how many, whether they speak, for how long at most. Out: one JSON line when all speak
(`Ready`), one at the end (`Crowd`). It ends when its input ends, or after the time. `python -m
perf.client.crowd --help`. Owns its sessions.
"""

import asyncio
import gc
import os
import random
import sys
import time
from typing import Annotated, Final

import msgspec
import numpy as np
import typer
import uvloop

from perf.client import flow
from perf.client.api import Api, Refused
from perf.client.session import ClientSession
from perf.sounds import bursts, wav

SPEECH_SECONDS: Final = 30.0
SYLLABLE: Final = (0.25, 0.15)
"""Seconds of each vowel, and the mean of the silences between."""
NS: Final = 1_000_000_000
GAP_KEPT_MS: Final = 5.0
"""Shorter gaps are not told."""


class Ready(msgspec.Struct, frozen=True):
    """All are connected and speak. connect_ms: offer to first packet, by session."""

    calls: int
    refused: int
    refusal: str
    connect_ms: list[float]


class Caller(msgspec.Struct, frozen=True):
    """One session's figures. Lateness: the worst of each second, ms."""

    fps: list[int]
    gaps_ms: list[float]
    sound_late_ms: list[float]
    picture_late_ms: list[float]
    lost: int


class Crowd(msgspec.Struct, frozen=True):
    """All sessions' figures over `seconds`; cpu: the crowd's own, in cores. failures: what the
    server answered to sessions that could not speak on."""

    seconds: float
    cpu: float
    callers: list[Caller]
    failures: list[str]


def speech(seconds: float) -> bytes:
    """A WAV of vowels that come and go about as syllables do."""
    on, off = SYLLABLE
    count = int(seconds / (on + off))
    pauses = random.Random(count)
    return wav(bursts(count, on, (pauses.uniform(0.5 * off, 1.5 * off) for _ in range(count))))


class Load:
    """The sessions, from the first offer to the last figure."""

    def __init__(self, url: str, count: int, *, speaks: bool = True) -> None:
        self._api = Api(url)
        self._count, self._speaks = count, speaks
        self._calls: list[ClientSession] = []
        self._speakers: list[asyncio.Task[None]] = []

    async def begin(self) -> Ready:
        """Connect one after the other, and have each speak until `end`, if they speak."""
        wav_file = speech(SPEECH_SECONDS)
        connect_ms: list[float] = []
        refused, why = 0, ""
        for _ in range(self._count):
            session = ClientSession(self._api, listens=False)
            try:
                sent, _ = await session.connect()
            except Refused as error:
                refused, why = refused + 1, str(error)
                await session.close()
                continue
            connect_ms.append((min(_first(session)) - sent) / 1e6)
            self._calls.append(session)
            if self._speaks:
                self._speakers.append(asyncio.ensure_future(self._speak(session, wav_file)))
        return Ready(len(self._calls), refused, why, connect_ms)

    async def end(self, span: flow.Span, cpu: float) -> Crowd:
        """Hang up; the figures are those of the span."""
        for speaker in self._speakers:
            speaker.cancel()
        ended = await asyncio.gather(*self._speakers, return_exceptions=True)
        failures = [str(error) for error in ended if isinstance(error, Exception)]
        callers = [figures(session, span) for session in self._calls]
        await asyncio.gather(*(session.close() for session in self._calls))
        self._api.close()
        return Crowd((span[1] - span[0]) / NS, cpu, callers, failures)

    async def _speak(self, session: ClientSession, wav_file: bytes) -> None:
        """Keep one recording waiting behind the one that plays."""
        await session.api.say_sound(session.id, wav_file)
        while True:
            await session.api.say_sound(session.id, wav_file)
            await asyncio.sleep(SPEECH_SECONDS * 0.9)


def _first(session: ClientSession) -> list[int]:
    return [pace.arrivals[0].first for pace in (session.sound, session.pictures) if pace.arrivals]


def figures(session: ClientSession, span: flow.Span) -> Caller:
    """What the session received in the span."""
    return Caller(
        flow.pictures_per_second(session.pictures, span),
        [round(gap, 2) for gap in flow.sound_gaps(session.sound, span) if gap > GAP_KEPT_MS],
        _worst_by_second(flow.lateness(session.sound, span)),
        _worst_by_second(flow.lateness(session.pictures, span)),
        session.sound.lost + session.pictures.lost,
    )


def _worst_by_second(late: np.typing.NDArray[np.float64]) -> list[float]:
    seconds = late[:, 0].astype(int)
    return [round(float(late[seconds == s][:, 1].max()), 2) for s in np.unique(seconds)]


async def _run(url: str, calls: int, seconds: float, *, speaks: bool) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    load = Load(url, calls, speaks=speaks)
    _print(await load.begin())
    gc.collect()
    gc.disable()  # a collection that walks all arrivals would be a gap of 100 ms in every session
    began, used = time.monotonic_ns(), time.process_time()
    loop.add_reader(sys.stdin.fileno(), over.set)
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(sys.stdin.fileno())
    span = began, time.monotonic_ns()
    cpu = (time.process_time() - used) / ((span[1] - span[0]) / NS)
    _print(await load.end(span, cpu))


def _print(message: msgspec.Struct) -> None:
    os.write(sys.stdout.fileno(), msgspec.json.encode(message) + b"\n")


def main(
    url: Annotated[str, typer.Option(help="the server")],
    calls: Annotated[int, typer.Option(help="how many")] = 1,
    seconds: Annotated[float, typer.Option(help="at most")] = 60.0,
    silent: Annotated[bool, typer.Option("--silent", help="they do not speak")] = False,
) -> None:
    """Load a server with sessions that speak."""
    uvloop.run(_run(url, calls, seconds, speaks=not silent))


if __name__ == "__main__":
    typer.run(main)
