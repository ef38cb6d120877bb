"""`python -m data.mouth.average`: one network of several trainings.

In: `mouth-<look-ahead>*.pt` of trainings that began with the same weights and saw other batches
(`--seed`), and the examples. Out: `mouth-<look-ahead>-mean.pt`, and the validation of each and of
the mean. Source: Wortsman et al., "Model soups" (2022): the mean of such weights is better than
each, and costs no more to run. What its batch norms expect is measured anew.
"""

import os
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from rich.console import Console

from data.mouth.batches import Batches
from data.mouth.export import trained
from data.mouth.network import MouthNetwork
from data.mouth.speak import FOLDER
from data.mouth.train import AHEAD_MS, BATCH, SEED, loaded, saved
from data.mouth.validation import score

_BATCHES: Final = 40


def average(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    ahead_ms: Annotated[int, typer.Option(help="Which training.")] = AHEAD_MS,
    seeds: Annotated[str, typer.Option(help="With commas.")] = "7,8,9",
) -> None:
    """Average."""
    torch.set_num_threads(1)
    ahead = ahead_ms // 10
    held = list(loaded(folder, "val"))
    parts = [trained(saved(folder, ahead_ms, int(seed))) for seed in seeds.split(",")]
    for seed, part in zip(seeds.split(","), parts, strict=True):
        Console().print(f"seed {seed}: {score(part, held, ahead)}")
    network = mean(parts)
    renormalised(network, Batches(list(loaded(folder, "train")), BATCH, ahead, SEED))
    Console().print(f"mean: {score(network, held, ahead)}")
    path = folder / f"mouth-{ahead_ms}-mean.pt"
    part_path = path.with_suffix(".part")
    torch.save({"width": network.width, "best": network.state_dict()}, part_path)
    os.replace(part_path, path)


def mean(parts: list[MouthNetwork]) -> MouthNetwork:
    """A network with the mean of the weights of networks of one width."""
    states = [part.state_dict() for part in parts]
    network = MouthNetwork(parts[0].width)
    network.load_state_dict({
        name: torch.stack([state[name].float() for state in states]).mean(dim=0).to(value.dtype)
        for name, value in states[0].items()
    })  # fmt: skip
    return network


def renormalised(network: MouthNetwork, batches: Batches) -> None:
    """Let its batch norms hold the mean and variance of some batches."""
    norms = [part for part in network.modules() if isinstance(part, torch.nn.BatchNorm1d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network.train()
    with torch.no_grad():
        for batch in batches.drawn(0, _BATCHES):
            network(batch.mel)
    network.eval()


if __name__ == "__main__":
    typer.run(average)
