"""`python -m data.mouth.label`: the mouth's movement for every clip.

In: `clips/`. Out: `examples/<kind>-<split>.npz`, and `label.json`: how late each voice's phone
times were (and were moved), how many p, b, m there are, and how many of them reach closure (it
stops if one does not). A training clip is taken twice, each time as another room would give it.
About three minutes on one core; what is there already is not made again.
"""

from collections import defaultdict
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from data.mouth.blend import STEP
from data.mouth.clip import Clip
from data.mouth.examples import Example, example, load, save
from data.mouth.onsets import Offset, corrected, measured
from data.mouth.phones import PARAMETERS
from data.mouth.plan import SEED
from data.mouth.speak import FOLDER
from data.mouth.takes import varied
from data.mouth.versions import Json, write_versions

TAKES: Final = 2
_CLOSE: Final = PARAMETERS.index("close")
_SHUT: Final = 0.9
_ONE_CLOCK: Final = frozenset({"espeak", "kokoro", "kokoro-english", "noise"})


def label(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
) -> None:
    """Label the clips."""
    clips = [Clip.load(path) for path in sorted((folder / "clips").glob("*.npz"))]
    if not clips:
        raise typer.BadParameter(f"no clips in {folder / 'clips'}: run data.mouth.speak first")
    offsets = voice_offsets(clips)
    _show(offsets)
    out = folder / "examples"
    out.mkdir(exist_ok=True)
    groups: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        groups[f"{clip.kind}-{clip.split}"].append(clip)
    closures: dict[str, Json] = {}
    for name, group in groups.items():
        if (out / f"{name}.npz").exists():
            closures[name] = _closures(load(out / f"{name}.npz"))
            continue
        made = [
            each
            for at, clip in enumerate(track(group, name))
            for each in taken(corrected(clip, offsets[voice(clip)]), at)
        ]
        closures[name] = _closures(made)
        save(out / f"{name}.npz", made)
    table: Json = {
        name: {"count": each.count, "late_ms": each.median, "spread_ms": each.spread}
        for name, each in offsets.items()
    }
    more: dict[str, Json] = {"seed": SEED, "offsets": table, "closures": closures}
    write_versions(folder / "label.json", ("numpy", "soxr"), more)


def voice(clip: Clip) -> str:
    """What shares one offset: eSpeak's variants run on one clock, Kokoro's voices on another."""
    return clip.kind if clip.kind in _ONE_CLOCK else f"{clip.kind} {clip.voice}"


def voice_offsets(clips: list[Clip]) -> dict[str, Offset]:
    """The offset of each voice."""
    by_voice: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_voice[voice(clip)].append(clip)
    return {name: measured(group) for name, group in by_voice.items()}


def taken(clip: Clip, number: int) -> list[Example]:
    """The examples of a clip: as it is, or `TAKES` changed ones of it for training."""
    if clip.split != "train":
        return [example(clip)]
    found = []
    for take in range(TAKES):
        random = np.random.default_rng([SEED, number, take, *clip.kind.encode()])
        sound, factor = (clip.sound, 1.0) if clip.kind == "noise" else varied(clip.sound, random)
        changed = Clip(sound, clip.phones, clip.kind, clip.voice, clip.language, clip.split)
        found.append(example(changed, factor))
    return found


def _closures(made: list[Example]) -> Json:
    """How many p, b, m; ValueError if one does not reach closure."""
    total = 0
    for each in made:
        for start, end in each.closures.tolist():
            first, last = int(start / STEP), max(int(end / STEP), int(start / STEP) + 1) + 1
            part = each.parameters[first:last, _CLOSE]
            total += 1
            if len(part) and part.max() < _SHUT * 255:
                raise ValueError(f"lips stay open at {start:.2f} s of a clip of {each.voice}")
    return total


def _show(offsets: dict[str, Offset]) -> None:
    table = Table("voice", "sibilants", "late, ms", "spread, ms", title="fricative onsets")
    for name, each in offsets.items():
        table.add_row(name, str(each.count), f"{each.median:.1f}", f"{each.spread:.1f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(label)
