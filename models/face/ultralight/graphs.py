"""An Ultralight network as two graphs for onnxruntime, in float32 or in int8.

In: a network on the CPU, and what real ones of its inputs look like. Out: ONNX models of one
face: `seen` (a frame to five levels) and `painted` (levels and sound to a face). Runs in the
process that builds; needs torch and onnx. Owns nothing.

Between the two the levels are float16 (76 dB from float32 in the face), or the very uint8 that
the first convolutions of `painted` take. int8 is onnxruntime's static quantisation: a scale for
each channel of a weight, one for each activation, all of the way up but its last convolution.
What frames give is worked out in float32, for it is done once for each of them.
"""

import io
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import onnx
import torch
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import nn

from models.face.ultralight.network import ROW, UltralightFaces
from models.face.ultralight.parts import Joints, Painted, Seen
from models.face.ultralight.sizes import LEVELS, SOUND

Fed = Mapping[str, NDArray[Any]]
"""The inputs of a graph by name."""
_QUANTISED: Final = ("Conv", "Relu", "Add", "Concat", "Resize")
_LAST: Final = "/network/outc/conv/Conv"
"""It gives the colours, and costs next to nothing."""
_OPSET: Final = 17


class Graphs(NamedTuple):
    """The two halves."""

    seen: ModelProto
    painted: ModelProto

    def write(self, seen: Path, painted: Path) -> None:
        """Both to files."""
        onnx.save(self.seen, seen)
        onnx.save(self.painted, painted)


def plain(network: UltralightFaces) -> Graphs:
    """float32 throughout, the levels too. The network is folded, and on the CPU."""
    return _exported(network, torch.float32)


def stored(network: UltralightFaces) -> Graphs:
    """float32, the levels kept as float16."""
    return _exported(network, torch.float16)


def quantised(graphs: Graphs, samples: Iterable[Fed]) -> Graphs:
    """`plain` graphs with the way up in int8, and its levels as uint8.

    samples: inputs of `painted`, from which the scales are taken.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        onnx.save(graphs.painted, whole)
        quantize_static(
            whole,
            small,
            _Samples(samples),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_QUANTISED),
            nodes_to_exclude=[_LAST],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return _moved(graphs.seen, onnx.load(small))


class _Samples(CalibrationDataReader):  # type: ignore[misc] # onnxruntime has no types
    def __init__(self, samples: Iterable[Fed]) -> None:
        self._left = iter(samples)

    def get_next(self) -> Fed | None:
        return next(self._left, None)


def _moved(seen: ModelProto, painted: ModelProto) -> Graphs:
    """The levels' quantising goes from the begin of the second graph to the end of the first."""
    first, second = ModelProto(), ModelProto()
    first.CopyFrom(seen)
    second.CopyFrom(painted)
    constants = {one.name: one for one in second.graph.initializer}
    inputs = {one.name: one for one in second.graph.input}
    outputs = {one.name: one for one in first.graph.output}
    for level in LEVELS:
        [node] = [node for node in second.graph.node if level in node.input]
        if node.op_type != "QuantizeLinear":
            raise ValueError(f"the level {level} goes to {node.op_type} before it is quantised")
        moved = onnx.NodeProto()
        moved.CopyFrom(node)
        for user in second.graph.node:
            for at, name in enumerate(user.input):
                if name == node.output[0]:
                    user.input[at] = level
        second.graph.node.remove(node)
        inputs[level].type.tensor_type.elem_type = TensorProto.UINT8
        _renamed(first, level, f"{level}_float")
        moved.input[0], moved.output[0] = f"{level}_float", level
        outputs[level].name = level
        outputs[level].type.tensor_type.elem_type = TensorProto.UINT8
        first.graph.initializer.extend(constants[name] for name in moved.input[1:])
        first.graph.node.append(moved)
    return Graphs(first, second)


def _renamed(model: ModelProto, old: str, new: str) -> None:
    for node in model.graph.node:
        for names in (node.input, node.output):
            for at, name in enumerate(names):
                if name == old:
                    names[at] = new


def _exported(network: UltralightFaces, keeps: torch.dtype) -> Graphs:
    joints = Joints(network)
    seen, painted = Seen(network, joints, keeps).eval(), Painted(network, joints).eval()
    frame = torch.zeros(1, *ROW.seen, dtype=ROW.dtype)
    with torch.inference_mode():
        levels = seen(frame)
        first = _graph(seen, (frame,), ["seen"], LEVELS)
        inputs = (*levels, torch.zeros(1, *SOUND))
        second = _graph(painted, inputs, [*LEVELS, "heard"], ["faces"])
    return Graphs(first, second)


def _graph(
    part: nn.Module, inputs: tuple[torch.Tensor, ...], names: Sequence[str], gives: Sequence[str]
) -> ModelProto:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter talks about its successor
        torch.onnx.export(
            part,
            inputs,
            file,  # type: ignore[arg-type] # this exporter writes to a stream too, as it documents
            input_names=list(names),
            output_names=list(gives),
            opset_version=_OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(file.getvalue())
