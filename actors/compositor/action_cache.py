"""The actions of all sessions, each loaded once, beside the loop.

In: an avatar's and an action's name. Out: the action and the paster that all sessions share, as the
folders are now: another that has taken its name, or its avatar's, is another. A thread maps the
clip and reads it through, so that no tick waits for the disk. Runs in the compositor; holds an
action as long as a session has loaded it.
"""

import asyncio
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

import numpy as np

from actors.avatars import ActionEdition, action_edition_of
from data.clip import AvatarError
from models.picture.paste import Paster
from runtime.errors import BadAction

_PIECE: Final = 1 << 20


class LoadedAction:
    """An action, the key of its edition, and its paster: None if no face can be pasted into it."""

    def __init__(self, edition: ActionEdition) -> None:
        self.key, self.action = edition
        self.paster = Paster.of(self.action.clip) if self.action.head.faces else None


class ActionCache:
    """Those in use, by the key of their edition."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._used: WeakValueDictionary[str, LoadedAction] = WeakValueDictionary()

    async def of(self, avatar: str, name: str) -> LoadedAction:
        """Raises UnknownAction, and BadAction for one that is broken."""
        try:
            edition = await asyncio.to_thread(action_edition_of, avatar, name, self._cache)
            found = self._used.get(edition.key)
            if found is None:
                found = await asyncio.to_thread(_loaded, edition)
                self._used[edition.key] = found
        except AvatarError as error:
            raise BadAction(f"the action {name!r} cannot be played: {error}") from error
        return found


def _loaded(edition: ActionEdition) -> LoadedAction:
    clip = edition.action.clip
    for array in (clip.frames, clip.clear, clip.mask):
        if isinstance(array, np.memmap) and array.filename is not None:
            _read_through(Path(array.filename))
    return LoadedAction(edition)


def _read_through(path: Path) -> None:
    """Have the kernel bring the file into memory; reading waits without the interpreter's lock."""
    piece = bytearray(_PIECE)
    with path.open("rb", buffering=0) as file:
        while file.readinto(piece):
            pass
