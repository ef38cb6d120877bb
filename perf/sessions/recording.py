"""What a recording costs beside its session.

    recording ─┬─ spawns ─▶ ringtalk serve (or --url: one on this machine)
               │                 ║ WebRTC
               ├── CALLS sessions that speak all the time
               ├── ROUNDS times: SECONDS without a recording, then SECONDS with one of each session;
               │   /proc says what egress, and all of the server, took meanwhile
               └── every film is fetched and decoded: it holds every tick

    and in this process, without a server: what `SessionRecording` takes to write packets that were
    encoded before; the processor time of all threads, which a busy machine changes little

In: how many sessions, for how long. Out: cores for each session and round, with and without, and
their difference. `python -m perf.sessions.recording --help`. Owns the server that it starts.
"""

import asyncio
import io
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.request import Request, urlopen

import av
import numpy as np
import typer
import uvloop

from actors.egress.encoder_frame import EncoderFrame
from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.packet_tap import PacketTaps, PicturePacket, SoundPacket
from actors.egress.recording.session_recording import SessionRecording
from actors.egress.webrtc.codecs import open_encoder
from actors.egress.webrtc.opus import OpusEncoder
from data.units import PLAYOUT_CHUNK, PLAYOUT_TICK, TICKS_PER_SECOND, VIDEO_TICK
from perf.client.api import Api, Refused
from perf.client.crowd import speech
from perf.client.session import ClientSession
from perf.report import Machine, Report
from perf.sessions import cpu
from perf.sessions.goals import FAILED, PASSED
from perf.sessions.target import NoServer, Target, target
from runtime.messages import RecordingNews, StartRecording

PACKAGES: Final = ("aiortc", "av", "numpy", "uvloop")
SIZE: Final = (512, 512)
GOAL_CORES: Final = 0.01
SPEECH_SECONDS: Final = 25.0
"""One upload; the next is queued behind it."""
SETTLE_SECONDS: Final = 1.0
DIFFERENT: Final = 16
"""Pictures that take turns, with noise in them, so that they are as large as a face's."""
Packets = list[tuple[PicturePacket, list[SoundPacket]]]


