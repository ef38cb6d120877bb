"""Small causal convolutions that go on where they stopped: only what is new is computed.

In: new columns of many rows, and of each row what its layers have to remember (their *context*).
Out: the columns that follow from them, and the contexts after them. Without a context what was
before counts as zero, as a convolution pads it. numpy, in the caller's thread; owns the weights.

Several networks of one shape are run side by side, as one matrix product for each layer, and their
outputs are summed. Layout: [network, channel, row, column], so that a product has all rows at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
SHAPE: Final = "shape"
"""Of each layer: kernel, stride, dilation, and 1 where its input is added to its output."""


@dataclass(frozen=True)
class CausalLayer:
    """A convolution, rectified but for the last. weight: [networks, out, kernel * in], tap by tap;
    bias: [networks, out, 1]."""

    weight: Array
    bias: Array
    kernel: int
    stride: int
    dilation: int
    residual: bool

    @property
    def channels(self) -> int:
        """Of its input."""
        return int(self.weight.shape[2]) // self.kernel

    @property
    def before(self) -> int:
        """Columns of its input that it needs before the new ones."""
        return self.dilation * (self.kernel - 1) - (self.stride - 1)

    def run(self, joined: Array, new: Array, *, rectified: bool) -> Array:
        """Columns [networks, out, rows, n / stride] of `new` [networks, in, rows, n]; `joined` is
        that with what was before it."""
        networks, channels, rows, _ = joined.shape
        length = new.shape[3] // self.stride
        taps = np.empty((networks, self.kernel, channels, rows, length), np.float32)
        for tap in range(self.kernel):
            first = tap * self.dilation
            taps[:, tap] = joined[..., first : first + (length - 1) * self.stride + 1 : self.stride]
        out = self.weight @ taps.reshape(networks, -1, rows * length)
        out += self.bias
        if rectified:
            np.maximum(out, 0, out=out)
        made: Array = out.reshape(len(self.weight), -1, rows, length)
        if self.residual:
            made += new
        return made


class CausalNetwork:
    """Layers one after another; the last is linear, and of its outputs the sum over the networks
    is given."""

    def __init__(self, layers: Iterable[CausalLayer]) -> None:
        self._layers = list(layers)
        first = self._layers[0].channels
        self._parts: list[tuple[slice, tuple[int, int, int]]] = []
        at = 0
        for number, layer in enumerate(self._layers):
            networks = 1 if number == 0 else len(layer.weight)
            shape = (networks, layer.channels, layer.before)
            size = networks * layer.channels * layer.before
            self._parts.append((slice(at, at + size), shape))
            at += size
        self.channels = first
        self.context = at
        """Numbers that a row has to remember."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a file of `arrays`; nothing in it is unpickled."""
        with np.load(path, allow_pickle=False) as arrays:
            shapes = arrays[SHAPE].tolist()
            return cls(
                CausalLayer(
                    arrays[f"weight{n}"], arrays[f"bias{n}"], kernel, stride, gap, bool(residual)
                )
                for n, (kernel, stride, gap, residual) in enumerate(shapes)
            )

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What `load` reads, for numpy.savez."""
        found: dict[str, NDArray[Any]] = {
            SHAPE: np.array(
                [(one.kernel, one.stride, one.dilation, one.residual) for one in self._layers]
            )
        }
        for number, layer in enumerate(self._layers):
            found |= {f"weight{number}": layer.weight, f"bias{number}": layer.bias}
        return found

    def run(self, new: Array, context: Array | None = None) -> tuple[Array, Array]:
        """Columns float32 [B, out, n / strides] of new ones [B, in, n] (n a multiple of the
        strides), and contexts [B, `context`] for the next call; None is a beginning."""
        rows = len(new)
        if context is None:
            context = np.zeros((rows, self.context), np.float32)
        after = np.empty_like(context)
        value: Array = new.transpose(1, 0, 2)[None]
        last = len(self._layers) - 1
        for number, (layer, (part, shape)) in enumerate(
            zip(self._layers, self._parts, strict=True)
        ):
            joined = value
            if layer.before:
                before = context[:, part].reshape(rows, *shape).transpose(1, 2, 0, 3)
                joined = np.concatenate([before, value], axis=3)
                kept = joined[..., value.shape[3] :].transpose(2, 0, 1, 3)
                after[:, part].reshape(rows, *shape)[:] = kept
            value = layer.run(joined, value, rectified=number < last)
        return value.sum(axis=0).transpose(1, 0, 2), after
