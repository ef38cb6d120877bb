"""An avatar's network on the processor, in two graphs of onnxruntime, and what it saw before.

In: a folder that `build` made, frames of the avatar, HuBERT windows. Out: uint8 I420 faces.
Runs in inference, in the engine's thread; owns the sessions, and a share of what is kept.

The way down sees a frame and no sound. A clip repeats, so what the five levels saw of a frame
is kept for the next time: a quarter of a face's work. It is kept as the way up takes it, uint8
(2.7 MB a frame) or float16 (5.3 MB). The first frames are kept as long as there is room: any
of a loop is as good as another, and to replace them in turn would keep none in time.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.face.cores import spare_threads
from models.face.ultralight.sizes import LEVELS, SOUND

SEEN: Final = "seen.onnx"
PAINTED: Final = "painted.onnx"
MOST_BYTES: Final = 512 << 20
"""Of what all avatars' levels may take: 8 s of a clip in uint8, 4 s in float16."""
Levels = list[NDArray[Any]]
"""[1, width, size, size] of each level."""


class MemoryBudget:
    """Counts the bytes of what is kept, for all avatars of an engine."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._left = most_bytes

    def take(self, size: int) -> bool:
        """True if there is room for so many bytes, which are then taken."""
        fits = size <= self._left
        self._left -= size * fits
        return fits

    def give_back(self, size: int) -> None:
        """So many bytes are free again."""
        self._left += size


class NetworkHalves:
    """The two graphs of one avatar's network."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """threads: of each, 0 for `spare_threads`; those that wait sleep."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or spare_threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._seen, self._painted = (
            onnxruntime.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])
            for name in (SEEN, PAINTED)
        )

    def see(self, frame: NDArray[np.uint8]) -> Levels:
        """What the way down sees of a face, uint8 BGR [160, 160, 3]."""
        levels: Levels = self._seen.run(LEVELS, {"seen": frame[None]})
        return levels

    def paint(self, levels: Levels, heard: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The face, uint8 I420 [240, 160], of a window of sound [16, 32, 32]."""
        fed = dict(zip(LEVELS, levels, strict=True)) | {"heard": heard[None]}
        face: NDArray[np.uint8] = self._painted.run(None, fed)[0][0]
        return face


class CachedPerson:
    """See `Person`: an avatar whose frames are looked at once.

    faces: uint8 [N, 160, 160, 3], BGR, not changed as long as it is held.
    """

    def __init__(
        self, halves: NetworkHalves, faces: NDArray[np.uint8], budget: MemoryBudget
    ) -> None:
        self._halves = halves
        self._faces = faces
        self._budget = budget
        self._levels: dict[int, Levels] = {}
        halves.paint(halves.see(np.ascontiguousarray(faces[0])), np.zeros(SOUND, np.float32))

    def render(
        self, poses: Sequence[int], heard: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """See `Person`."""
        for row, levels in enumerate(self._looks(poses)):
            out[row] = self._halves.paint(levels, np.ascontiguousarray(heard[row]))

    def free(self) -> None:
        """See `Person`."""
        self._budget.give_back(sum(_size(levels) for levels in self._levels.values()))
        self._levels.clear()

    def _looks(self, poses: Sequence[int]) -> Iterator[Levels]:
        for pose in poses:
            if not 0 <= pose < len(self._faces):
                raise ValueError(
                    f"pose {pose} of an avatar whose clip has {len(self._faces)} frames"
                )
            levels = self._levels.get(pose)
            if levels is None:
                levels = self._halves.see(np.ascontiguousarray(self._faces[pose]))
                if self._budget.take(_size(levels)):
                    self._levels[pose] = levels
            yield levels


def _size(levels: Levels) -> int:
    return sum(level.nbytes for level in levels)
