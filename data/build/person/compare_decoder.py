"""A small network that draws mouths, to compare an atlas with: about 0.5 million weights.

`python -m data.build.person.compare_decoder --folder FOLDER --minutes 12`. In: the folder that
`data.build.person.compare` reads. Out: `decoder.onnx` there: `features` float32 [n, 16] to pictures
float32 [n, 3, 96, 144], BGR, 0 to 1. Runs in training, on one thread; needs torch.
"""

from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Annotated, Final

import cv2
import msgspec
import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor, nn

from data.build.person.choose import seen
from models.face.mouth import PARAMETERS

_SIDES: Final = (96, 144)
"""Of the pictures."""
_DOUBLINGS: Final = 4
_CHANNELS: Final = (64, 48, 32, 24)
_BATCH: Final = 12
_FASTEST, _SLOWEST = 3e-3, 2e-5
_SPREAD: Final = 0.01
"""Noise on the features, so that the network is smooth between renders."""


class _DecoderStates(msgspec.Struct, frozen=True):
    parameters: list[str]
    states: list[list[float]]


def table_of(path: Path) -> NDArray[np.float32]:
    """The states float32 [S, 8] of a table; ValueError for other parameters."""
    table = msgspec.json.decode(path.read_bytes(), type=_DecoderStates)
    if tuple(table.parameters) != PARAMETERS:
        raise ValueError(f"{path}: {table.parameters}, wanted {list(PARAMETERS)}")
    return np.array(table.states, np.float32)


def pictures_of(folder: Path) -> NDArray[np.uint8]:
    """The pictures of a table, uint8 [S, h, w, 3]."""
    return np.stack([_picture(path) for path in sorted(folder.glob("[0-9]*.png"))])


def _picture(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ValueError(f"{path}: not a picture that OpenCV reads")
    return np.asarray(picture, np.uint8)


def features(states: NDArray[np.float32]) -> NDArray[np.float32]:
    """States [n, 8] as the network reads them, float32 [n, 16]: raw, and as they look."""
    unit = np.diagonal(seen(np.eye(len(PARAMETERS), dtype=np.float32)))
    both = np.concatenate([states, seen(states) / unit], axis=-1)
    return (both * 2 - 0.5).astype(np.float32)


class MouthDecoder(nn.Module):
    """Features [n, 16] to what they add to a mean mouth; each level doubles the sides."""

    def __init__(self, mean: Tensor) -> None:
        super().__init__()
        small = [side // 2**_DOUBLINGS for side in _SIDES]
        self.mean = nn.Parameter(mean)
        self.seed = nn.Sequential(
            nn.Linear(2 * len(PARAMETERS), 64),
            nn.SiLU(),
            nn.Linear(64, 64),
            nn.SiLU(),
            nn.Linear(64, _CHANNELS[0] * small[0] * small[1]),
            nn.Unflatten(1, (_CHANNELS[0], *small)),
        )
        levels = [self._level(*pair) for pair in pairwise(_CHANNELS)]
        last = nn.Conv2d(_CHANNELS[-1], 12, 3, padding=1)
        self.levels = nn.Sequential(*levels, last, nn.PixelShuffle(2))

    @staticmethod
    def _level(wide: int, narrow: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(wide, 4 * narrow, 3, padding=1),
            nn.PixelShuffle(2),
            nn.SiLU(),
            nn.Conv2d(narrow, narrow, 3, padding=1),
            nn.SiLU(),
        )

    def forward(self, seen: Tensor) -> Tensor:
        drawn: Tensor = self.mean + self.levels(self.seed(seen))
        return drawn


def _loss(missed: Tensor) -> Tensor:
    """Absolute and squared error, and the error of the gradients, which keeps edges."""
    across = (missed[..., 1:] - missed[..., :-1]).abs().mean()
    down = (missed[..., 1:, :] - missed[..., :-1, :]).abs().mean()
    return missed.abs().mean() + 4 * missed.square().mean() + across + down


def train(states: Tensor, pictures: Tensor, minutes: float) -> MouthDecoder:
    """Learn the pictures [n, 3, 96, 144] of features [n, 16] for some minutes."""
    network = MouthDecoder(pictures.mean(dim=0, keepdim=True))
    steps = torch.optim.AdamW(network.parameters(), lr=_FASTEST, weight_decay=1e-4)
    started, gone, count = monotonic(), 0.0, 0
    while gone < 1:
        for group in steps.param_groups:
            group["lr"] = _SLOWEST + _FASTEST * (1 + np.cos(np.pi * gone)) / 2
        rows = torch.randperm(len(states))[:_BATCH]
        noise = _SPREAD * torch.randn(len(rows), states.shape[1])
        loss = _loss(network(states[rows] + noise) - pictures[rows])
        steps.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        steps.step()
        gone, count = (monotonic() - started) / 60 / minutes, count + 1
        if count % 100 == 0:
            typer.echo(f"step {count}, {gone:.0%}: loss {loss.item():.4f}")
    return network


def main(
    folder: Annotated[Path, typer.Option(help="Tables and pictures.")],
    minutes: Annotated[float, typer.Option(help="How long to train.")] = 12,
) -> None:
    """Train the decoder."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    pictures = pictures_of(folder / "chosen").transpose(0, 3, 1, 2) / np.float32(255)
    states = torch.from_numpy(features(table_of(folder / "chosen.json")[: len(pictures)]))
    network = train(states, torch.from_numpy(pictures), minutes).eval()
    torch.onnx.export(
        network,
        (states[:1],),
        folder / "decoder.onnx",
        input_names=["features"],
        output_names=["pictures"],
        dynamic_axes={"features": {0: "n"}, "pictures": {0: "n"}},
        dynamo=False,
    )


if __name__ == "__main__":
    typer.run(main)