def packets(codec: VideoCodec, seconds: int) -> Packets:
    """A session's, by tick, at about 1 Mbit/s."""
    encoder, sound = open_encoder(codec, SIZE, MediaOptions()), OpusEncoder(48_000)
    random = np.random.default_rng(1)
    shape = (SIZE[1] * 3 // 2, SIZE[0])
    frames = [EncoderFrame(SIZE) for _ in range(DIFFERENT)]
    for frame in frames:
        frame.fill(random.integers(110, 118, shape, dtype=np.uint8))
    made: Packets = []
    for tick in range(seconds * TICKS_PER_SECOND):
        shown = frames[tick % DIFFERENT].frame
        data, keyframe = encoder.encode(shown, tick, keyframe=tick == 0, bitrate=1_000_000)
        chunks = []
        for at in (0, PLAYOUT_CHUNK):
            noise = random.integers(-8000, 8000, PLAYOUT_CHUNK).astype(np.int16)
            timestamp = tick * PLAYOUT_TICK + at
            coded = sound.encode(noise)
            chunks.append(SoundPacket(coded, timestamp, PLAYOUT_CHUNK))
        made.append((PicturePacket(data, tick * VIDEO_TICK, keyframe), chunks))
    return made


async def written(made: Packets, codec: VideoCodec, folder: Path) -> float:
    """Processor seconds, of all threads, that it takes to keep these packets."""
    taps = PacketTaps(SIZE, lambda needed: None)
    taps.codec = codec
    news: list[RecordingNews] = []
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread:
        wanted = StartRecording("s", "r", str(folder / "film"), 86_400, 1 << 40)
        before = time.process_time()
        recording = SessionRecording(wanted, taps, thread, news.append)
        for tick, (picture, sounds) in enumerate(made):
            for sound in sounds:
                taps.sound(sound)
            taps.picture(picture)
            if tick % TICKS_PER_SECOND == 0:
                await loop.run_in_executor(thread, int)  # what waits for the disk is written
        await recording.end()
        spent = time.process_time() - before
    if news[-1].state != "done":
        raise ValueError(f"the film broke off: {news[-1].detail}")
    return spent


def in_process(report: Report, seconds: int, rounds: int) -> bool:
    """The table of it; whether the goal is met."""
    rows: dict[str, dict[str, str | float]] = {}
    worst = 0.0
    codecs: tuple[VideoCodec, ...] = ("h264", "vp8")
    for codec in codecs:
        made = packets(codec, seconds)
        with tempfile.TemporaryDirectory() as folder:
            spent = [uvloop.run(written(made, codec, Path(folder))) for _ in range(rounds)]
        cores = [one / seconds for one in spent]
        worst = max(worst, *cores)
        size = sum(len(picture.data) for picture, _ in made) * 8 / seconds / 1e6
        rows[f"{codec}, {size:.1f} Mbit/s"] = {
            "millicores p50": 1000 * float(np.median(cores)),
            "worst": 1000 * max(cores),
            "rounds": str(rounds),
        }
    report.table("a recording by itself, processor time of all threads", rows)
    return worst <= GOAL_CORES


class Served:
    """One run against one server."""

    def __init__(self, server: Target, report: Report, calls: int, seconds: float) -> None:
        self._server, self._report = server, report
        self._calls, self._seconds = calls, seconds
        self.films: list[tuple[str, float]] = []
        """Ids, and what the server says is their length."""

    async def run(self, rounds: int) -> dict[str, list[dict[str, float]]]:
        """Cores of a session in each round, by process, without and with a recording."""
        apis = [Api(self._server.url) for _ in range(self._calls)]
        sessions = [ClientSession(api, listens=False) for api in apis]
        found: dict[str, list[dict[str, float]]] = {"without": [], "with": []}
        try:
            for session in sessions:
                await session.connect()
            for _ in range(rounds):
                for kind in ("without", "with"):
                    await asyncio.gather(*map(self._speak, sessions))
                    found[kind].append(await self._round(sessions, records=kind == "with"))
        finally:
            for session, api in zip(sessions, apis, strict=True):
                await session.close()
                api.close()
        return found

    async def _speak(self, session: ClientSession) -> None:
        """From the beginning, as in every other round."""
        await session.api.interrupt(session.id)
        for _ in range(int((self._seconds + 2 * SETTLE_SECONDS) // SPEECH_SECONDS) + 1):
            await session.api.say_sound(session.id, speech(SPEECH_SECONDS))

    async def _round(self, sessions: Sequence[ClientSession], *, records: bool) -> dict[str, float]:
        if records:
            await asyncio.gather(*(one.api.record(one.id, "start_record") for one in sessions))
        await asyncio.sleep(SETTLE_SECONDS)
        names = self._server.names()
        before = cpu.look(names)
        await asyncio.sleep(self._seconds)
        use = cpu.between(before, cpu.look(names))
        if records:
            rows = await asyncio.gather(*(one.api.record(one.id, "end_record") for one in sessions))
            self.films += [(row["id"], row["seconds"]) for row in rows]
        cores = {name: use.cores.get(pid, 0.0) / self._calls for pid, name in names.items()}
        return cores | {"all": use.of(names) / self._calls, "others on the machine": use.foreign}

    def check(self) -> list[str]:
        """What is wrong with the films, which go."""
        return [fault for film, seconds in self.films if (fault := self._fault(film, seconds))]

    def _fault(self, film: str, seconds: float) -> str:
        url = f"{self._server.url}/recordings/{film}"
        with urlopen(url, timeout=30) as answer:
            data = answer.read()
        urlopen(Request(url, method="DELETE"), timeout=30).close()
        with av.open(io.BytesIO(data), "r") as file:
            pictures = sum(1 for _ in file.decode(video=0))
            file.seek(0)
            samples = sum(frame.samples for frame in file.decode(audio=0))
        heard = samples / PLAYOUT_TICK / TICKS_PER_SECOND
        if abs(heard - seconds) > 0.2 or not pictures:
            return f"{film}: {seconds:.1f} s, of which {heard:.1f} s are heard, {pictures} pictures"
        return ""


def print_served(report: Report, found: dict[str, list[dict[str, float]]]) -> float:
    """The table; egress's median difference in cores of a session."""
    rows: dict[str, dict[str, str | float]] = {}
    differences: dict[str, list[float]] = {}
    for name in found["with"][0]:
        without = [one[name] for one in found["without"]]
        recorded = [one[name] for one in found["with"]]
        differences[name] = [b - a for a, b in zip(without, recorded, strict=True)]
        rows[name] = {
            "without": 1000 * float(np.median(without)),
            "with": 1000 * float(np.median(recorded)),
            "difference p50": 1000 * float(np.median(differences[name])),
            "least": 1000 * min(differences[name]),
            "most": 1000 * max(differences[name]),
        }
    report.table("millicores of a session, served", rows)
    raw: Any = found
    report.raw["rounds"] = raw
    egress = next(name for name in differences if "egress" in name)
    return float(np.median(differences[egress]))


def main(
    url: Annotated[str | None, typer.Option(help="a server that runs; else one is started")] = None,
    calls: Annotated[int, typer.Option(min=1, help="sessions at once")] = 3,
    seconds: Annotated[float, typer.Option(min=2, help="of each half of a round")] = 15.0,
    rounds: Annotated[int, typer.Option(min=2, help="without and with, in turns")] = 6,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """What a recording costs beside its session; exit status 1 if more than 0.01 core."""
    report = Report("A recording beside its session", Machine.here(PACKAGES))
    report.begin()
    alone = in_process(report, 60, rounds)
    try:
        with target(url, calls + 1) as server:
            run = Served(server, report, calls, seconds)
            found = uvloop.run(run.run(rounds))
            faults = run.check()
    except (NoServer, Refused, ValueError) as error:
        typer.echo(f"recording: {error}", err=True)
        raise typer.Exit(2) from None
    more = print_served(report, found)
    for fault in faults:
        report.say(f"{FAILED}: {fault}")
    kept = alone and more <= GOAL_CORES and not faults
    report.say(
        f"{PASSED if kept else FAILED}: egress takes {1000 * more:.1f} millicores more for a "
        f"session, {1000 * GOAL_CORES:g} are allowed; {len(run.films)} films, each tick in them"
    )
    report.raw["films"] = len(run.films)
    if json is not None:
        report.write(json)
    raise typer.Exit(0 if kept else 1)


if __name__ == "__main__":
    typer.run(main)
