"""The avatars of one engine: each bound once for all its sessions, and let go when it must.

In: clips, as sessions come and go. Out: their numbers for `render`. An action's clip is bound
beside its avatar's, and counts like one. An avatar that nobody uses stays bound until the memory of
all of them passes a limit; then the one that has waited longest goes first. One that is forgotten
goes with its last user. Runs in the engine's thread, like everything that touches the engine; owns
the engine's bindings.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from models.face.engine import FaceEngine

MOST_BYTES: Final = 4_000_000_000
"""Of what avatars may hold together while somebody else waits for room."""


@dataclass(frozen=True)
class BoundAvatar:
    """An avatar as a session's faces are rendered for it.

    number: from `FaceEngine.bind`. loop: the frame at each place of its clip's loop.
    """

    number: int
    loop: NDArray[np.integer[Any]]


@dataclass
class _Binding:
    """kept: whether it stays bound when nobody uses it."""

    avatar: BoundAvatar
    size: int
    users: int = 0
    kept: bool = True


class AvatarCache:
    """Counts who uses which avatar of an engine."""

    def __init__(self, engine: FaceEngine, most_bytes: int = MOST_BYTES) -> None:
        self._engine = engine
        self._most_bytes = most_bytes
        self._bound: dict[str, _Binding] = {}

    def take(self, avatar: str, clip: Clip) -> BoundAvatar:
        """One user more. AvatarError when the engine refuses the clip."""
        bound = self._bound.pop(avatar, None)
        if bound is None:
            size = sum(array.nbytes for array in clip.engine_arrays.values())
            self._make_room(size)
            bound = _Binding(BoundAvatar(self._engine.bind(clip), clip.loop), size)
        bound.users += 1
        self._bound[avatar] = bound
        return bound.avatar

    def leave(self, avatar: str) -> None:
        """One user less; KeyError for an avatar that nobody took."""
        bound = self._bound.pop(avatar)
        bound.users -= 1
        self._bound[avatar] = bound
        self._free_unkept()
        self._make_room(0)

    def forget(self, avatar: str) -> None:
        """It will not be asked for again, nor will its actions, whose names begin with its own and
        a slash: they go now, or with their last user."""
        for name, bound in self._bound.items():
            if name == avatar or name.startswith(f"{avatar}/"):
                bound.kept = False
        self._free_unkept()

    def _free_unkept(self) -> None:
        gone = [name for name, one in self._bound.items() if not (one.kept or one.users)]
        for name in gone:
            self._engine.free(self._bound.pop(name).avatar.number)

    def _make_room(self, size: int) -> None:
        total = size + sum(bound.size for bound in self._bound.values())
        idle = [name for name, bound in self._bound.items() if bound.users == 0]
        for name in idle:
            if total <= self._most_bytes:
                return
            gone = self._bound.pop(name)
            self._engine.free(gone.avatar.number)
            total -= gone.size
