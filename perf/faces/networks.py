"""What a face costs on this CPU: each small network, each way of running it.

    python -m perf.faces.networks [NAME...] [--tiny] [--seconds 4] [--json perf/results/faces.json]

In: random weights of the published shapes (or small ones). Out: for each way and batch size the
time of a batch from arrays to I420 faces, by the clock and of the process's own work (which
a busy machine does not change much), on one thread, the ways in turn in one run; and how far its
faces are from the float32 network's. Its own process; owns the networks.

Wav2Lip's engine runs `onnxruntime`. Ultralight's runs `two graphs`, the frames kept as a clip's
are once it has played; in int8 where that is near enough for the avatar's own weights. int8 is
onnxruntime's static quantisation (QDQ, a scale for each channel), calibrated on other random
inputs. Random weights are weak evidence for what int8 or bf16 do to a trained face: the engine
asks the trained one (`models.face.ultralight.build`).
"""

import copy
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import onnxruntime
import torch
import typer
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import nn

from data.units import TICK_MS
from models.face.exported import ExportedRunner, export
from models.face.network import Target, fold, placed
from models.face.runner import PlainRunner, Runner
from models.face.ultralight.graphs import Graphs, plain, quantised, stored
from models.face.ultralight.network import UltralightFaces
from models.face.ultralight.network_halves import PAINTED, SEEN, Levels, NetworkHalves
from models.face.ultralight.sizes import LEVELS, NAME
from perf.faces.gpu import NEAREST, engine_way, exact_way, psnr
from perf.faces.gpu_subject import Case, Subject, Way
from perf.faces.gpu_subjects import make_subject
from perf.report import Machine, Report, Spread

PACKAGES: Final = ("torch", "onnxruntime", "numpy")
NAMES: Final = ("ultralight", "wav2lip", "wav2lip256")
BATCHES: Final = (1, 4)
THREADS: Final = (1,)
LEAST: Final = 5
"""Batches of each way, whatever the time."""
CALIBRATED_ON: Final = 4
"""Batches of one face that int8's scales are taken from."""
CPU: Final = Target(torch.device("cpu"), torch.float32)
HALF: Final = Target(torch.device("cpu"), torch.bfloat16)


class _Inputs(CalibrationDataReader):  # type: ignore[misc] # onnxruntime has no types
    """Random batches, other ones than are measured."""

    def __init__(self, subject: Subject) -> None:
        cases = (subject.case(1, CPU, seed=100 + at) for at in range(CALIBRATED_ON))
        self._left: Iterator[Case] = iter(cases)

    def get_next(self) -> dict[str, NDArray[np.generic]] | None:
        case = next(self._left, None)
        return None if case is None else {"seen": case.shown, "heard": case.heard}


