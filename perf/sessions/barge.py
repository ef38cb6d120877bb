"""A person who talks over the face: how soon it stops, and whether it goes on after a cough.

    barge ─ spawns ─▶ ringtalk serve
      │                  ║ WebRTC, both ways
      └── one client: hears every packet, and speaks up its own microphone

In: a server. Out: ms from the end of the person's first voiced 100 ms to the last loud packet
(0: none came after it), for questions, which interrupt, and for short sounds, which must not;
for those also how long the face held its tongue. The face says a long vowel meanwhile.
`python -m perf.sessions.barge --help`. Owns the server that it starts.
"""

import asyncio
import random
import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import numpy as np
import typer
import uvloop
from numpy.typing import NDArray

from data.units import FEATURE_RATE, TICK_MS
from models.sound.resample import FILE_QUALITY, Resampler
from models.voice.hibari import HibariVoice
from perf.client.api import Api
from perf.client.session import ClientSession
from perf.client.sound_receiver import SoundReceiver
from perf.report import Machine, Report, Spread
from perf.sessions.target import target
from perf.sounds import bursts, wav

Sound = NDArray[np.int16]

QUESTIONS: Final = (
    "Excuse me, I have a question.",
    "Stop, that is not what I asked.",
    "What time is it now?",
    "Can you tell me about the weather?",
    "Wait a moment, please.",
    "No, I would like something else.",
    "How much does the blue one cost?",
    "Sorry, could you say that again?",
)
VOWEL_SECONDS: Final = 8.0
"""Of one loud vowel without a pause, which the face says meanwhile."""
VOICED: Final = 0.02
"""Of full scale: from here on a person's sound counts as voiced."""
FIRST_MS: Final = 100
SHORT_MS: Final = 160
MARGIN_SECONDS: Final = 1.0
AFTERMATH: Final = 2.5
PATIENCE: Final = 15.0
GOAL_MS: Final = 150.0
NS: Final = 1_000_000_000
NS_PER_MS: Final = 1e6
QUIET_MS: Final = 3 * TICK_MS
"""Silence between loud packets from which the face counts as holding its tongue."""


VOWEL: Final = wav(bursts(1, VOWEL_SECONDS, [0.0]))


class Spoken(NamedTuple):
    """Int16 [n] at 16 kHz, and when its first 100 ms of voice are over, in ms."""

    sound: Sound
    voiced_ms: float


class Trial(NamedTuple):
    """stopped: ms to the last loud packet before the pause, None where it never paused.
    paused: ms until it was heard again, None where it was not."""

    stopped: float | None
    paused: float | None


def questions() -> list[Spoken]:
    """Each by the built-in voice, lower and higher by playing it slower and faster."""
    voice = HibariVoice()
    found = []
    for number, text in enumerate(QUESTIONS):
        raw = np.concatenate([piece.sound for piece in voice.speak(text)])
        rate = round(voice.rate * (0.85, 1.0, 1.15)[number % 3])
        resampler = Resampler(rate, FEATURE_RATE, FILE_QUALITY)
        found.append(_spoken(np.concatenate((resampler.push(raw), resampler.finish()))))
    return found


def grunts(spoken: list[Spoken]) -> list[Spoken]:
    """The first moment of each question: a sound, and no word."""
    samples = SHORT_MS * FEATURE_RATE // 1000
    found = []
    for one in spoken:
        begin = int(one.voiced_ms - FIRST_MS) * FEATURE_RATE // 1000
        short = one.sound[begin : begin + samples].astype(np.float32)
        fade = np.minimum(1, np.arange(samples, 0, -1) / (samples / 4))
        found.append(_spoken((short * fade / 32767).astype(np.float32)))
    return found


def _spoken(sound: NDArray[np.float32]) -> Spoken:
    onset = int(np.argmax(np.abs(sound) > VOICED))
    return Spoken(
        (np.clip(sound, -1, 1) * 32767).astype(np.int16), onset * 1000 / FEATURE_RATE + FIRST_MS
    )


