"""`python -m data.mouth.align`: an aligner, and how exact it is.

In: `clips/`. Out: `aligner.pt` for `data.mouth.label`, and `align.json`: the errors of its times
on speech whose times are exact and were made loose on purpose.

It learns from kinds of speech whose times are exact, but for flite, which is kept apart to tell
how it does on a kind that it has not heard. About two minutes on one core.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.progress import track
from torch import nn

from data.mouth.aligner import STEP, Aligner, normal, pieces
from data.mouth.blend import movement, segments
from data.mouth.clip import SILENT, Clip, Phone
from data.mouth.examples import columns
from data.mouth.metrics import CLOSE, JAW, ROUND
from data.mouth.onsets import corrected
from data.mouth.phones import SOUNDS
from data.mouth.speak import FOLDER
from data.mouth.takes import varied
from data.mouth.versions import Json, write_versions
from data.mouth.viterbi import Given, best_starts
from data.mouth.voices import Offsets, voice_offsets
from models.face.mel import BANDS

SEED: Final = 11
KINDS: Final = ("espeak", "festival", "flite")
"""Whose times are exact."""
HELD: Final = {
    "espeak": "eSpeak, other voices",
    "festival": "Festival, other voices",
    "flite": "flite, another synthesiser",
}
_EVERY: Final = 2
"""Every second clip is enough."""
_RATE: Final = 2e-3
_BATCH, _COLUMNS = 32, 300
_REACH, _SCALE = 0.16, 0.03
"""Seconds: how far a time may move, and how far costs as much as a fit e times worse."""
_PAUSE_REACH, _PAUSE_SCALE = 0.6, 0.25
"""Of times at a pause: neural voices stretch the last phone over the silence after it."""
_FIT: Final = 0.5
_LOOSE_MS, _UNIT = 17.0, 0.025
"""As loose as Kokoro's Mandarin: median deviation, and the unit of its durations in s."""


@dataclass(frozen=True)
class Heard:
    """mel: float16 [n, 80]. sounds: uint8 [n]. begun: float16 [n], 1 where a sound begins."""

    mel: NDArray[np.float16]
    sounds: NDArray[np.uint8]
    begun: NDArray[np.float16]


def align(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    steps: Annotated[int, typer.Option(help="Of training.")] = 250,
) -> None:
    """Train the aligner and measure it."""
    torch.set_num_threads(1)
    clips = [Clip.load(path) for kind in KINDS for path in (folder / "clips").glob(f"{kind}-*.npz")]
    if not clips:
        raise typer.BadParameter(f"no clips in {folder / 'clips'}: run data.mouth.speak first")
    clips.sort(key=lambda clip: (clip.kind, clip.voice, clip.text))
    offsets = voice_offsets(clips)
    path = folder / "aligner.pt"
    if not path.exists():
        seen = [c for c in clips if c.split == "train" and not _flite(c)][::_EVERY]
        part = path.with_suffix(".part")
        torch.save(trained(heard(seen, offsets), steps).state_dict(), part)
        os.replace(part, path)
    measured: dict[str, Json] = {}
    for kind, name in HELD.items():
        held = [clip for clip in clips if clip.kind == kind and clip.split in ("val", "test")]
        if held:
            measured[name] = errors(load(path), held, offsets)
    write_versions(folder / "align.json", ("torch", "numpy"), {"seed": SEED, **measured})
    typer.echo((folder / "align.json").read_text())


def _flite(clip: Clip) -> bool:
    return clip.kind == "flite" or clip.voice == "ked_diphone"


def load(path: Path) -> Aligner:
    """What `align` wrote."""
    aligner = Aligner()
    aligner.load_state_dict(torch.load(path, weights_only=True))
    return aligner.eval()


def aligned(aligner: Aligner, clip: Clip, offsets: Offsets) -> Clip:
    """The clip with its phones where they are heard, each of them one of `SOUNDS`."""
    late = offsets.late(clip)
    found = pieces(clip)
    if len(found) < 2:
        return clip
    heard = aligner.heard(clip, [piece.sound for piece in found])
    silent = [SOUNDS[piece.sound] == SILENT for piece in found]
    given = []
    for at, piece in enumerate(found):
        pause = silent[at] or silent[at - 1]
        reach, scale = (_PAUSE_REACH, _PAUSE_SCALE) if pause else (_REACH, _SCALE)
        start = (piece.start + late) / STEP
        given.append(Given(start, reach / STEP, scale / STEP, 0 if silent[at] else 2))
    starts = best_starts(_FIT * heard.fit.astype(float), heard.begun.astype(float), given)
    pairs = zip(starts.tolist(), found, strict=True)
    phones = tuple(Phone(start * STEP, SOUNDS[piece.sound]) for start, piece in pairs)
    return replace(clip, phones=phones)


def heard(clips: Sequence[Clip], offsets: Offsets) -> list[Heard]:
    """What the aligner learns from, of clips whose times are exact."""
    return [
        _heard(corrected(clip, offsets.of(clip)), number)
        for number, clip in enumerate(track(clips, "hearing"))
    ]


def _heard(clip: Clip, number: int) -> Heard:
    """Of a clip whose times are right, in another room."""
    random = np.random.default_rng([SEED, number])
    sound, factor = varied(clip.sound, random)
    mel = columns(sound)
    starts = np.array([piece.start for piece in pieces(clip)]) / factor
    names = np.array([piece.sound for piece in pieces(clip)], np.uint8)
    middles = (np.arange(len(mel)) + 0.5) * STEP
    begun = np.zeros(len(mel), np.float16)
    begun[np.minimum(np.round(starts[1:] / STEP).astype(int), len(mel) - 1)] = 1
    return Heard(
        normal(mel).astype(np.float16),
        names[np.maximum(np.searchsorted(starts, middles, side="right") - 1, 0)],
        begun,
    )


