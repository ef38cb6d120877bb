"""A face engine that a test can hold in the middle of a batch, and that can fail."""

import asyncio
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from models.face.engine import FaceSpec, FeatureSpec, FeatureStream
from runtime.layouts import Shape
from tests.actors.street_rig import SHAPE

TOY_SHAPE = Shape("toy", (4,), 0, SHAPE.face, SHAPE.picture)


class Unlucky(ArithmeticError):
    """A feature that cannot be rendered."""


class ToyEngine:
    """Every pixel of a face is its feature's number; `unlucky` features raise."""

    name = "toy"
    feature = FeatureSpec("number", TOY_SHAPE.feature, 0)
    face = FaceSpec(*SHAPE.face)
    posed = False

    def __init__(self, unlucky: int = -1) -> None:
        self.batches: list[list[int]] = []
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
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        numbers = features[:, 0].astype(int).tolist()
        self.batches.append(numbers)
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

    def prepare(self, folder: Path) -> Clip:
        raise NotImplementedError("the batcher has no avatar")
