"""The rendering half of an engine with one network: a runner, and the avatars that it shows.

In: features, avatars and their frames; out: uint8 I420 faces. Runs in inference, in the
engine's thread; owns the network through its runner, and the bound avatars' frames.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.face.avatar_arrays import AvatarArrays
from models.face.runner import Runner


class NetworkRenderer:
    """See `FaceEngine`, whose calls end here."""

    def __init__(self, runner: Runner, arrays: AvatarArrays) -> None:
        self._runner = runner
        self._arrays = arrays

    def warm(self) -> None:
        """Run every batch size once that has a cost of its own."""
        self._runner.warm()

    def bind(self, frames: NDArray[Any]) -> int:
        """Take in what the network sees of an avatar, a row for each frame; its number."""
        return self._arrays.bind(frames)

    def free(self, avatar: int) -> None:
        """Let go of an avatar; KeyError if it is not bound."""
        self._arrays.free(avatar)

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Write the faces of B rows to `out`; see `FaceEngine`."""
        seen = self._arrays.rows(avatars.tolist(), poses.tolist())
        self._runner.run(seen, features, out)