def trained(known: list[Heard], steps: int) -> Aligner:
    """An aligner after `steps` on `known`."""
    torch.manual_seed(SEED)
    aligner = Aligner()
    counts = np.bincount(np.concatenate([each.sounds for each in known]), minlength=len(SOUNDS))
    shares = (counts + 1) / (counts + 1).sum()
    aligner.shares.copy_(torch.from_numpy(shares.astype(np.float32)))
    optimizer = torch.optim.AdamW(aligner.parameters(), _RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR
    rate = schedule(optimizer, _RATE, total_steps=steps + 1, pct_start=0.1)
    aligner.train()
    for mel, sounds, begun in track(_batches(known, steps), "training", total=steps):
        with torch.autocast("cpu", torch.bfloat16):
            output = aligner(mel)
        logits = output.float()
        loss = nn.functional.cross_entropy(logits[:, :-1], sounds, label_smoothing=0.02)
        loss = loss + nn.functional.binary_cross_entropy_with_logits(logits[:, -1], begun)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not type it
        torch.nn.utils.clip_grad_norm_(aligner.parameters(), 1.0)
        optimizer.step()
        rate.step()
    return aligner.eval()


def _batches(
    known: Sequence[Heard], steps: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Random pieces of the clips, their level and noise changed."""
    random = np.random.default_rng(SEED)
    long = [each for each in known if len(each.mel) > _COLUMNS]
    weights = np.cumsum([len(each.mel) for each in long])
    for _ in range(steps):
        picked = np.searchsorted(weights, random.integers(weights[-1], size=_BATCH), side="right")
        rows = []
        for each in (long[int(at)] for at in picked):
            first = int(random.integers(len(each.mel) - _COLUMNS))
            part = slice(first, first + _COLUMNS)
            mel = each.mel[part].astype(np.float32) * random.uniform(0.85, 1.15)
            mel = mel + random.normal(0, 0.15, mel.shape) + random.normal(0, 0.2, (1, BANDS))
            rows.append((mel.T, each.sounds[part], each.begun[part]))
        yield (
            torch.from_numpy(np.stack([row[0] for row in rows]).astype(np.float32)),
            torch.from_numpy(np.stack([row[1] for row in rows]).astype(np.int64)),
            torch.from_numpy(np.stack([row[2] for row in rows]).astype(np.float32)),
        )


def errors(aligner: Aligner, held: Sequence[Clip], offsets: Offsets) -> Json:
    """Median and 90th percentile of the times' errors, in ms, and how well the movement that
    follows from them correlates with the true one: of loose times, and of aligned ones."""
    random = np.random.default_rng(SEED)
    late: dict[str, list[float]] = {"loose": [], "aligned": []}
    moved: dict[str, list[NDArray[np.float32]]] = {"true": [], "loose": [], "aligned": []}
    truth = [_apart(corrected(each, offsets.of(each))) for each in held]
    loose = [_loosened(_without_bursts(each), random) for each in truth]
    found = [aligned(aligner, each, Offsets({})) for each in loose]
    rest = voice_offsets(found)
    for true, shaken, heard_ in zip(truth, loose, found, strict=True):
        shift = rest.late(heard_)
        for name, clip, late_by in (("loose", shaken, 0.0), ("aligned", heard_, shift)):
            pairs = zip(clip.phones, _without_bursts(true).phones, strict=True)
            late[name] += [1000 * abs(a.start + late_by - b.start) for a, b in pairs
                           if b.sign != SILENT]  # fmt: skip
        settled = corrected(heard_, rest.of(heard_))
        for name, clip in (("true", true), ("loose", shaken), ("aligned", settled)):
            parts = segments(clip.phones, clip.seconds)
            moved[name].append(movement(parts, clip.seconds).parameters)
    joined = {name: np.concatenate(parts) for name, parts in moved.items()}
    return {
        name: {
            "median_ms": float(np.median(away)),
            "p90_ms": float(np.percentile(away, 90)),
            **{
                title: float(np.corrcoef(joined["true"][:, at], joined[name][:, at])[0, 1])
                for title, at in (("jaw_r", JAW), ("round_r", ROUND), ("close_r", CLOSE))
            },
        }
        for name, away in late.items()
    }


def _apart(clip: Clip) -> Clip:
    """With one phone for each of its sounds."""
    phones = tuple(Phone(piece.start, SOUNDS[piece.sound]) for piece in pieces(clip))
    return replace(clip, phones=phones)


def _without_bursts(clip: Clip) -> Clip:
    """Without the parts of p that `corrected` set apart: no synthesiser tells them."""
    pairs = zip((Phone(0, ""), *clip.phones), clip.phones, strict=False)
    kept = [phone for before, phone in pairs if (before.sign, phone.sign) != ("p", "h")]
    return replace(clip, phones=tuple(kept))


def _loosened(clip: Clip, random: np.random.Generator) -> Clip:
    """With times as a neural voice gives them."""
    away = random.laplace(0, _LOOSE_MS / np.log(2) / 1000, len(clip.phones))
    away[0] = 0
    starts = np.array([phone.start for phone in clip.phones]) + away
    starts = np.maximum.accumulate(np.maximum(np.round(starts / _UNIT) * _UNIT, 0))
    pairs = zip(starts.tolist(), clip.phones, strict=True)
    return replace(clip, phones=tuple(Phone(start, phone.sign) for start, phone in pairs))


if __name__ == "__main__":
    typer.run(align)
