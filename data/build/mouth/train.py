"""`python -m data.build.mouth.train`: fit the mouth network to the examples.

In: `examples/*-train.npz`, and `examples/*-val.npz` to stop by. Out: `mouth-<look-ahead>.pt` (the
best weights so far, and where training stands, so that it can be stopped and run again) and
`train-<look-ahead>.json`. What is validated and kept is a running mean of the weights: Polyak and
Juditsky, "Acceleration of stochastic approximation by averaging" (1992). One core, torch 2.13 on
the processor, fixed seeds.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from data.build.mouth.batches import TrainingBatch, TrainingBatches
from data.build.mouth.examples import Example, load
from data.build.mouth.loss import mouth_loss
from data.build.mouth.network import MouthNetwork
from data.build.mouth.speak import FOLDER
from data.build.mouth.validation import Score, score
from data.build.mouth.versions import Json, write_versions
from data.units import TICK_MS

SEED: Final = 7
AHEAD_MS: Final = 80
_RATE: Final = 1.2e-3
_WARM: Final = 200
"""Steps in which the rate rises; it stays until a third of the steps is left, then falls: so a
training may be made longer or shorter on the way."""
_COOL: Final = 1 / 3
BATCH: Final = 32
_DECAY: Final = 0.999
"""Of the mean, a step."""
_EVERY: Final = 500
"""Steps between two validations."""
_PATIENCE: Final = 24
"""Validations without a better one after which training ends."""


def train(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    steps: Annotated[int, typer.Option(help="At most so many.")] = 4000,
    width: Annotated[int, typer.Option(help="Channels.")] = 128,
    ahead_ms: Annotated[int, typer.Option(help="Look-ahead, a multiple of 40.")] = AHEAD_MS,
    first: Annotated[Path | None, typer.Option(help="Weights to begin with.")] = None,
    seed: Annotated[int, typer.Option(help="Another one trains another file.")] = SEED,
) -> None:
    """Train."""
    if ahead_ms % TICK_MS:
        raise typer.BadParameter(f"the look-ahead is a multiple of {TICK_MS} ms, not {ahead_ms}")
    torch.set_num_threads(1)
    examples = list(loaded(folder, "train"))
    trial = Trial(examples, list(loaded(folder, "val")), steps, width, ahead_ms, seed)
    path = saved(folder, ahead_ms, seed)
    if path.exists():
        trial.resume(path)
    elif first is not None:
        trial.begin(first)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("training", total=steps, completed=trial.step)
        for found in trial:
            trial.save(path)
            progress.console.print(f"{trial.step}: {found}")
            progress.update(task, completed=trial.step)
    more: dict[str, Json] = {
        "seed": seed, "steps": trial.step, "best_step": trial.best_step, "width": width,
        "first": first.name if first is not None else None,
    }  # fmt: skip
    write_versions(folder / f"{path.stem.replace('mouth', 'train')}.json", ("torch", "numpy"), more)


def saved(folder: Path, ahead_ms: int, seed: int = SEED) -> Path:
    """Where the training with a seed lies."""
    return folder / (f"mouth-{ahead_ms}.pt" if seed == SEED else f"mouth-{ahead_ms}-{seed}.pt")


def loaded(folder: Path, split: str) -> Iterator[Example]:
    """The examples of a split; BadParameter where there are none."""
    paths = sorted((folder / "examples").glob(f"*-{split}.npz"))
    if not paths:
        raise typer.BadParameter(f"no examples for {split}: run data.build.mouth.label first")
    for path in paths:
        yield from load(path)


class Trial:
    """One training; iterate to train up to the next validation."""

    def __init__(
        self,
        examples: list[Example],
        held: list[Example],
        steps: int,
        width: int,
        ahead_ms: int,
        seed: int,
    ) -> None:
        torch.manual_seed(seed)
        self.step, self.best_step, self.best = 0, 0, -1.0
        self._steps, self._held = steps, held
        self._ahead = ahead_ms // 10
        self._network = MouthNetwork(width)
        self._mean = averaged(self._network)
        self._kept = copied(self._network)
        self._optimizer = torch.optim.AdamW(self._network.parameters(), _RATE, weight_decay=1e-2)
        self._batches = TrainingBatches(examples, BATCH, self._ahead, seed)

    def __iter__(self) -> Iterator[Score]:
        """Yield the score of each validation until the last step or until nothing improves."""
        while self.step < self._steps:
            self._network.train()
            count = min(_EVERY, self._steps - self.step)
            for batch in self._batches.drawn(self.step, count):
                self._learn(batch)
            found = score(self._mean.module, self._held, self._ahead)
            if found.value > self.best:
                self.best, self.best_step = found.value, self.step
                self._kept = copied(self._mean.module)
            yield found
            if self.step - self.best_step >= _PATIENCE * _EVERY:
                return

    def _learn(self, batch: TrainingBatch) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = _RATE * self._share_of_rate()
        # Half the time on processors that multiply bfloat16, and as good to two digits.
        with torch.autocast("cpu", torch.bfloat16):
            output = self._network(batch.mel)
        loss = mouth_loss(output.float(), batch)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not type it
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self._mean.update_parameters(self._network)
        self.step += 1

    def _share_of_rate(self) -> float:
        left = (self._steps - self.step) / self._steps
        return min((self.step + 1) / _WARM, 1.0) * min(left / _COOL, 1.0)

    def save(self, path: Path) -> None:
        """Write everything that `resume` needs, and the best weights, whole or not at all."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "width": self._network.width,
                "best": self._kept,
                "network": self._network.state_dict(),
                "mean": self._mean.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "at": [self.step, self.best_step, self.best],
            },
            part,
        )
        os.replace(part, path)

    def begin(self, path: Path) -> None:
        """Begin with the best weights of another training of the same width."""
        self._network.load_state_dict(torch.load(path, weights_only=True)["best"])
        self._mean = averaged(self._network)

    def resume(self, path: Path) -> None:
        """Go on where `save` was; RuntimeError if it was another network."""
        saved = torch.load(path, weights_only=True)
        self._network.load_state_dict(saved["network"])
        self._mean.load_state_dict(saved["mean"])
        self._optimizer.load_state_dict(saved["optimizer"])
        self._kept = saved["best"]
        self.step, self.best_step, self.best = saved["at"]


def averaged(network: MouthNetwork) -> AveragedModel:
    """A running mean of the network's weights and of what its batch norms expect."""
    decayed = get_ema_multi_avg_fn(_DECAY)  # type: ignore[no-untyped-call]  # torch does not type it
    return AveragedModel(network, multi_avg_fn=decayed, use_buffers=True)


def copied(network: nn.Module) -> dict[str, torch.Tensor]:
    """Its weights as they are now."""
    return {name: value.clone() for name, value in network.state_dict().items()}


if __name__ == "__main__":
    typer.run(train)
