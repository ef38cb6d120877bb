"""An ONNX graph that gives away one tensor more.

Bytes in, bytes out. Pure; owns nothing. Messages of protocol buffers merge by concatenation
(https://protobuf.dev/programming-guides/encoding/#last-one-wins), so a second `graph` with nothing
but an `output` adds that output, and the onnx package is not needed. Field numbers: onnx.proto3.
"""

from typing import Final

_GRAPH: Final = 7
_OUTPUT: Final = 12
_ELEM_TYPE: Final = 1 << 3
FLOAT: Final = 1
INT64: Final = 7
"""TensorProto.DataType."""


def with_output(model: bytes, tensor: str, kind: int) -> bytes:
    """The model with its tensor `tensor` of `kind` as its last output; a ModelProto in and out.

    Nothing is checked here: onnxruntime refuses a model without such a tensor.
    """
    type_ = _field(2, _field(1, bytes((_ELEM_TYPE, kind))))
    return model + _field(_GRAPH, _field(_OUTPUT, _field(1, tensor.encode()) + type_))


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited field."""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
