"""`python -m data.build.mouth.tune`: where lips are drawn shut, by the validation set.

In: weights and `examples/*-val.npz`. Out: a table of recall, precision and F1 of
p, b and m for thresholds of `close`, the mean over the kinds. Who builds puts the best one into
`models.face.mouth` (SHUT_FROM and HELD_FROM), where the running server reads it.
"""

from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from data.build.mouth.examples import load
from data.build.mouth.metrics import Float, MouthFigures, Tracked, f1, figures
from data.build.mouth.network import Together, trained
from data.build.mouth.phones import PARAMETERS
from data.build.mouth.speak import FOLDER
from data.build.mouth.train import AHEAD_MS
from data.build.mouth.validation import raw_columns
from models.face.mouth import mouths

_THRESHOLDS: Final = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65)
_KEPT: Final = (0.7, 0.85, 1.0)
"""Shares of the threshold from which shut lips stay shut."""


def tune(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    ahead_ms: Annotated[int, typer.Option(help="Which training.")] = AHEAD_MS,
    weights: Annotated[list[Path] | None, typer.Option(help="Others than the training's.")] = None,
) -> None:
    """Show the thresholds."""
    paths = weights or [folder / f"mouth-{ahead_ms}.pt"]
    network = Together([trained(path) for path in paths]).eval()
    kinds: dict[str, list[tuple[Tracked, Float]]] = {}
    for path in sorted((folder / "examples").glob("*-val.npz")):
        for each in load(path):
            if each.kind != "noise":
                rows = raw_columns(network, each, ahead_ms // 10)
                kinds.setdefault(each.kind, []).append(
                    (Tracked(each, rows[:, : len(PARAMETERS)], None), rows)
                )
    table = Table("shut from", "held from", "recall", "precision", "F1", "each kind")
    for threshold in _THRESHOLDS:
        for kept in _KEPT:
            found = {kind: _at(group, threshold, threshold * kept) for kind, group in kinds.items()}
            mean = [np.mean([getattr(f, name) for f in found.values()])
                    for name in ("recall", "precision")]  # fmt: skip
            score = float(np.mean([f1(f) for f in found.values()]))
            each_kind = " ".join(f"{k} {f.recall:.2f}@{f.precision:.2f}" for k, f in found.items())
            table.add_row(f"{threshold:.2f}", f"{threshold * kept:.2f}", f"{mean[0]:.3f}",
                          f"{mean[1]:.3f}", f"{score:.3f}", each_kind)  # fmt: skip
    Console(width=140).print(table)


def _at(group: list[tuple[Tracked, Float]], shut_from: float, held_from: float) -> MouthFigures:
    tracked = []
    for each, rows in group:
        before = np.concatenate([rows[:1], rows[:-1]])
        drawn = mouths(before, rows, shut_from, held_from)
        tracked.append(Tracked(each.example, drawn, None))
    return figures(tracked, shut_from)


if __name__ == "__main__":
    typer.run(tune)
