"""What a face costs on this CPU: each small network, each way of running it.

    python -m perf.faces [NAME...] [--tiny] [--seconds 4] [--json perf/results/faces.json]

In: random weights of the published shapes (or small ones). Out: for each way, thread count and
batch size the time of a batch from arrays to I420 faces, the ways in turn in one run, and how
far its faces are from the float32 network's. `onnxruntime` is what the engines run. Its own
process; owns the networks.

int8 is onnxruntime's static quantisation (QDQ, a scale for each channel) of the convolutions,
calibrated on other random inputs. Random weights are weak evidence for what int8 or bf16 do to
a trained face: a way that is far off here is out; one that is near is not yet in.
"""

import copy
import tempfile
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
from perf.gpu import NEAREST, engine_way, exact_way, psnr, timed
from perf.gpu_subjects import Case, Subject, Way, make_subject
from perf.report import Machine, Report, Spread

PACKAGES: Final = ("torch", "onnxruntime", "numpy")
NAMES: Final = ("ultralight", "wav2lip", "wav2lip256")
BATCHES: Final = (1, 4)
THREADS: Final = (1, 2)
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


def quantised(graph: bytes, subject: Subject) -> bytes:
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


def ways(subject: Subject, threads: int, graph: bytes, small: bytes) -> dict[str, Way]:
    """Every way of running the network, warm."""

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
    """A row's title, its milliseconds a batch, and what else is to be said of it."""
    network = copy.deepcopy(subject.network)
    fold(network)
    graph = export(network, subject.row)
    small = quantised(graph, subject)
    exact: Callable[[Case], NDArray[np.uint8]] = exact_way(subject, CPU)
    for count in threads:
        torch.set_num_threads(count)
        running = ways(subject, count, graph, small)
        for batch in BATCHES:
            case = subject.case(batch, CPU)
            wanted = exact(case)
            spreads = timed(list(running.values()), case, seconds * len(running))
            for (name, way), spread in zip(running.items(), spreads, strict=True):
                given = way(case)
                more = {
                    "batch": batch,
                    "threads": count,
                    "ms/face": spread.p50 / batch,
                    "faces/s": 1000 * batch / spread.p50,
                    "dB": psnr(given, wanted),
                    "most off": float(np.abs(given.astype(int) - wanted).max()),
                }
                yield f"{name}, {count}T, batch {batch}", spread, more


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
        best = max(near, key=lambda title: float(rows[title]["faces/s"]))
        report.say(
            f"{name}: {flops / 1e9:.2f} GFLOP a face, and {TICK_MS} ms for it; the fastest within "
            f"{NEAREST} dB of float32 is {best}"
        )
        if json is not None:
            report.write(json)


if __name__ == "__main__":
    typer.run(main)
