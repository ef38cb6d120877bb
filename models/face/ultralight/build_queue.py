"""Networks that are made ready while sessions go on: one after the other, in a process of its own.

In: orders, each a person's weights and some of the avatar's faces. Out: the folders of those
that are done (see `build`). Runs in inference, in the engine's thread, which asks in each batch;
owns the process that builds, and ends it with `cancel` or with itself.
"""

import logging
import os
import subprocess
import sys
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger(__name__)
SAMPLES: Final = 32
"""Of an avatar's faces, which its numbers are chosen by."""
_TOLD: Final = 600
"""Characters of what a failed build said last."""


@dataclass(frozen=True, eq=False)
class BuildRequest:
    """What is wanted. avatar: its number. faces: uint8 [N, 160, 160, 3]. hubert: the encoder's
    folder. folder: where it shall lie. widths: of the network."""

    avatar: int
    weights: Path
    faces: NDArray[np.uint8]
    hubert: Path
    folder: Path
    widths: tuple[int, ...]


class _Build:
    """One process at work."""

    def __init__(self, order: BuildRequest) -> None:
        self.order = order
        some = np.linspace(0, len(order.faces) - 1, SAMPLES).astype(int)
        command = [sys.executable, "-m", "models.face.ultralight.build"]
        command += [str(order.weights), str(order.hubert), str(order.folder)]
        command += [",".join(map(str, order.widths)), str(os.getpid())]
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - until `end`
        with tempfile.TemporaryFile() as faces:
            np.save(faces, order.faces[some])
            faces.seek(0)
            self._process = subprocess.Popen(
                command, stdin=faces, stdout=subprocess.DEVNULL, stderr=self._said
            )

    def wait(self, seconds: float) -> int | None:
        """Its exit status once it has ended, None if that takes longer."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> str:
        """Make sure that it is gone; what it said last."""
        self._process.kill()
        self._process.wait()
        with self._said as said:
            said.seek(0)
            return said.read().decode(errors="replace")[-_TOLD:]


class BuildQueue:
    """Takes orders, and works on one at a time."""

    def __init__(self) -> None:
        self._orders: deque[BuildRequest] = deque()
        self._build: _Build | None = None

    def order(self, order: BuildRequest) -> None:
        """Put an order behind the others."""
        self._orders.append(order)
        self._begin()

    def done(self, seconds: float = 0) -> list[BuildRequest]:
        """Orders that are ready by now, or within so many seconds, each once.

        One that cannot be built is told in the log and forgotten."""
        ready = []
        if self._build is not None and (status := self._build.wait(seconds)) is not None:
            order, said = self._build.order, self._build.end()
            self._build = None
            if status == 0:
                ready.append(order)
            else:
                logger.error(
                    "a network could not be made ready for onnxruntime",
                    extra={"fields": {"weights": str(order.weights), "said": said}},
                )
        self._begin()
        return ready

    def cancel(self, avatar: int) -> None:
        """Nobody wants it any more."""
        self._orders = deque(order for order in self._orders if order.avatar != avatar)
        if self._build is not None and self._build.order.avatar == avatar:
            self._build.end()
            self._build = None
        self._begin()

    def _begin(self) -> None:
        if self._build is None and self._orders:
            self._build = _Build(self._orders.popleft())
