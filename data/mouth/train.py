"""`python -m data.mouth.train`: fit the mouth network to the examples.

In: `examples/*-train.npz`, and `examples/*-val.npz` to stop by. Out: `mouth-<look-ahead>.pt` (the
best weights so far, and where training stands, so that it can be stopped and run again) and
`train-<look-ahead>.json`. One core, torch 2.13 on the processor, fixed seeds.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from data.mouth.batches import Batches
from data.mouth.examples import Example, load
from data.mouth.loss import mouth_loss
from data.mouth.network import MouthNetwork
from data.mouth.speak import FOLDER
from data.mouth.validation import Score, score
from data.mouth.versions import write_versions
from data.units import TICK_MS

SEED: Final = 7
AHEAD_MS: Final = 80
_RATE: Final = 2e-3
_BATCH: Final = 32
_EVERY: Final = 250
"""Steps between two validations."""
_PATIENCE: Final = 8
"""Validations without a better one after which training ends."""


def train(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    steps: Annotated[int, typer.Option(help="At most so many.")] = 3000,
    width: Annotated[int, typer.Option(help="Channels.")] = 96,
    ahead_ms: Annotated[int, typer.Option(help="Look-ahead, a multiple of 40.")] = AHEAD_MS,
) -> None:
    """Train."""
    if ahead_ms % TICK_MS:
        raise typer.BadParameter(f"the look-ahead is a multiple of {TICK_MS} ms, not {ahead_ms}")
    torch.set_num_threads(1)
    examples = list(_loaded(folder, "train"))
    trial = Trial(examples, list(_loaded(folder, "val")), steps, width, ahead_ms)
    path = folder / f"mouth-{ahead_ms}.pt"
    if path.exists():
        trial.resume(path)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("training", total=steps, completed=trial.step)
        for found in trial:
            trial.save(path)
            progress.console.print(f"{trial.step}: {found}")
            progress.update(task, completed=trial.step)
    more = {"seed": SEED, "steps": trial.step, "best_step": trial.best_step, "width": width}
    write_versions(folder / f"train-{ahead_ms}.json", ("torch", "numpy"), {**more})


def _loaded(folder: Path, split: str) -> Iterator[Example]:
    paths = sorted((folder / "examples").glob(f"*-{split}.npz"))
    if not paths:
        raise typer.BadParameter(f"no examples for {split}: run data.mouth.label first")
    for path in paths:
        yield from load(path)


class Trial:
    """One training; iterate to train up to the next validation."""

    def __init__(
        self, examples: list[Example], held: list[Example], steps: int, width: int, ahead_ms: int
    ) -> None:
        torch.manual_seed(SEED)
        self.step, self.best_step, self.best = 0, 0, -1.0
        self._steps, self._held = steps, held
        self._ahead = ahead_ms // 10
        self._network = MouthNetwork(width)
        self._kept = {k: v.clone() for k, v in self._network.state_dict().items()}
        self._optimizer = torch.optim.AdamW(self._network.parameters(), _RATE, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR
        self._schedule = schedule(self._optimizer, _RATE, total_steps=steps + 1, pct_start=0.1)
        self._batches = iter(Batches(examples, _BATCH, self._ahead, SEED))

    def __iter__(self) -> Iterator[Score]:
        """Yield the score of each validation until the last step or until nothing improves."""
        while self.step < self._steps:
            self._network.train()
            for _ in range(min(_EVERY, self._steps - self.step)):
                self._learn()
            found = score(self._network, self._held, self._ahead)
            if found.value > self.best:
                self.best, self.best_step = found.value, self.step
                self._kept = {k: v.clone() for k, v in self._network.state_dict().items()}
            yield found
            if self.step - self.best_step >= _PATIENCE * _EVERY:
                return

    def _learn(self) -> None:
        batch = next(self._batches)
        # Half the time on processors that multiply bfloat16, and as good to two digits.
        with torch.autocast("cpu", torch.bfloat16):
            output = self._network(batch.mel)
        loss = mouth_loss(output.float(), batch)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not type it
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self._schedule.step()
        self.step += 1

    def save(self, path: Path) -> None:
        """Write everything that `resume` needs, and the best weights, whole or not at all."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "width": self._network.width,
                "best": self._kept,
                "network": self._network.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "schedule": self._schedule.state_dict(),
                "at": [self.step, self.best_step, self.best],
            },
            part,
        )
        os.replace(part, path)

    def resume(self, path: Path) -> None:
        """Go on where `save` was; RuntimeError if it was another network."""
        saved = torch.load(path, weights_only=True)
        self._network.load_state_dict(saved["network"])
        self._optimizer.load_state_dict(saved["optimizer"])
        self._schedule.load_state_dict(saved["schedule"])
        self._kept = saved["best"]
        self.step, self.best_step, self.best = saved["at"]


if __name__ == "__main__":
    typer.run(train)