class Trials:
    """One session whose person interrupts."""

    def __init__(self, session: ClientSession) -> None:
        assert session.sounds is not None and session.voice is not None
        self._session, self._sounds, self._voice = (
            session,
            session.sounds,
            session.voice,
        )

    async def one(self, spoken: Spoken) -> Trial:
        """The face speaks; after a second or so the person makes a sound."""
        begun = time.monotonic_ns()
        await self._session.api.say_sound(self._session.id, VOWEL)
        first = await self._sounds.first_loud(begun, PATIENCE)
        if first is None:
            raise RuntimeError("the face does not speak")
        await asyncio.sleep(MARGIN_SECONDS + random.uniform(0, 0.5))
        said = self._voice.say(spoken.sound, time.monotonic_ns() + NS // 10)
        end = said + round(spoken.voiced_ms * NS_PER_MS)
        await asyncio.sleep((end - time.monotonic_ns()) / NS + AFTERMATH)
        trial = _judged(self._sounds, said, end)
        await self._session.api.interrupt(self._session.id)
        await asyncio.sleep(MARGIN_SECONDS)
        return trial


def _judged(sounds: SoundReceiver, said: int, end: int) -> Trial:
    """Where, from `said` on, the first silence of QUIET_MS begins, and where it ends."""
    loud = [heard.at for heard in sounds.heard if heard.loud and heard.at >= said]
    for before, after in pairwise(loud):
        if after - before > QUIET_MS * NS_PER_MS:
            return Trial((before - end) / NS_PER_MS, (after - before) / NS_PER_MS)
    if loud and time.monotonic_ns() - loud[-1] > QUIET_MS * NS_PER_MS:
        return Trial((loud[-1] - end) / NS_PER_MS, None)
    return Trial(None, None)


async def _run(url: str, repeats: int, report: Report) -> bool:
    api = Api(url)
    spoken = questions()
    try:
        async with ClientSession(api, listens=True, speaks=True, follows=True) as session:
            await asyncio.sleep(MARGIN_SECONDS)
            trials = Trials(session)
            asked = [await trials.one(spoken[n % len(spoken)]) for n in range(repeats)]
            short = grunts(spoken)
            grunted = [await trials.one(short[n % len(short)]) for n in range(repeats)]
    finally:
        api.close()
    return _told(report, asked, grunted)


def _told(report: Report, asked: list[Trial], grunted: list[Trial]) -> bool:
    stopped = [max(0.0, trial.stopped) for trial in asked if trial.stopped is not None]
    rows = {"question: first voiced 100 ms → last loud packet": Spread.of(stopped)}
    paused = [trial.paused for trial in grunted if trial.paused is not None]
    if paused:
        rows["short sound: the face held its tongue for"] = Spread.of(paused)
    report.spreads("Talking over the face", "ms", rows)
    stayed = sum(trial.paused is None for trial in asked)
    went_on = sum(trial.stopped is None or trial.paused is not None for trial in grunted)
    report.table(
        "What became of the speech",
        {
            "questions": {"trials": str(len(asked)), "stopped and stayed so": str(stayed)},
            "short sounds": {"trials": str(len(grunted)), "it went on": str(went_on)},
        },
    )
    good = Spread.of(stopped).p95 <= GOAL_MS
    report.say(f"{'✓' if good else '✗'} p95 at most {GOAL_MS:.0f} ms")
    return good and stayed == len(asked) and went_on == len(grunted)


def main(
    url: Annotated[str | None, typer.Option(help="a server that runs already")] = None,
    repeats: Annotated[int, typer.Option(help="trials of each kind")] = 40,
    output: Annotated[Path | None, typer.Option(help="where the JSON goes")] = None,
) -> None:
    """Measure how a voice interrupts."""
    report = Report("A person who talks over the face", Machine.here(("aiortc", "onnxruntime")))
    report.begin()
    with target(url, calls=2) as server:
        good = uvloop.run(_run(server.url, repeats, report))
    if output is not None:
        report.write(output)
    raise typer.Exit(0 if good else 1)


if __name__ == "__main__":
    typer.run(main)
