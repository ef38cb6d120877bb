"""Numpy arrays as pickles describe them, made anew from their shape, type and bytes.

In: the arguments that a pickle gives to numpy's constructors. Out: arrays of booleans,
integers, floats or complex numbers. Pure. None of numpy's own unpickling code is called. Source:
numpy/_core/src/multiarray/methods.c, `array_reduce`, and descriptor.c, `arraydescr_reduce`.
"""

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from data.imports.errors import ImportRefused

_KINDS: Final = "biufc"


@runtime_checkable
class PickledObject(Protocol):
    """Something that a pickle makes in two steps: a call, then a state."""

    def build(self, state: Any) -> None: ...

    def value(self) -> Any: ...


class PlainType:
    """`numpy.dtype(code, align, copy)`; only plain numbers."""

    def __init__(self, code: Any, *_: Any) -> None:
        if not isinstance(code, str | bytes):
            raise ImportRefused(f"an array's type is a {type(code).__name__}")
        text = code.decode("latin-1") if isinstance(code, bytes) else code
        if text[:1] == "O" or text == "object":
            raise ImportRefused("the file holds a numpy array of objects, which is refused")
        try:
            self.dtype = np.dtype(text)
        except TypeError as error:
            raise ImportRefused(f"{text!r} is no type of array") from error
        if self.dtype.kind not in _KINDS:
            raise ImportRefused(f"an array of {self.dtype} is refused; only numbers are read")

    def build(self, state: Any) -> None:
        """The state's second part is the byte order."""
        if not isinstance(state, tuple) or len(state) < 2:
            raise ImportRefused("an array's type has a broken state")
        order = state[1].decode("latin-1") if isinstance(state[1], bytes) else state[1]
        if order not in ("<", ">", "|", "="):
            raise ImportRefused(f"an array's byte order is {order!r}")
        if order in ("<", ">"):
            self.dtype = np.dtype(f"{order}{self.dtype.kind}{self.dtype.itemsize}")

    def value(self) -> Any:
        raise ImportRefused("the file holds a type; only numbers, lists and arrays are read")


class PlainArray:
    """`_reconstruct(ndarray, (0,), b"b")`, then (version, shape, type, fortran, bytes)."""

    def __init__(self, *_: Any) -> None:
        self._array: NDArray[Any] | None = None

    def build(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise ImportRefused("an array has a broken state")
        _, shape, kind, fortran, content = state
        self._array = _array(content, kind, shape, "F" if fortran else "C")

    def value(self) -> NDArray[Any]:
        if self._array is None:
            raise ImportRefused("an array has no content")
        return self._array


class FromBuffer(PlainArray):
    """`_frombuffer(bytes, type, shape, order)`, as protocol 5 has it."""

    def __init__(self, content: Any, kind: Any, shape: Any, order: Any, *_: Any) -> None:
        self._array = _array(content, kind, shape, order)


class PlainScalar:
    """`scalar(type, bytes)`."""

    def __init__(self, kind: Any, content: Any) -> None:
        self._value = _array(content, kind, (), "C")[()]

    def build(self, state: Any) -> None:
        raise ImportRefused("a number has a state")

    def value(self) -> Any:
        return self._value.item()


def _array(content: Any, kind: Any, shape: Any, order: Any) -> NDArray[Any]:
    if isinstance(content, str):
        content = content.encode("latin-1")
    if not isinstance(kind, PlainType) or not isinstance(content, bytes | bytearray):
        raise ImportRefused("an array is not made of bytes and a type")
    fits = isinstance(shape, tuple) and all(type(side) is int and side >= 0 for side in shape)
    if not fits or prod(shape) * kind.dtype.itemsize != len(content):
        raise ImportRefused(f"an array of shape {shape} has {len(content)} bytes")
    flat = np.frombuffer(content, kind.dtype)
    return flat.reshape(shape, order="F" if order == "F" else "C").copy()


def _ndarray(*_: Any) -> PlainArray:
    raise ImportRefused("the pickle calls numpy.ndarray itself")


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    """`_codecs.encode`: how protocol 2 writes bytes."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ImportRefused("bytes are not written as latin-1")
    return text.encode("latin-1")


def _no_bytes(*parts: Any) -> bytes:
    """`bytes()`: how protocol 2 writes empty bytes."""
    if parts:
        raise ImportRefused("bytes are made of something")
    return b""


def _names() -> dict[str, Callable[..., Any]]:
    names: dict[str, Callable[..., Any]] = {
        "numpy ndarray": _ndarray,
        "numpy dtype": PlainType,
        "_codecs encode": _encode,
        "__builtin__ bytes": _no_bytes,
    }
    for core in ("numpy.core", "numpy._core"):
        names[f"{core}.multiarray _reconstruct"] = PlainArray
        names[f"{core}.multiarray scalar"] = PlainScalar
        names[f"{core}.numeric _frombuffer"] = FromBuffer
    return names


ARRAY_NAMES: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(_names())
