"""Faces a second of every face network: this engine against the plain path, on one card.

    python -m perf.faces.gpu [NAME...] [--tiny] [--most 32] [--seconds 2] [--json FILE]

In: random weights of the true shapes (or small ones: a look on a CPU). Out: for each engine and
batch size the time of a batch from host arrays to host faces, both ways in turn in one run,
how far the engine's faces are from the same network's in float32, and the operations. Exits 1
when they are further than they may be. The plain path is LiveTalking's code for the same
network, eager, in the engine's own half precision; what LiveTalking itself runs in float32
(Wav2Lip, Ultralight) is timed as well. An engine whose packages are missing, or that fails,
is a line with the reason. Its own process; owns the networks.

The JSON goes to perf/results/gpu-CARD.json on a card, and nowhere on a CPU unless asked for.
"""

import copy
import gc
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from torch import nn

from data.units import TICKS_PER_SECOND
from models.face.cuda import Cuda
from models.face.network import Target, fold, placed
from models.face.runner import BUCKETS, BucketRunner, PlainRunner, Runner
from models.face.wav2lip.network import fuse
from perf.faces.gpu_subject import Case, Faces, Subject, Way
from perf.faces.gpu_subjects import NEEDS, make_subject
from perf.report import Machine, Report, Spread

PACKAGES: Final = ("torch", "diffusers", "triton", "numpy")
PEAKS: Final = {
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "H200": 989e12,
    "A100": 312e12,
    "4090": 165e12,
}
"""Dense fp16 operations a second of a card whose name holds the words (makers' data sheets)."""
LEAST: Final = 5
"""Batches that are timed at least."""
NEAREST: Final = 35.0
"""dB of PSNR to float32 that half precision keeps at least."""
OTHERS_AT: Final = 8
"""The batch at which other ways of running the engine are looked at."""
Row = dict[str, str | float]


@dataclass(frozen=True)
class Limits:
    """Operations of a face, and those that the card can do in a second, where that is known."""

    flops: float
    peak: float | None


def engine_way(runner: Runner, face: tuple[int, int]) -> Way:
    """The engine's own: I420 faces, uint8 [B, h * 3 // 2, w]."""
    runner.warm()

    def run(case: Case) -> Faces:
        out = np.empty((len(case.seen), *face), np.uint8)
        runner.run(case.seen, case.heard, out)
        return out

    return run


def exact_way(subject: Subject, target: Target) -> Way:
    """The network in true float32: no TF32, nothing folded."""
    network = placed(copy.deepcopy(subject.network), Target(target.device, torch.float32))

    @torch.inference_mode()
    def run(case: Case) -> Faces:
        heard = torch.from_numpy(case.heard).to(target.device)
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            faces: Faces = network(torch.stack(case.seen), heard).cpu().numpy()
        return faces

    return run


def made(subject: Subject, target: Target, *, fused: bool = True) -> nn.Module:
    """The network as its engine makes it."""
    network = copy.deepcopy(subject.network).eval()
    fold(network)
    placed(network, target)
    if target.on_cuda and fused:
        fuse(network)
    return network


def runner_of(network: nn.Module, subject: Subject, target: Target, sizes: list[int]) -> Runner:
    """Graphs of these sizes on CUDA, which is what the engine has; else as it is."""
    if target.on_cuda:
        return BucketRunner(network, subject.row, Cuda(target.device), tuple(sizes))
    return PlainRunner(network, subject.row)


def published_way(subject: Subject, target: Target) -> Way:
    """LiveTalking's, eager, in the target's numbers."""
    network = nn.Module.to(copy.deepcopy(subject.network), target.device, target.dtype)
    return subject.published(network, target)


def timed(ways: list[Way], case: Case, seconds: float) -> list[Spread]:
    """Milliseconds of a batch, each way in turn, so that a busy moment falls on all of them.

    For so many seconds in all, and five batches of each at least; the first is not counted.
    """
    samples: list[list[float]] = [[] for _ in ways]
    for way in ways:
        way(case)
    begun = time.perf_counter()
    while len(samples[0]) < LEAST or time.perf_counter() - begun < seconds:
        for way, kept in zip(ways, samples, strict=True):
            start = time.perf_counter()
            way(case)
            kept.append((time.perf_counter() - start) * 1000)
    return [Spread.of(kept) for kept in samples]


def psnr(faces: Faces, exact: Faces) -> float:
    """dB over the whole I420 picture; 99 for the same."""
    error = float(np.square(faces.astype(np.float32) - exact).mean())
    return 99.0 if error == 0 else min(99.0, 10 * float(np.log10(255**2 / error)))


def measure(
    subject: Subject, target: Target, sizes: list[int], seconds: float, limits: Limits
) -> Iterator[tuple[str, Row]]:
    """A row of figures for each batch size."""
    exact = exact_way(subject, target)
    engine = engine_way(runner_of(made(subject, target), subject, target, sizes), subject.row.face)
    ways = {"": engine, "plain ": published_way(subject, target)}
    if target.on_cuda and subject.row.dtype == torch.uint8:
        ways["float32 "] = published_way(subject, Target(target.device, torch.float32))
    for batch in sizes:
        case = subject.case(batch, target)
        spreads = dict(zip(ways, timed(list(ways.values()), case, seconds), strict=True))
        wanted, given = exact(case), engine(case)
        plain = np.stack([subject.i420(face) for face in ways["plain "](case)])
        row = _figures(batch, spreads, limits)
        off = np.abs(given.astype(int) - wanted)
        row |= {"dB": psnr(given, wanted), "most off": float(off.max())}
        yield str(batch), row | {"plain dB": psnr(plain, wanted)}


