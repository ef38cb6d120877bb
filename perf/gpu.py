"""Faces a second of MuseTalk's network: this engine against the plain diffusers path.

    python -m perf.gpu [--tiny] [--most 32] [--json FILE]

In: random weights of the true shapes (or small ones: a look on a CPU). Out: for each batch
size the time of a batch from host arrays to host faces, both ways, on the same device in the
same run, and how far each is from the same network in float32. The plain path is the one
that MuseTalk and LiveTalking run: the same dtype, no graphs, floats copied to the host and
rounded there. Its own process; owns the networks.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from data.i420 import i420_from_bgr
from data.units import TICKS_PER_SECOND
from models.face.musetalk.networks import MuseTalk, Target, placed, positions
from models.face.musetalk.runner import BUCKETS, make_runner
from models.face.musetalk.sizes import LATENT_CHANNELS, LATENT_SIDE, SIDE
from perf.gpu_networks import TOKENS, make_unet, make_vae, token_width
from perf.report import Machine, Report, Spread

PACKAGES: Final = ("torch", "diffusers", "numpy")
PEAKS: Final = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "4090": 165e12}
"""Dense fp16 operations a second of a card whose name holds the word (makers' data sheets)."""
LEAST: Final = 5
"""Batches that are timed at least."""
Faces = NDArray[np.uint8]
Way = Callable[[list[torch.Tensor], NDArray[np.float32]], Faces]


@dataclass(frozen=True)
class Case:
    """Inputs of one batch, as the engine gets them: latents on the device, tokens here."""

    latents: list[torch.Tensor]
    tokens: NDArray[np.float32]

    @classmethod
    def of(cls, batch: int, width: int, target: Target) -> "Case":
        """Random numbers of the sizes of real ones."""
        random = torch.Generator().manual_seed(batch)
        latents = torch.randn(batch, LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE, generator=random)
        tokens = torch.randn(batch, TOKENS, width, generator=random)
        return cls(list(latents.to(target.device, target.dtype)), tokens.numpy())


def engine_path(network: MuseTalk, target: Target) -> Way:
    """The engine's own: I420 faces, uint8 [B, 384, 256]."""
    runner = make_runner(network, target)
    runner.warm()

    def run(latents: list[torch.Tensor], tokens: NDArray[np.float32]) -> Faces:
        out = np.empty((len(latents), SIDE * 3 // 2, SIDE), np.uint8)
        runner.run(latents, tokens, out)
        return out

    return run


def plain_path(network: MuseTalk, target: Target) -> Way:
    """MuseTalk's: `unet(...).sample`, `vae.decode(...).sample`; BGR, uint8 [B, 256, 256, 3]."""
    places = positions(*network.places.shape).to(target.device, target.dtype)
    step = torch.tensor([0], device=target.device)

    @torch.no_grad()
    def run(latents: list[torch.Tensor], tokens: NDArray[np.float32]) -> Faces:
        sound = torch.from_numpy(tokens).to(target.device, target.dtype) + places
        inpainted = network.unet(torch.stack(latents), step, encoder_hidden_states=sound).sample
        image = network.vae.decode(inpainted / network.scale).sample
        image = (image / 2 + 0.5).clamp(0, 1).cpu().permute(0, 2, 3, 1).float().numpy()
        bgr: Faces = (image * 255).round().astype("uint8")[..., ::-1]
        return bgr

    return run


def operations(tiny: bool) -> float:
    """Floating-point operations of one face (a multiply-add is two), counted by torch."""
    network = MuseTalk(make_unet(tiny, "meta"), make_vae(tiny, "meta"), TOKENS).to("meta")
    latents = torch.empty(1, LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE, device="meta")
    tokens = torch.empty(1, *network.places.shape, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(latents, tokens)
    return float(counter.get_total_flops())


def timed(ways: list[Way], case: Case, seconds: float) -> list[Spread]:
    """Milliseconds of a batch, each way in turn, so that a busy moment falls on all of them.

    For so many seconds in all, and five batches of each at least; the first is not counted.
    """
    samples: list[list[float]] = [[] for _ in ways]
    for way in ways:
        way(case.latents, case.tokens)
    begun = time.perf_counter()
    while len(samples[0]) < LEAST or time.perf_counter() - begun < seconds:
        for way, kept in zip(ways, samples, strict=True):
            start = time.perf_counter()
            way(case.latents, case.tokens)
            kept.append((time.perf_counter() - start) * 1000)
    return [Spread.of(kept) for kept in samples]


def error(faces: Faces, exact: Faces) -> float:
    """Mean distance in levels of 0 to 255."""
    return float(np.abs(faces.astype(np.float32) - exact).mean())


def compare(tiny: bool, target: Target, most: int, seconds: float) -> dict[str, dict[str, float]]:
    """A row of figures for each batch size."""
    ours, plain, exact = _ways(tiny, target)
    flops = operations(tiny)
    rows: dict[str, dict[str, float]] = {}
    for batch in (size for size in BUCKETS if size <= most):
        case = Case.of(batch, token_width(tiny), target)
        spreads = timed([ours, plain], case, seconds)
        wanted = _i420(exact([part.float() for part in case.latents], case.tokens))
        distances = {
            "error": error(ours(case.latents, case.tokens), wanted),
            "plain error": error(_i420(plain(case.latents, case.tokens)), wanted),
        }
        rows[str(batch)] = _row(batch, spreads[0], spreads[1], flops) | distances
    return rows


def _row(batch: int, ours: Spread, plain: Spread, flops: float) -> dict[str, float]:
    return {
        "ms": ours.p50,
        "p95 ms": ours.p95,
        "faces/s": batch * 1000 / ours.p50,
        "plain ms": plain.p50,
        "plain faces/s": batch * 1000 / plain.p50,
        "faster": plain.p50 / ours.p50,
        "TFLOP/s": flops * batch / ours.p50 / 1e9,
    }


def _ways(tiny: bool, target: Target) -> tuple[Way, Way, Way]:
    """The engine's, the plain one, and the plain one in float32: all of one network."""
    torch.manual_seed(0)
    whole = MuseTalk(make_unet(tiny), make_vae(tiny), TOKENS)
    exact, plain = (copy.deepcopy(whole).to(target.device) for _ in range(2))
    for part in (plain.unet, plain.vae):
        torch.nn.Module.to(part, dtype=target.dtype)
    return (
        engine_path(placed(whole, target), target),
        plain_path(plain, target),
        plain_path(exact, Target(target.device, torch.float32)),
    )


def _i420(bgr: Faces) -> Faces:
    return np.stack([i420_from_bgr(np.ascontiguousarray(face)) for face in bgr])


def _card(target: Target) -> str:
    return torch.cuda.get_device_name() if target.device.type == "cuda" else "CPU"


def main(
    tiny: Annotated[
        bool, typer.Option("--tiny", help="Small networks: a look, no figure.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="The largest batch.")] = BUCKETS[-1],
    seconds: Annotated[float, typer.Option(min=0, help="Of each measurement.")] = 3.0,
    json: Annotated[Path | None, typer.Option(help="Also write the figures here.")] = None,
) -> None:
    """Measure MuseTalk's network here."""
    target = Target.best()
    card = _card(target)
    shapes = "small networks" if tiny else "MuseTalk 1.5's shapes, random weights"
    report = Report(f"faces on {card}, {target.dtype}, {shapes}", Machine.here(PACKAGES))
    report.begin()
    rows = compare(tiny, target, most, seconds)
    report.table("batches", {size: {**row} for size, row in rows.items()})
    flops = operations(tiny)
    best = max(rows.values(), key=lambda row: row["faces/s"])
    peak = next((speed for word, speed in PEAKS.items() if word in card), None)
    share = "" if peak is None else f", {best['TFLOP/s'] * 1e12 / peak:.0%} of the card's limit"
    report.say(
        f"{flops / 1e9:.1f} GFLOP a face{share}; {best['faces/s'] / TICKS_PER_SECOND:.1f} calls "
        f"of {TICKS_PER_SECOND} faces a second"
    )
    report.raw = {"card": card, "tiny": tiny, "flops": flops, "peak": peak}
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
