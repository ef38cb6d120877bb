"""`python -m data.build.mouth.align`: an aligner, and how exact it is.

In: `clips/`. Out: `aligner.pt` for `data.build.mouth.label`, and `align.json`: the errors of its
times on speech whose times are exact and were made loose on purpose.

It learns twice: from kinds of speech whose times are exact, but for flite, which is kept apart to
tell how it does on a kind that it has not heard; then from these and from Hibari and recordings of
people, with the times that the first one hears in them. About eight minutes on one core.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.progress import track
from torch import nn

from data.build.mouth.aligner import STEP, Aligner, normal, pieces
from data.build.mouth.exactness import errors
from data.build.mouth.examples import columns
from data.build.mouth.onsets import corrected
from data.build.mouth.phones import SOUNDS
from data.build.mouth.place import placed
from data.build.mouth.speak import FOLDER
from data.build.mouth.spoken_clip import SpokenClip
from data.build.mouth.takes import varied
from data.build.mouth.versions import Json, write_versions
from data.build.mouth.voices import UNTIMED, voice_offsets
from models.face.mel import BANDS

SEED: Final = 11
KINDS: Final = ("espeak", "festival", "flite")
"""Whose times are exact."""
HELD: Final = {
    "espeak": "eSpeak, other voices",
    "festival": "Festival, other voices",
    "flite": "flite, another synthesiser",
}
MORE: Final = ("recorded", "hibari")
"""Whose times the first aligner finds for the second."""
_RATE: Final = 2e-3
_BATCH, _COLUMNS = 32, 300


@dataclass(frozen=True)
class AlignExample:
    """mel: float16 [n, 80]. sounds: uint8 [n]. begun: float16 [n], 1 where a sound begins."""

    mel: NDArray[np.float16]
    sounds: NDArray[np.uint8]
    begun: NDArray[np.float16]


def align(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    steps: Annotated[int, typer.Option(help="Of training; a fifth of it for the first.")] = 1200,
) -> None:
    """Train the aligner and measure it."""
    torch.set_num_threads(1)
    clips = _clips(folder, KINDS)
    if not clips:
        raise typer.BadParameter(
            f"no clips in {folder / 'clips'}: run data.build.mouth.speak first"
        )
    offsets = voice_offsets(clips)
    path = folder / "aligner.pt"
    if not path.exists():
        exact = heard([
            corrected(clip, offsets.of(clip))
            for clip in clips
            if clip.split == "train" and not _flite(clip)
        ])  # fmt: skip
        first = trained(exact, max(steps // 5, 1))
        part = path.with_suffix(".part")
        torch.save(trained(exact + heard(_more(folder, first)), steps).state_dict(), part)
        os.replace(part, path)
    measured: dict[str, Json] = {}
    for kind, name in HELD.items():
        held = [clip for clip in clips if clip.kind == kind and clip.split in ("val", "test")]
        if held:
            measured[name] = errors(load(path), held, offsets)
    write_versions(folder / "align.json", ("torch", "numpy"), {"seed": SEED, **measured})
    typer.echo((folder / "align.json").read_text())


def _clips(folder: Path, kinds: Sequence[str]) -> list[SpokenClip]:
    paths = (path for kind in kinds for path in (folder / "clips").glob(f"{kind}-*.npz"))
    found = (SpokenClip.load(path) for path in paths)
    return sorted(found, key=lambda clip: (clip.kind, clip.voice, clip.text, clip.seconds))


def _more(folder: Path, first: Aligner) -> Iterator[SpokenClip]:
    """Speech whose times are not exact, where the first aligner hears it."""
    for kind in MORE:
        clips = [clip for clip in _clips(folder, (kind,)) if clip.split == "train"]
        timed = (clip for clip in clips if clip.kind not in UNTIMED)
        yield from placed(first, clips, voice_offsets(timed))[0]


def _flite(clip: SpokenClip) -> bool:
    return clip.kind == "flite" or clip.voice == "ked_diphone"


def load(path: Path) -> Aligner:
    """What `align` wrote."""
    aligner = Aligner()
    aligner.load_state_dict(torch.load(path, weights_only=True))
    return aligner.eval()


def heard(clips: Iterable[SpokenClip]) -> list[AlignExample]:
    """What the aligner learns from, of clips whose times are right."""
    return [_heard(clip, number) for number, clip in enumerate(track(list(clips), "hearing"))]


def _heard(clip: SpokenClip, number: int) -> AlignExample:
    """In another room."""
    random = np.random.default_rng([SEED, number, *clip.kind.encode()])
    sound, factor = varied(clip.sound, random)
    mel = columns(sound)
    starts = np.array([piece.start for piece in pieces(clip)]) / factor
    names = np.array([piece.sound for piece in pieces(clip)], np.uint8)
    middles = (np.arange(len(mel)) + 0.5) * STEP
    begun = np.zeros(len(mel), np.float16)
    begun[np.minimum(np.round(starts[1:] / STEP).astype(int), len(mel) - 1)] = 1
    return AlignExample(
        normal(mel).astype(np.float16),
        names[np.maximum(np.searchsorted(starts, middles, side="right") - 1, 0)],
        begun,
    )


def trained(known: list[AlignExample], steps: int) -> Aligner:
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
    known: Sequence[AlignExample], steps: int
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


if __name__ == "__main__":
    typer.run(align)