def others(
    subject: Subject, target: Target, seconds: float, compiled: bool
) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Ways that the engine does not take, each to be tried when its turn comes."""

    def tried(network: Callable[[], nn.Module]) -> Row:
        batch = OTHERS_AT
        runner = runner_of(network(), subject, target, [batch])
        case = subject.case(batch, target)
        way = engine_way(runner, subject.row.face)
        [spread] = timed([way], case, seconds)
        near = psnr(np.asarray(way(case)), np.asarray(exact_way(subject, target)(case)))
        return {"ms": spread.p50, "faces/s": batch * 1000 / spread.p50, "dB": near}

    if target.on_cuda and subject.name.startswith("wav2lip"):
        yield "layers not fused", lambda: tried(lambda: made(subject, target, fused=False))
    if compiled:
        yield (
            "torch.compile",
            lambda: tried(lambda: _compiled(made(subject, target, fused=False))),
        )


def _compiled(network: nn.Module) -> nn.Module:
    """Inductor's kernels: what lies between two convolutions becomes one of them."""
    network.compile(dynamic=False)
    return network


def _figures(batch: int, spreads: dict[str, Spread], limits: Limits) -> Row:
    ours = spreads[""]
    speed = limits.flops * batch / ours.p50 / 1e9
    row: Row = {"ms": ours.p50, "p95 ms": ours.p95, "p99 ms": ours.p99}
    row["faces/s"] = batch * 1000 / ours.p50
    for name, spread in spreads.items():
        if name:
            row |= {f"{name}ms": spread.p50, f"{name}faces/s": batch * 1000 / spread.p50}
    row["faster"] = spreads["plain "].p50 / ours.p50
    row["TFLOP/s"] = speed
    if limits.peak is not None:
        row["% of limit"] = 100 * speed * 1e12 / limits.peak
    return row


def lacking(name: str) -> list[str]:
    """Packages that the engine's network needs and that are not installed."""
    return [package for package in NEEDS[name] if find_spec(package) is None]


def _card(target: Target) -> str:
    return torch.cuda.get_device_name() if target.on_cuda else "CPU"


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Engines; all without one.")] = None,
    tiny: Annotated[
        bool, typer.Option("--tiny", help="Small networks: a look, no figure.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="The largest batch.")] = BUCKETS[-1],
    seconds: Annotated[float, typer.Option(min=0, help="Of each measurement.")] = 2.0,
    compiled: Annotated[bool, typer.Option(help="Try torch.compile too (a minute each).")] = True,
    json: Annotated[Path | None, typer.Option(help="Write the figures here.")] = None,
) -> None:
    """Measure the face networks here."""
    target = Target.best()
    card = _card(target)
    peak = next((speed for word, speed in PEAKS.items() if word in card), None)
    shapes = "small networks" if tiny else "published shapes, random weights"
    report = Report(f"faces on {card}, {target.dtype}, {shapes}", Machine.here(PACKAGES))
    report.begin()
    report.raw = {"card": card, "tiny": tiny, "peak": peak}
    sizes = [size for size in BUCKETS if size <= most]
    problems: list[str] = []
    for name in names or list(NEEDS):
        tries = compiled and target.on_cuda
        problems += _report(report, name, tiny, target, sizes, seconds, tries)
    if json is None and target.on_cuda and not tiny:
        slug = re.sub(r"[^a-z0-9]+", "-", card.lower()).strip("-")
        json = Path("perf/results") / f"gpu-{slug}.json"
    if json is not None:
        report.write(json)
    if problems:
        raise SystemExit("; ".join(problems))


def _report(
    report: Report,
    name: str,
    tiny: bool,
    target: Target,
    sizes: list[int],
    seconds: float,
    compiled: bool,
) -> list[str]:
    """One engine's tables; what is wrong with them."""
    if missing := lacking(name):
        _skipped(report, name, f"not installed: {', '.join(missing)}")
        return []
    begun = time.perf_counter()
    subject = make_subject(name, tiny)
    problems = _batches(report, subject, target, sizes, seconds)
    for title, attempt in others(subject, target, seconds, compiled):
        try:
            report.table(f"{name}, {title}", {f"{name} {OTHERS_AT}": attempt()})
        except RuntimeError as error:
            _skipped(report, f"{name}, {title}", _short(error))
    report.say(f"{name}: {time.perf_counter() - begun:.0f} s")
    gc.collect()
    if target.on_cuda:
        torch.cuda.empty_cache()
    return problems


def _batches(
    report: Report, subject: Subject, target: Target, sizes: list[int], seconds: float
) -> list[str]:
    """The engine's own table, as far as it comes; what is wrong with it."""
    name, rows = subject.name, dict[str, Row]()
    problems: list[str] = []
    peak = report.raw["peak"]
    limits = Limits(subject.operations(), peak if isinstance(peak, float) else None)
    try:
        for title, row in measure(subject, target, sizes, seconds, limits):
            rows[title] = row
    except RuntimeError as error:
        _skipped(report, name, _short(error))
        problems.append(f"{name} failed")
    if rows:
        report.table(name, {**rows})
        best = max(float(row["faces/s"]) for row in rows.values())
        report.say(
            f"{name}: {limits.flops / 1e9:.1f} GFLOP a face; {best:.0f} faces/s are "
            f"{best / TICKS_PER_SECOND:.0f} sessions"
        )
    far = [title for title, row in rows.items() if float(row["dB"]) < NEAREST]
    return problems + [f"{name} {title} is further than {NEAREST} dB from float32" for title in far]


def _skipped(report: Report, name: str, reason: str) -> None:
    report.say(f"{name}: skipped, {reason}")
    skipped = report.raw.setdefault("skipped", {})
    assert isinstance(skipped, dict)
    skipped[name] = reason


if __name__ == "__main__":
    typer.run(main)
