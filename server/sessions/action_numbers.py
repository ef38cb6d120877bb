"""LiveTalking's numbers for actions: `audiotype` of `/set_audiotype` and of its JSON.

In: an avatar's actions, and the `custom_config` that an offer brings (a list of {audiotype,
imgpath, audiopath} in a string). Out: the action of a number. Runs in the supervisor's process;
owns a few names of one session. A path of a client's opens no file: it only names an action, by
the action's name or by the folder that the action was imported from.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

import msgspec

from runtime.errors import BadAction, UnknownAction
from runtime.messages import AvatarAction

IDLE_NUMBERS: Final = frozenset({-1, 0, 1})
"""LiveTalking's numbers for no action: 1 is silence, unless a clip is shown in it."""
MOST: Final = 64


class _CustomItem(msgspec.Struct):
    """One of a `custom_config`."""

    audiotype: int
    imgpath: str = ""
    audiopath: str = ""


class ActionNumbers:
    """Of one session."""

    def __init__(self, actions: Sequence[AvatarAction] = ()) -> None:
        self._actions = tuple(actions)
        self._names = {action.number: action.name for action in actions if action.number}

    def take(self, custom: str) -> None:
        """Number the actions as a `custom_config` does. Raises BadAction."""
        try:
            items = msgspec.json.decode(custom.encode(), type=list[_CustomItem])
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise BadAction(
                "custom_config: is no JSON list of {audiotype, imgpath, audiopath} in a string "
                f"({error})"
            ) from error
        if len(items) > MOST:
            raise BadAction(f"custom_config: has {len(items)} items; {MOST} are allowed")
        for item in items:
            self._names[item.audiotype] = self._meant(item)

    def name_of(self, number: int, session: str) -> str | None:
        """The action of a number, None for the idle loop. Raises UnknownAction."""
        if number in self._names:
            return self._names[number]
        if number in IDLE_NUMBERS:
            return None
        there = ", ".join(f"{n} ({name})" for n, name in sorted(self._names.items()))
        raise UnknownAction(
            f"audiotype: no action of the session {session!r} has the number {number}; there are: "
            f"{there or 'none'}; 0 and -1 are the idle loop"
        )

    def _meant(self, item: _CustomItem) -> str:
        """The action that an item's folder names."""
        folder = PurePosixPath(item.imgpath.replace("\\", "/"))
        for action in self._actions:
            if item.imgpath and action.source and PurePosixPath(action.source) == folder:
                return action.name
        for action in self._actions:
            if action.name in (item.imgpath, folder.name):
                return action.name
        there = ", ".join(action.name for action in self._actions)
        raise BadAction(
            f"custom_config: imgpath {item.imgpath!r} is no action of the avatar; allowed are the "
            f"names of its actions and the folders that they were imported from: "
            f"{there or 'it has none'}. `ringtalk avatar action import` takes such folders over"
        )
