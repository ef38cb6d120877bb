"""`python -m data.build.mouth.label`: the mouth's movement for every clip.

In: `clips/`. Out: `examples/<kind>-<split>.npz`, and `label.json`: how late each voice's phone
times were (and were moved), how many p, b, m there are, and how many of them reach closure (it
stops if one does not). A training clip is taken several times, each time as another room would give
it. About eight minutes on one core; what is there already is not made again.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from data.build.mouth.align import load as load_aligner
from data.build.mouth.blend import STEP
from data.build.mouth.examples import Example, example, load, save
from data.build.mouth.onsets import corrected
from data.build.mouth.phones import PARAMETERS
from data.build.mouth.place import placed
from data.build.mouth.plan import SEED
from data.build.mouth.speak import FOLDER
from data.build.mouth.spoken_clip import SpokenClip
from data.build.mouth.takes import varied
from data.build.mouth.versions import Json, write_versions
from data.build.mouth.voices import LOOSE, UNTIMED, Offsets, voice_offsets

TAKES: Final = {"hibari": 3, "recorded": 3}
"""Of each training clip, where they are not 2: Hibari is the only neural voice, and there are few
recordings of people."""
_CLOSE: Final = PARAMETERS.index("close")
_SHUT: Final = 0.9


def label(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    kinds: Annotated[str, typer.Option(help="Synthesisers, with commas; all by default.")] = "",
) -> None:
    """Label the clips."""
    wanted = kinds.split(",") if kinds else ["*"]
    paths = {path for kind in wanted for path in (folder / "clips").glob(f"{kind}-*.npz")}
    clips = [SpokenClip.load(path) for path in sorted(paths)]
    if not clips:
        raise typer.BadParameter(
            f"no clips in {folder / 'clips'}: run data.build.mouth.speak first"
        )
    offsets = voice_offsets(clip for clip in clips if clip.kind not in UNTIMED)
    _show(offsets, "fricative onsets, as the synthesisers tell them")
    out = folder / "examples"
    out.mkdir(exist_ok=True)
    groups: dict[str, list[SpokenClip]] = defaultdict(list)
    for clip in clips:
        groups[f"{clip.kind}-{clip.split}"].append(clip)
    closures: dict[str, Json] = {}
    after: dict[str, Json] = {}
    for name, group in groups.items():
        path = out / f"{name}.npz"
        if not path.exists():
            placed, late = _placed(group, offsets, folder / "aligner.pt", name)
            after |= _table(late)
            pairs = enumerate(track(placed, name))
            save(path, [each for at, clip in pairs for each in taken(clip, at)])
        closures[name] = _closures(load(path))
    tables = {"offsets": _table(offsets), "after": after, "closures": closures}
    if (folder / "label.json").exists():
        before = json.loads((folder / "label.json").read_text())
        tables = {name: before[name] | table for name, table in tables.items()}
    more: dict[str, Json] = {"seed": SEED, **tables}
    write_versions(folder / "label.json", ("numpy", "soxr"), more)


def _placed(
    group: list[SpokenClip], offsets: Offsets, aligner: Path, name: str
) -> tuple[list[SpokenClip], Offsets]:
    """The clips of one kind with phones where their sound has them, and the offsets that an
    alignment left."""
    if group[0].kind not in LOOSE:
        return [corrected(clip, offsets.of(clip)) for clip in group], Offsets({})
    if not aligner.exists():
        raise typer.BadParameter(f"no {aligner}: run data.build.mouth.align first")
    return placed(load_aligner(aligner), track(group, f"aligning {name}"), offsets)


def _table(offsets: Offsets) -> dict[str, Json]:
    return {
        name: {"count": each.count, "late_ms": each.median, "spread_ms": each.spread}
        for name, each in offsets.table.items()
    }


def taken(clip: SpokenClip, number: int) -> list[Example]:
    """The examples of a clip: as it is, or changed ones of it for training."""
    if clip.split != "train":
        return [example(clip)]
    found = []
    for take in range(TAKES.get(clip.kind, 2)):
        random = np.random.default_rng([SEED, number, take, *clip.kind.encode()])
        sound, factor = (clip.sound, 1.0) if clip.kind == "noise" else varied(clip.sound, random)
        changed = SpokenClip(sound, clip.phones, clip.kind, clip.voice, clip.language, clip.split)
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


def _show(offsets: Offsets, title: str) -> None:
    table = Table("voice", "sibilants", "late, ms", "spread, ms", title=title)
    for name, each in offsets.table.items():
        table.add_row(name, str(each.count), f"{each.median:.1f}", f"{each.spread:.1f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(label)
