"""The rendering half of Ultralight: each avatar's rows through that avatar's own network.

In: HuBERT windows, avatars and their frames. Out: uint8 I420 faces. Runs in inference, in
the engine's thread; owns the bound avatars' networks (49 MB each, 13 MB in int8), their faces,
and on a processor what is kept of their frames.

On a processor an avatar that was never shown here is rendered by torch, while a process of its
own makes its network ready for onnxruntime; it is taken over between two batches.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from models.face.avatar_arrays import AvatarArrays
from models.face.cuda import Cuda
from models.face.exported import digest
from models.face.network import Target, placed
from models.face.runner import BUCKETS, BucketRunner, PlainRunner, Runner
from models.face.ultralight.build_queue import BuildQueue, BuildRequest
from models.face.ultralight.network import ROW, Ultralight, folded
from models.face.ultralight.network_halves import CachedPerson, MemoryBudget, NetworkHalves
from models.face.ultralight.precision import home, verdicts
from models.face.ultralight.weights import load_ultralight
from models.face.weights import WeightsError, find_weights

logger = logging.getLogger(__name__)
_BUCKETS: Final = BUCKETS[:4]
"""Of one avatar: its network has to be captured when it is bound, and few share it."""


class PersonNetwork(Protocol):
    """An avatar's network with its faces."""

    def render(
        self, poses: Sequence[int], heard: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """Write the face of each row to `out`, uint8 [B, 240, 160]; each for itself.

        ValueError for a frame that the avatar lacks."""
        ...

    def free(self) -> None:
        """Let go of what is held beside the network."""
        ...


class WholeNetwork:
    """See `PersonNetwork`: the network as one, as a GPU captures it and torch runs it."""

    def __init__(self, runner: Runner, arrays: AvatarArrays, faces: NDArray[np.uint8]) -> None:
        self._runner = runner
        self._arrays = arrays
        self._number = arrays.bind(faces)
        runner.warm()

    def render(
        self, poses: Sequence[int], heard: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        seen = self._arrays.rows([self._number] * len(poses), poses)
        self._runner.run(seen, heard, out)

    def free(self) -> None:
        self._arrays.free(self._number)


@dataclass(frozen=True)
class UltralightFiles:
    """Where the renderer looks: the folder of weights, its folder of people, HuBERT's."""

    weights: Path
    people: Path
    hubert: Path


class UltralightRenderer:
    """The networks of all bound avatars.

    widths: of every network. builds: False to leave networks as they are, in torch; in tests.
    """

    def __init__(
        self, files: UltralightFiles, widths: tuple[int, ...], *, builds: bool = True
    ) -> None:
        self._files = files
        self._widths = widths
        self._target = Target.best()
        self._cuda = Cuda(self._target.device) if self._target.on_cuda else None
        self._builds = builds and self._cuda is None
        self._arrays = AvatarArrays(self._target.device, ROW.dtype)
        self._budget = MemoryBudget()
        self._build_queue = BuildQueue()
        self._people: dict[int, PersonNetwork] = {}
        self._bound = 0

    def bind(self, name: str, faces: NDArray[np.uint8]) -> int:
        """Load the network called `name`, run it once, take in faces [N, 160, 160, 3]."""
        if Path(name).name != name:
            raise WeightsError(f"{name!r} is no name of an avatar")
        weights = find_weights(self._files.people, name)
        folder = home(self._files.weights, weights.stem) / digest(weights)
        number, self._bound = self._bound, self._bound + 1
        if self._builds and folder.is_dir():
            self._people[number] = CachedPerson(NetworkHalves(folder), faces, self._budget)
            return number
        self._people[number] = WholeNetwork(self._runner(weights), self._arrays, faces)
        if self._builds:
            hubert = self._files.hubert
            self._build_queue.order(
                BuildRequest(number, weights, faces, hubert, folder, self._widths)
            )
        return number

    def free(self, avatar: int) -> None:
        """Let go of an avatar; KeyError if it is not bound."""
        self._people.pop(avatar).free()
        self._build_queue.cancel(avatar)

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Write the faces of B rows to `out`, uint8 [B, 240, 160]; a batch for each avatar."""
        self.take_over()
        for avatar in np.unique(avatars).tolist():
            rows = np.flatnonzero(avatars == avatar)
            faces = np.empty((len(rows), *ROW.face), np.uint8)
            self._people[avatar].render(poses[rows].tolist(), features[rows], faces)
            out[rows] = faces

    def take_over(self, seconds: float = 0) -> None:
        """Run by onnxruntime from now on what is ready for it, or will be in so many seconds."""
        for order in self._build_queue.done(seconds):
            self._people[order.avatar].free()
            self._people[order.avatar] = CachedPerson(
                NetworkHalves(order.folder), order.faces, self._budget
            )
            person = order.folder.parent.name
            found = verdicts(self._files.weights)[person]
            logger.info("the face of %s %s", person, found)

    def _runner(self, weights: Path) -> Runner:
        with torch.device("meta"):
            network = Ultralight(self._widths)
        load_ultralight(network, weights)
        faces = folded(network)
        if self._cuda is None:
            return PlainRunner(faces, ROW)
        return BucketRunner(placed(faces, self._target), ROW, self._cuda, _BUCKETS)
