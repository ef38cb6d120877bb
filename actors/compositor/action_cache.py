"""The actions of all sessions, each loaded once, beside the loop.

In: an avatar's and an action's name. Out: the action and the paster that all sessions share. A
thread maps the clip and reads it through, so that no tick waits for the disk. Runs in the
compositor; holds an action as long as a session has loaded it.
"""

import asyncio
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

import numpy as np

from actors.avatars import action_of
from data.action import Action
from data.clip import AvatarError
from models.picture.paste import Paster
from runtime.errors import BadAction

_PIECE: Final = 1 << 20


class LoadedAction:
    """An action and its paster, None if no face can be pasted into it."""

    def __init__(self, action: Action) -> None:
        self.action = action
        self.paster = Paster(action.clip.mask) if action.head.faces else None


class ActionCache:
    """Those in use."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._used: WeakValueDictionary[tuple[str, str], LoadedAction] = WeakValueDictionary()

    async def of(self, avatar: str, name: str) -> LoadedAction:
        """Raises UnknownAction, and BadAction for one that is broken."""
        found = self._used.get((avatar, name))
        if found is None:
            try:
                found = await asyncio.to_thread(_loaded, avatar, name, self._cache)
            except AvatarError as error:
                raise BadAction(f"the action {name!r} cannot be played: {error}") from error
            self._used[avatar, name] = found
        return found


def _loaded(avatar: str, name: str, cache: Path) -> LoadedAction:
    action = action_of(avatar, name, cache)
    for array in (action.clip.frames, action.clip.clear, action.clip.mask):
        if isinstance(array, np.memmap) and array.filename is not None:
            _read_through(Path(array.filename))
    return LoadedAction(action)


def _read_through(path: Path) -> None:
    """Have the kernel bring the file into memory; reading waits without the interpreter's lock."""
    piece = bytearray(_PIECE)
    with path.open("rb", buffering=0) as file:
        while file.readinto(piece):
            pass
