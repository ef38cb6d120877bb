"""A face engine that a test can hold in the middle of a batch, and that can fail."""

import asyncio
import threading
from itertools import count

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from models.face.engine import FaceSpec, FeatureSpec, FeatureStream
from runtime.layouts import Shape
from tests.actors.session_rig import SHAPE

TOY_SHAPE = Shape("toy", (4,), 0, SHAPE.face, SHAPE.picture)


class Unlucky(ArithmeticError):
    """A feature that cannot be rendered."""


class ToyEngine:
    """Every pixel of a face is its feature's number; `unlucky` features raise.

    avatars: the avatars and poses of each batch, row by row. bound: avatars in use."""

    name = "toy"
    feature = FeatureSpec("number", TOY_SHAPE.feature, 0)
    face = FaceSpec(*SHAPE.face)

    def __init__(self, unlucky: int = -1, *, posed: bool = False) -> None:
        self.posed = posed
        self.batches: list[list[int]] = []
        self.avatars: list[list[tuple[int, int]]] = []
        self.bound: list[int] = []
        self._numbers = count(1)
        self._unlucky = unlucky
        self._entered = threading.Event()
        self._go = threading.Event()
        self._go.set()

    def hold(self) -> None:
        """The next batch stays inside until `let_go`."""
        self._entered.clear()
        self._go.clear()

    async def entered(self) -> None:
        """Wait until a batch is inside."""
        await asyncio.to_thread(self._entered.wait)

    def let_go(self) -> None:
        self._go.set()

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        numbers = features[:, 0].astype(int).tolist()
        self.batches.append(numbers)
        self.avatars.append(list(zip(avatars.tolist(), poses.tolist(), strict=True)))
        self._entered.set()
        self._go.wait()
        out[:] = 99
        if self._unlucky in numbers:
            raise Unlucky(f"{self._unlucky} brings no luck")
        out[:] = features[:, 0].astype(np.uint8)[:, None, None]

    def warm(self) -> None:
        """Nothing to load."""

    def stream(self) -> FeatureStream:
        raise NotImplementedError("the batcher is given features")

    def bind(self, clip: Clip) -> int:
        self.bound.append(next(self._numbers))
        return self.bound[-1]

    def free(self, avatar: int) -> None:
        self.bound.remove(avatar)
