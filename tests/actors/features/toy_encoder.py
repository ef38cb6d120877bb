"""An encoder whose rows can be told by eye, and that a test can hold."""

import asyncio
import threading

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_CHUNK


class Toy:
    """A chunk's row is its first sample. While it is held, `rows` does not return."""

    def __init__(
        self, *, pads: bool = False, windows: int = 3, ticks: int = 8, unlucky: float = -1
    ) -> None:
        self.tail = 0
        self.pads = pads
        self.ticks = ticks
        self.windows = windows
        self.batches: list[list[float]] = []
        """Of each batch, the last sample of every window."""
        self.threads: set[int] = set()
        self.entered = threading.Event()
        self.go = threading.Event()
        self.go.set()
        self._unlucky = unlucky

    def rows(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        self.batches.append([float(window[window != 0][-1]) for window in sound])
        self.threads.add(threading.get_ident())
        self.entered.set()
        self.go.wait()
        if (sound == self._unlucky).any():
            raise ArithmeticError(f"{self._unlucky} brings no luck")
        firsts: NDArray[np.float32] = sound.reshape(len(sound), -1, FEATURE_CHUNK)[:, :, :1].copy()
        return firsts

    def let_all_go(self) -> None:
        """Nothing is held any more."""
        self.go.set()


class Stepped(Toy):
    """Each batch waits for a step of its own."""

    def __init__(self, *, ticks: int = 8) -> None:
        super().__init__(ticks=ticks)
        self._begun, self._steps = threading.Semaphore(0), threading.Semaphore(0)
        self._free = False

    async def began(self) -> None:
        """Wait until the next batch is in the encoder."""
        await asyncio.to_thread(self._begun.acquire)

    def step(self) -> None:
        """Let one batch go."""
        self._steps.release()

    def let_all_go(self) -> None:
        self._free = True
        self._steps.release()

    def rows(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        self._begun.release()
        if not self._free:
            self._steps.acquire()
        return super().rows(sound)