def quantised_whole(graph: bytes, subject: Subject) -> bytes:
    """The graph with its convolutions in int8."""
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        whole.write_bytes(graph)
        quantize_static(
            whole,
            small,
            _Inputs(subject),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return small.read_bytes()


def halves_ways(subject: Subject, threads: int, folder: Path) -> dict[str, Way]:
    """Ultralight in two graphs, as its engine runs it: the frames new, or seen before."""
    network = copy.deepcopy(subject.network)
    assert isinstance(network, UltralightFaces)
    fold(network)
    whole = plain(network)
    exact = _halves(whole, folder / "exact", threads)
    cases = (subject.case(1, CPU, seed=100 + at) for at in range(CALIBRATED_ON))
    fed = (
        dict(zip(LEVELS, exact.see(case.shown[0]), strict=True)) | {"heard": case.heard}
        for case in cases
    )
    ways: dict[str, Way] = {}
    for name, graphs in (
        ("two graphs", stored(network)),
        ("two graphs int8", quantised(whole, fed)),
    ):
        halves = _halves(graphs, folder / name, threads)
        ways[f"{name}, new frames"] = _new(halves)
        ways[name] = _kept(halves)
    return ways


def _halves(graphs: Graphs, folder: Path, threads: int) -> NetworkHalves:
    folder.mkdir()
    graphs.write(folder / SEEN, folder / PAINTED)
    return NetworkHalves(folder, threads)


def _new(halves: NetworkHalves) -> Way:
    def run(case: Case) -> NDArray[np.uint8]:
        pairs = zip(case.shown, case.heard, strict=True)
        return np.stack([halves.paint(halves.see(frame), heard) for frame, heard in pairs])

    return run


def _kept(halves: NetworkHalves) -> Way:
    kept: dict[int, list[Levels]] = {}

    def run(case: Case) -> NDArray[np.uint8]:
        if id(case) not in kept:
            kept[id(case)] = [halves.see(frame) for frame in case.shown]
        pairs = zip(kept[id(case)], case.heard, strict=True)
        return np.stack([halves.paint(levels, heard) for levels, heard in pairs])

    return run


def timed(ways: list[Way], case: Case, seconds: float) -> list[tuple[Spread, list[float]]]:
    """Milliseconds of a batch, by the clock and the process's own, each way in turn.

    For so many seconds in all, and `LEAST` batches of each; the first is not counted.
    """
    wall: list[list[float]] = [[] for _ in ways]
    own: list[list[float]] = [[] for _ in ways]
    for way in ways:
        way(case)
    begun = time.perf_counter()
    while len(wall[0]) < LEAST or time.perf_counter() - begun < seconds:
        for way, walls, owns in zip(ways, wall, own, strict=True):
            start, worked = time.perf_counter(), time.process_time()
            way(case)
            owns.append((time.process_time() - worked) * 1000)
            walls.append((time.perf_counter() - start) * 1000)
    return [(Spread.of(one), other) for one, other in zip(wall, own, strict=True)]


def ways(subject: Subject, threads: int, graph: bytes, small: bytes) -> dict[str, Way]:
    """Every way of running the whole network, warm."""

    def folded(target: Target) -> nn.Module:
        network = copy.deepcopy(subject.network)
        fold(network)
        return placed(network, target)

    runners: dict[str, Runner] = {
        "onnxruntime": ExportedRunner(graph, subject.row, threads),
        "onnxruntime int8": ExportedRunner(small, subject.row, threads),
        "torch": PlainRunner(folded(CPU), subject.row),
        "torch bf16": PlainRunner(folded(HALF), subject.row),
    }
    return {name: engine_way(runner, subject.row.face) for name, runner in runners.items()}


def measure(
    subject: Subject, seconds: float, threads: tuple[int, ...] = THREADS
) -> Iterator[tuple[str, Spread, dict[str, float]]]:
    """A row's title, its milliseconds a batch by the clock, and what else is to be said of it."""
    network = copy.deepcopy(subject.network)
    fold(network)
    graph = export(network, subject.row)
    small = quantised_whole(graph, subject)
    exact: Callable[[Case], NDArray[np.uint8]] = exact_way(subject, CPU)
    for count in threads:
        torch.set_num_threads(count)
        with tempfile.TemporaryDirectory() as folder:
            running = ways(subject, count, graph, small)
            if subject.name == NAME:
                running |= halves_ways(subject, count, Path(folder))
            for batch in BATCHES:
                case = subject.case(batch, CPU)
                wanted = exact(case)
                spreads = timed(list(running.values()), case, seconds * len(running))
                for (name, way), (wall, own) in zip(running.items(), spreads, strict=True):
                    given = way(case)
                    more = {
                        "batch": batch,
                        "threads": count,
                        "own ms/face": float(np.median(own)) / batch,
                        "least own ms/face": min(own) / batch,
                        "ms/face": wall.p50 / batch,
                        "dB": psnr(given, wanted),
                        "most off": float(np.abs(given.astype(int) - wanted).max()),
                    }
                    yield f"{name}, {count}T, batch {batch}", wall, more


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Networks; all without one.")] = None,
    tiny: Annotated[
        bool, typer.Option("--tiny", help="Small networks: a look, no figure.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=0, help="Of each row.")] = 4.0,
    json: Annotated[Path | None, typer.Option(help="Also write the figures here.")] = None,
) -> None:
    """Measure the small face networks on this CPU."""
    shapes = "small networks" if tiny else "published shapes, random weights"
    report = Report(f"faces on the CPU, {shapes}", Machine.here(PACKAGES))
    report.begin()
    onnxruntime.set_default_logger_severity(3)
    for name in names or NAMES:
        subject = make_subject(name, tiny)
        flops = subject.operations()
        spreads: dict[str, Spread] = {}
        rows: dict[str, dict[str, str | float]] = {}
        for title, spread, more in measure(subject, seconds):
            spreads[title], rows[title] = spread, {**more}
        report.spreads(f"{name}: a batch", "ms", spreads)
        report.table(f"{name}: a face", rows)
        near = [title for title, row in rows.items() if float(row["dB"]) >= NEAREST]
        best = min(near, key=lambda title: float(rows[title]["own ms/face"]))
        report.say(
            f"{name}: {flops / 1e9:.2f} GFLOP a face, and {TICK_MS} ms for it; the fastest within "
            f"{NEAREST} dB of float32 is {best}"
        )
        if json is not None:
            report.write(json)


if __name__ == "__main__":
    typer.run(main)
