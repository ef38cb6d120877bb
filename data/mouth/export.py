"""`python -m data.mouth.export`: the trained network as the file that the house reads.

In: `mouth-<look-ahead>.pt`. Out: an ONNX file (opset 17: Pad, Conv, Relu, Add; batch norms folded,
free batch), written whole or not at all, and only if onnxruntime and torch agree on it. By
default `data/builtin/mouth.onnx`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import onnx
import onnxruntime
import torch
import typer
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from data.head import builtin_folder
from data.mouth.network import COLUMNS_A_TICK, ROWS, Causal, MouthNetwork
from data.mouth.speak import FOLDER
from data.mouth.train import AHEAD_MS
from models.face.mel import BANDS, COLUMNS

OPSET: Final = 17
_IR: Final = 8
"""onnxruntime 1.20 reads it."""
_CLOSE_ENOUGH: Final = 1e-3


def export(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    ahead_ms: Annotated[int, typer.Option(help="Which training.")] = AHEAD_MS,
    weights: Annotated[Path | None, typer.Option(help="Others than the training's.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file; the built-in one by default.")] = None,
) -> None:
    """Export."""
    path = out or builtin_folder() / "mouth.onnx"
    network = trained(weights or folder / f"mouth-{ahead_ms}.pt")
    write(network, path)
    typer.echo(f"{path}: {path.stat().st_size} bytes, look-ahead {ahead_ms} ms")


def trained(path: Path) -> MouthNetwork:
    """The best network of a training."""
    saved = torch.load(path, weights_only=True)
    network = MouthNetwork(saved["width"])
    network.load_state_dict(saved["best"])
    return network.eval()


def write(network: MouthNetwork, path: Path) -> None:
    """Write it; ValueError if onnxruntime finds another mouth than torch does."""
    model = as_onnx(network)
    mel = np.random.default_rng(0).normal(0, 1, (3, BANDS, COLUMNS)).astype(np.float32)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.run(None, {"mel": mel})[0]
    with torch.no_grad():
        wanted = network(torch.from_numpy(mel)).numpy()
    away = float(np.abs(found - wanted).max())
    if away > _CLOSE_ENOUGH:
        raise ValueError(f"the exported network is {away:.4f} away from the trained one")
    part = path.with_suffix(".part")
    part.write_bytes(model)
    os.replace(part, path)


def as_onnx(network: MouthNetwork) -> bytes:
    """The serialised ModelProto."""
    graph = _Graph()
    columns = graph.causal(network.halved, graph.causal(network.ear, "mel"))
    for block in _blocks(network.fast):
        columns = graph.node("Add", [columns, graph.causal(block, columns)])
    columns = graph.causal(network.quartered, columns)
    for block in _blocks(network.slow):
        columns = graph.node("Add", [columns, graph.causal(block, columns)])
    weight, bias = (_array(p) for p in (network.mouth.weight, network.mouth.bias))
    last = graph.node("Conv", [columns, graph.constant(weight), graph.constant(bias)])
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
