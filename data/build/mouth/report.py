"""`python -m data.build.mouth.report`: how good exported networks are, beside simpler ways.

In: the test examples and ONNX files. Out: `report.json` beside this file (or elsewhere), and a
table. Everything is measured as the service draws it: windows of 72 columns, gain, gate and
hysteresis of `models.face.mouth` included.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from data.build.mouth.align import HELD
from data.build.mouth.baselines import Baseline, loudness, mfcc
from data.build.mouth.examples import Example, load
from data.build.mouth.metrics import MouthFigures, Tracked, false_opening, figures
from data.build.mouth.network import COLUMNS_A_TICK
from data.build.mouth.phones import PARAMETERS
from data.build.mouth.speak import FOLDER
from data.build.mouth.versions import Json, write_json
from data.head import builtin_folder
from models.face.mel import COLUMNS
from models.face.mouth import SHUT_FROM, MouthNet, mouths

SETS: Final = {
    "eSpeak, unseen voices and languages": "espeak",
    "flite slt, unseen voice": "flite",
    "Hibari, unseen sentences": "hibari",
    "people, another one": "recorded",
    "Piper joe, unseen synthesiser": "piper",
    "Kokoro English, unseen voices": "kokoro-english",
    "Kokoro Mandarin, unseen voices": "kokoro",
}
OUT: Final = Path(__file__).with_name("report.json")
TRUTH: Final = "truth"
_SAID: Final = ("align.json", "label.json")
_SOME: Final = 10
"""Every tenth training example is enough for a regression."""
Track = Callable[[Example], Tracked]


class Exported:
    """An exported file with its look-ahead."""

    def __init__(self, path: Path, ahead_ms: int) -> None:
        self._net = MouthNet(path)
        self._ahead = ahead_ms // 10

    def tracked(self, each: Example) -> Tracked:
        """One window for each tick, as the service cuts them."""
        count = len(each.mel) // COLUMNS_A_TICK
        before = np.repeat(each.mel[:1], COLUMNS, axis=0)
        after = np.repeat(each.mel[-1:], self._ahead, axis=0)
        mel = np.concatenate([before, each.mel, after]).astype(np.float32)
        ends = COLUMNS + (np.arange(count) + 1) * COLUMNS_A_TICK + self._ahead
        windows = np.stack([mel[end - COLUMNS : end].T for end in ends])
        rows = self._net.columns(windows)
        parameters = mouths(rows[:, :, -2], rows[:, :, -1])
        return Tracked(each, parameters, rows[:, len(PARAMETERS) :, -1].argmax(axis=1))


def report(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    other: Annotated[list[str] | None, typer.Option(help="More: NAME:FILE:LOOK-AHEAD.")] = None,
    simple: Annotated[bool, typer.Option(help="Measure loudness and MFCCs too.")] = True,
    keep: Annotated[bool, typer.Option(help="Add to the JSON that is there.")] = False,
    out: Annotated[Path, typer.Option(help="The JSON.")] = OUT,
) -> None:
    """Report."""
    methods: dict[str, tuple[Track, float]] = {}
    if not keep:
        methods["network"] = (Exported(builtin_folder() / "mouth.npz", 80).tracked, SHUT_FROM)
    for name, file, ahead in (each.split(":") for each in other or []):
        methods[name] = (Exported(Path(file), int(ahead)).tracked, SHUT_FROM)
    if simple:
        methods |= _simple(folder)
    result: dict[str, dict[str, Json]] = {}
    for title, kind in track(SETS.items(), "measuring"):
        path = folder / "examples" / f"{kind}-test.npz"
        if path.exists():
            result[title] = _measured(load(path), methods, title)
    noise = load(folder / "examples" / "noise-test.npz")
    result["noise"] = {
        name: false_opening([found(each) for each in noise]) for name, (found, _) in methods.items()
    }
    before = json.loads(out.read_text("utf-8")) if keep else {}
    whole: dict[str, Json] = {TRUTH: _truth(folder)}
    whole |= {title: before.get(title, {}) | found for title, found in result.items()}
    write_json(out, whole)
    Console().print(f"jaw open in noise and silence: {result['noise']}")


def _truth(folder: Path) -> dict[str, Json]:
    """How exact what is measured against is: the aligner's errors and the voices' offsets."""
    aligner, labels = (json.loads((folder / name).read_text("utf-8")) for name in _SAID)
    return {"aligner": {name: aligner[name] for name in HELD.values() if name in aligner},
            "offsets": labels["offsets"], "aligned offsets": labels["after"]}  # fmt: skip


def _simple(folder: Path) -> dict[str, tuple[Track, float]]:
    seen = _all(folder, "train")[::_SOME]
    held = [each for each in _all(folder, "val") if each.kind != "noise"]
    found: dict[str, tuple[Track, float]] = {}
    for name, describe in (("MFCC regression", mfcc), ("loudness", loudness)):
        baseline = Baseline(describe, seen)
        found[name] = (baseline.tracked, baseline.shut_from(held))
    return found


def _all(folder: Path, split: str) -> list[Example]:
    paths = sorted((folder / "examples").glob(f"*-{split}.npz"))
    return [each for path in paths for each in load(path)]


def _measured(
    examples: list[Example], methods: dict[str, tuple[Track, float]], title: str
) -> dict[str, Json]:
    found = {
        name: figures([tracked(each) for each in examples], shut_from)
        for name, (tracked, shut_from) in methods.items()
    }
    _show(title, found)
    return {name: {**asdict(each)} for name, each in found.items()}


def _show(title: str, found: dict[str, MouthFigures]) -> None:
    names = ("jaw r", "gain", "round r", "viseme", "recall", "precision", "lag ms", "false open")
    table = Table("method", *names, title=f"{title} ({next(iter(found.values())).closures} p b m)")
    for name, each in found.items():
        accuracy = "" if each.viseme_accuracy is None else f"{each.viseme_accuracy:.2f}"
        table.add_row(
            name, f"{each.jaw_r:.2f}", f"{each.jaw_gain:.2f}", f"{each.round_r:.2f}", accuracy,
            f"{each.recall:.2f}", f"{each.precision:.2f}", f"{each.lag_ms:.0f}",
            f"{each.false_open:.3f}",
        )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    typer.run(report)
