"""`python -m data.build.mouth.export`: trained networks as the file that the service reads.

In: `mouth-<look-ahead>.pt`, or weights by name. Out: a file of `models.face.causal` (batch norms
folded), written whole or not at all, and only if that and torch agree on it. By default
`data/builtin/mouth.npz`. Of several networks it gives the mean.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from data.build.mouth.network import Causal, MouthNetwork, Together, trained
from data.build.mouth.speak import FOLDER
from data.build.mouth.train import AHEAD_MS
from data.head import builtin_folder
from models.face.causal import CausalLayer, CausalNetwork
from models.face.mel import BANDS, COLUMNS

_CLOSE_ENOUGH: Final = 1e-3
Weights = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Of a convolution [out, in, kernel], and its bias [out]."""


def export(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    ahead_ms: Annotated[int, typer.Option(help="Which training.")] = AHEAD_MS,
    weights: Annotated[list[Path] | None, typer.Option(help="Others than the training's.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file; the built-in one by default.")] = None,
) -> None:
    """Export."""
    path = out or builtin_folder() / "mouth.npz"
    write([trained(each) for each in weights or [folder / f"mouth-{ahead_ms}.pt"]], path)
    typer.echo(f"{path}: {path.stat().st_size} bytes, look-ahead {ahead_ms} ms")


def write(networks: Sequence[MouthNetwork], path: Path) -> None:
    """Write their mean; ValueError if the file says another mouth than torch does, or if they are
    not of one shape."""
    made = together(networks)
    mel = np.random.default_rng(0).normal(0, 1, (3, BANDS, COLUMNS)).astype(np.float32)
    with torch.no_grad():
        wanted = Together(networks)(torch.from_numpy(mel)).numpy()
    away = float(np.abs(made.run(mel)[0] - wanted).max())
    if away > _CLOSE_ENOUGH:
        raise ValueError(f"the exported file is {away:.4f} away from what was trained")
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **made.arrays())
    os.replace(part, path)


def together(networks: Sequence[MouthNetwork]) -> CausalNetwork:
    """Their mean, layer by layer side by side."""
    blocks = zip(*(_blocks(network) for network in networks), strict=True)
    layers = [_side_by_side([_folded(block) for block in each], each[0]) for each in blocks]
    share = np.float32(1 / len(networks))
    ends = [
        (_array(network.mouth.weight) * share, _array(network.mouth.bias) * share)
        for network in networks
    ]
    return CausalNetwork([*layers, _stacked(ends, (1, 1, 1), residual=False)])


def _blocks(network: MouthNetwork) -> list[Causal]:
    """In the order in which they are run."""
    fast, slow = ([*each] for each in (network.fast, network.slow))
    found = [network.ear, network.halved, *fast, network.quartered, *slow]
    if not all(isinstance(block, Causal) for block in found):
        raise TypeError("a block is no causal convolution")
    return [block for block in found if isinstance(block, Causal)]


def _folded(block: Causal) -> Weights:
    """The convolution with the batch norm in its weights."""
    scale = _array(block.norm.weight) / np.sqrt(
        _array(block.norm.running_var) + np.float32(block.norm.eps)
    )
    weight = _array(block.conv.weight) * scale[:, None, None]
    return weight, _array(block.norm.bias) - _array(block.norm.running_mean) * scale


def _side_by_side(parts: Sequence[Weights], like: Causal) -> CausalLayer:
    (kernel,), (stride,), (gap,) = like.conv.kernel_size, like.conv.stride, like.conv.dilation
    residual = stride == 1 and like.conv.in_channels == like.conv.out_channels
    return _stacked(parts, (kernel, stride, gap), residual=residual)


def _stacked(
    parts: Sequence[Weights], shape: tuple[int, int, int], *, residual: bool
) -> CausalLayer:
    """Weights [out, in, kernel] as a product wants them: tap by tap."""
    taps = [weight.transpose(0, 2, 1).reshape(len(weight), -1) for weight, _ in parts]
    biases = [bias[:, None] for _, bias in parts]
    return CausalLayer(np.stack(taps), np.stack(biases), *shape, residual)


def _array(tensor: torch.Tensor | None) -> NDArray[np.float32]:
    if tensor is None:
        raise TypeError("a weight is missing")
    return tensor.detach().numpy().astype(np.float32)


if __name__ == "__main__":
    typer.run(export)
