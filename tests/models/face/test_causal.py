"""Causal convolutions that go on where they stopped give what the whole gives."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.face.causal import CausalLayer, CausalNetwork

Shape = tuple[int, int, int, bool]
SHAPES: tuple[Shape, ...] = (
    (5, 1, 1, False),
    (4, 2, 1, False),
    (3, 1, 1, True),
    (3, 1, 4, True),
    (4, 2, 1, False),
    (3, 1, 2, True),
    (1, 1, 1, False),
)
CHANNELS = (6, 4, 8, 8, 8, 8, 8, 5)


@pytest.fixture(params=[1, 2])
def network(request: pytest.FixtureRequest) -> CausalNetwork:
    dice = np.random.default_rng(3)
    layers = []
    for number, (kernel, stride, gap, residual) in enumerate(SHAPES):
        size = (request.param, CHANNELS[number + 1], kernel * CHANNELS[number])
        weight = dice.normal(0, 0.3, size).astype(np.float32)
        bias = dice.normal(0, 0.1, (*size[:2], 1)).astype(np.float32)
        layers.append(CausalLayer(weight, bias, kernel, stride, gap, residual))
    return CausalNetwork(layers)


def by_torch(network: CausalNetwork, columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same by torch's convolutions, network by network."""
    arrays = network.arrays()
    total = np.zeros(1, np.float32)
    for number in range(len(arrays["weight0"])):
        value = torch.from_numpy(columns)
        for layer, (kernel, stride, gap, residual) in enumerate(SHAPES):
            flat = arrays[f"weight{layer}"][number]
            weight = flat.reshape(len(flat), kernel, -1).transpose(0, 2, 1).copy()
            bias = arrays[f"bias{layer}"][number, :, 0]
            padded = torch.nn.functional.pad(value, ((kernel - 1) * gap - stride + 1, 0))
            out = torch.nn.functional.conv1d(
                padded, torch.from_numpy(weight), torch.from_numpy(bias), stride, dilation=gap
            )
            if layer < len(SHAPES) - 1:
                out = torch.relu(out)
            value = out + value if residual else out
        total = total + value.numpy()
    return total


def test_the_whole_is_what_convolutions_give(network: CausalNetwork) -> None:
    columns = np.random.default_rng(1).normal(0, 1, (3, 6, 40)).astype(np.float32)
    np.testing.assert_allclose(network.run(columns)[0], by_torch(network, columns), atol=1e-5)


@pytest.mark.parametrize("steps", [[4] * 10, [8, 4, 28], [20, 20]])
def test_piece_by_piece_is_the_whole(network: CausalNetwork, steps: list[int]) -> None:
    columns = np.random.default_rng(2).normal(0, 1, (3, 6, 40)).astype(np.float32)
    whole, after_all = network.run(columns)
    context: NDArray[np.float32] | None = None
    pieces, at = [], 0
    for step in steps:
        piece, context = network.run(columns[:, :, at : at + step], context)
        pieces.append(piece)
        at += step
    np.testing.assert_allclose(np.concatenate(pieces, axis=2), whole, atol=1e-5)
    assert context is not None
    np.testing.assert_allclose(context, after_all, atol=1e-5)


def test_rows_do_not_see_each_other(network: CausalNetwork) -> None:
    columns = np.random.default_rng(4).normal(0, 1, (3, 6, 16)).astype(np.float32)
    alone, context = network.run(columns[1:2])
    together, contexts = network.run(columns)
    np.testing.assert_allclose(together[1:2], alone, atol=1e-5)
    np.testing.assert_allclose(contexts[1:2], context, atol=1e-5)
