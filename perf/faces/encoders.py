"""What a window costs HuBERT-large and Whisper-tiny here, every way to run them.

    python -m perf.faces.encoders [NAME...] [--served] [--repeats 12] [--most-threads 2]
        [--json perf/results/encoders.json]

In: random weights of the published shapes, windows of noise. Out: milliseconds of a window
(p50/p95/p99 of wall time; a thread's own time, which a busy machine does not change much), their
part of the sound that the window serves (RTF), and how far its rows are from float32's. The ways
take turns, so that a busy moment falls on all of them. Random weights say how long a network
takes; how far it is from float32 they say but weakly. Its own process; owns the networks.
"""

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from transformers.utils import logging

from data.units import FEATURE_CHUNK, TICK_MS
from models.face.encoders.compute import BEHIND_TICKS, TOLERANCE, nearness
from models.face.encoders.hubert import AROUND, HubertEncoder
from models.face.encoders.stream import Encoder
from models.face.encoders.whisper import CENTRED, WhisperEncoder
from models.face.encoders.window import FIRST_TICKS, Span
from perf.faces.encoder_ways import hubert_ways, save_hubert, save_whisper, whisper_ways
from perf.report import Machine, Report, Spread

PACKAGES: Final = ("torch", "transformers", "onnxruntime", "onnx", "numpy")
HUBERT: Final = "HuBERT-large"
WHISPER: Final = "Whisper-tiny"
COMPARED: Final = Span(10, 8, 10)
"""What LiveTalking runs: one window for four ticks."""
GROWN: Final = (1, 4, FIRST_TICKS, BEHIND_TICKS)
CALLS: Final = (2, 4)
Cells = dict[str, str | float]
Rows = NDArray[np.float32]


@dataclass
class Times:
    """Milliseconds of one way: by the clock, and of the process's own work."""

    wall: list[float]
    own: list[float]

    def row(self, served_ms: float) -> dict[str, str | float]:
        """Of a table; served_ms: the sound that one call served."""
        wall = Spread.of(self.wall)
        return {
            "p50 ms": wall.p50,
            "p95 ms": wall.p95,
            "p99 ms": wall.p99,
            "own p50 ms": Spread.of(self.own).p50,
            "RTF": wall.p50 / served_ms,
            "own RTF": Spread.of(self.own).p50 / served_ms,
            "count": str(wall.count),
        }


def timed(ways: Mapping[str, Callable[[], Rows]], repeats: int) -> dict[str, Times]:
    """Each way so many times, in turn; one more that is not counted goes before."""
    times = {name: Times([], []) for name in ways}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            wall, own = time.perf_counter(), time.process_time()
            way()
            if turn:
                times[name].own.append((time.process_time() - own) * 1000)
                times[name].wall.append((time.perf_counter() - wall) * 1000)
    return times


def noise(windows: int, chunks: int) -> Rows:
    """Loud and soft in turn: float32 [windows, chunks * 320]."""
    random = np.random.default_rng(chunks)
    loud = np.repeat(10 ** random.uniform(-3, -0.5, (windows, chunks)), FEATURE_CHUNK, axis=1)
    return (random.standard_normal((windows, chunks * FEATURE_CHUNK)) * loud).astype(np.float32)


def compare(kind: str, folder: Path, repeats: int, threads: int) -> dict[str, Cells]:
    """Every way with one window of `COMPARED`; the first is the exact one."""
    torch.set_num_threads(threads)
    make = hubert_ways if kind == HUBERT else whisper_ways
    ways = make(folder, COMPARED.chunks, threads)
    sound = noise(1, COMPARED.chunks)
    exact = next(iter(ways.values()))(sound)
    times = timed({name: partial(way, sound) for name, way in ways.items()}, repeats)
    rows: dict[str, Cells] = {}
    for name, way in ways.items():
        given = way(sound)
        cosine, distance = nearness(given, exact)
        rows[name] = {
            **times[name].row(COMPARED.ticks * TICK_MS),
            "cosine": f"{cosine:.5f}",
            "distance": f"{distance:.4f}",
            "holds": "yes" if TOLERANCE.holds(given, exact) else "no",
        }
    return rows


def serve(kind: str, folder: Path, repeats: int) -> dict[str, Cells]:
    """The engine's own way: windows of a session as they grow, and of several sessions at once."""
    encoder: Encoder = HubertEncoder(folder) if kind == HUBERT else WhisperEncoder(folder)
    one = (AROUND if kind == HUBERT else CENTRED).smallest(encoder.tail)
    sizes = [(1, ticks) for ticks in GROWN] + [(calls, 1) for calls in CALLS]
    cases = {named(calls, ticks): (calls, grown(one, ticks)) for calls, ticks in sizes}
    ways = {
        name: partial(encoder.rows, noise(calls, span.chunks))
        for name, (calls, span) in cases.items()
    }
    times = timed(ways, repeats)
    return {
        name: times[name].row(calls * span.ticks * TICK_MS) for name, (calls, span) in cases.items()
    }


def named(calls: int, ticks: int) -> str:
    """So many sessions' windows in one batch, each for so many ticks."""
    return f"{ticks} tick{'s' * (ticks > 1)} of {calls} session{'s' * (calls > 1)}"


def grown(one: Span, ticks: int) -> Span:
    """The span of a growing window that serves so many ticks."""
    return Span(one.left, ticks * one.middle, one.right)


def main(
    kinds: Annotated[list[str] | None, typer.Argument(help="Encoders; both without one.")] = None,
    served: Annotated[bool, typer.Option(help="Only as the engine runs them.")] = False,
    repeats: Annotated[int, typer.Option(min=3, help="Of each measurement.")] = 12,
    most_threads: Annotated[int, typer.Option(min=1, help="Compare from 1 to so many.")] = 2,
    json: Annotated[Path | None, typer.Option(help="Also write the figures here.")] = None,
) -> None:
    """Measure the encoders here."""
    report = Report("encoders: milliseconds of a window", Machine.here(PACKAGES))
    report.begin()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call] # theirs
    with tempfile.TemporaryDirectory() as folder:
        for kind, save in ((HUBERT, save_hubert), (WHISPER, save_whisper)):
            if kinds and kind not in kinds:
                continue
            place = Path(folder) / kind
            save(place)
            for threads in range(1, 1 if served else most_threads + 1):
                title = f"{kind}, a window for {COMPARED.ticks} ticks, threads: {threads}"
                report.table(title, compare(kind, place, repeats, threads))
            report.table(f"{kind}, as the engine runs it", serve(kind, place, repeats))
    load = os.getloadavg()
    report.say(f"tolerance: {TOLERANCE}; load after: {' '.join(f'{one:.1f}' for one in load)}")
    report.raw = {"load after": list(load), "tolerance": asdict(TOLERANCE)}
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
