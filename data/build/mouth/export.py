"""`python -m data.build.mouth.export`: trained networks as the file that the service reads.

In: `mouth-<look-ahead>.pt`, or weights by name. Out: an ONNX file (opset 17: Pad, Conv, Relu, Add;
batch norms folded, free batch), written whole or not at all, and only if onnxruntime and torch
agree on it. By default `data/builtin/mouth.onnx`. Of several networks it gives the mean.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import onnx
import onnxruntime
import torch
import typer
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from data.build.mouth.network import COLUMNS_A_TICK, ROWS, Causal, MouthNetwork, Together, trained
from data.build.mouth.speak import FOLDER
from data.build.mouth.train import AHEAD_MS
from data.head import builtin_folder
from models.face.mel import BANDS, COLUMNS

OPSET: Final = 17
_IR: Final = 8
"""onnxruntime 1.20 reads it."""
_CLOSE_ENOUGH: Final = 1e-3


def export(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    ahead_ms: Annotated[int, typer.Option(help="Which training.")] = AHEAD_MS,
    weights: Annotated[list[Path] | None, typer.Option(help="Others than the training's.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file; the built-in one by default.")] = None,
) -> None:
    """Export."""
    path = out or builtin_folder() / "mouth.onnx"
    write([trained(each) for each in weights or [folder / f"mouth-{ahead_ms}.pt"]], path)
    typer.echo(f"{path}: {path.stat().st_size} bytes, look-ahead {ahead_ms} ms")


def write(networks: Sequence[MouthNetwork], path: Path) -> None:
    """Write their mean; ValueError if onnxruntime finds another mouth than torch does."""
    model = as_onnx(networks)
    mel = np.random.default_rng(0).normal(0, 1, (3, BANDS, COLUMNS)).astype(np.float32)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.run(None, {"mel": mel})[0]
    with torch.no_grad():
        wanted = Together(networks)(torch.from_numpy(mel)).numpy()
    away = float(np.abs(found - wanted).max())
    if away > _CLOSE_ENOUGH:
        raise ValueError(f"the exported file is {away:.4f} away from what was trained")
    part = path.with_suffix(".part")
    part.write_bytes(model)
    os.replace(part, path)


def as_onnx(networks: Sequence[MouthNetwork]) -> bytes:
    """The serialised ModelProto of their mean."""
    graph = _Graph()
    last = graph.mouth(networks[0], len(networks))
    for network in networks[1:]:
        last = graph.node("Add", [last, graph.mouth(network, len(networks))])
    return graph.model(last)


def _blocks(blocks: torch.nn.ModuleList) -> Iterator[Causal]:
    for block in blocks:
        if not isinstance(block, Causal):
            raise TypeError(f"{type(block).__name__} is no causal convolution")
        yield block


class _Graph:
    """Nodes and constants as they are added; every value has a name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, kind: str, inputs: list[str], **attributes: list[int]) -> str:
        name = f"{kind.lower()}{len(self._nodes)}"
        made = helper.make_node(kind, inputs, [name])
        made.attribute.extend(helper.make_attribute(*pair) for pair in attributes.items())
        self._nodes.append(made)
        return name

    def constant(self, value: NDArray[np.generic]) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(value, name))
        return name

    def causal(self, block: Causal, value: str) -> str:
        """Pad, convolve with the batch norm in the weights, rectify."""
        scale = _array(block.norm.weight) / np.sqrt(
            _array(block.norm.running_var) + np.float32(block.norm.eps)
        )
        weight = _array(block.conv.weight) * scale[:, None, None]
        bias = _array(block.norm.bias) - _array(block.norm.running_mean) * scale
        pads = np.array([0, 0, block.pad, 0, 0, 0], np.int64)
        padded = self.node("Pad", [value, self.constant(pads)])
        folded = self.node(
            "Conv",
            [padded, self.constant(weight), self.constant(bias)],
            strides=list(block.conv.stride),
            dilations=list(block.conv.dilation),
        )
        return self.node("Relu", [folded])

    def mouth(self, network: MouthNetwork, of: int) -> str:
        """One network's part of the mean of so many."""
        columns = self.causal(network.halved, self.causal(network.ear, "mel"))
        for block in _blocks(network.fast):
            columns = self.node("Add", [columns, self.causal(block, columns)])
        columns = self.causal(network.quartered, columns)
        for block in _blocks(network.slow):
            columns = self.node("Add", [columns, self.causal(block, columns)])
        parts = (network.mouth.weight, network.mouth.bias)
        weight, bias = (self.constant(_array(part) / np.float32(of)) for part in parts)
        return self.node("Conv", [columns, weight, bias])

    def model(self, last: str) -> bytes:
        ticks = COLUMNS // COLUMNS_A_TICK
        mel = helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["batch", BANDS, COLUMNS])
        mouth = helper.make_tensor_value_info(last, TensorProto.FLOAT, ["batch", ROWS, ticks])
        graph = helper.make_graph(self._nodes, "mouth", [mel], [mouth], self._constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR)
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())


def _array(tensor: torch.Tensor | None) -> NDArray[np.float32]:
    if tensor is None:
        raise TypeError("a weight is missing")
    return tensor.detach().numpy().astype(np.float32)


if __name__ == "__main__":
    typer.run(export)
