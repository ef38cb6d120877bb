"""An action: a named clip of an avatar's body, played in place of the idle loop.

In: a folder `actions/NAME` inside an avatar's. Out: its clip, mapped, and how it is played. Loaded
in the compositor and, for the engine's arrays, in inference; the supervisor is told of the heads
only. Owns nothing: the mapping is shared by every process that loads the same folder.

The folder holds what a clip's does (`data.clip`), with `action.json`, `returns.npy` and, where the
action has a sound of its own, a file of that. An action without `faces` has no place for a face:
it is played while nobody speaks.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.clip import AvatarError, Clip

FOLDER: Final = "actions"
MOST: Final = 64
"""Actions that an avatar may have."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
NAMES_ALLOWED: Final = "small letters, digits, - and _, 32 at most"
_FORMAT: Final = 1
ACTION_HEAD: Final = "action.json"
"""The file that an action is known by."""
_RETURNS: Final = "returns.npy"


class ActionHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`action.json`. faces: whether a face can be pasted into it, so that it is played while
    somebody speaks. loop: whether its last frame is followed by its first, and it is repeated
    unless that is not wanted. number: LiveTalking's `audiotype`, 0 if it has none. sound: the name
    of a file beside it, "" if it has none. source: the folder that it was imported from, as its
    JSON named it."""

    name: str
    faces: bool = False
    loop: bool = False
    number: int = 0
    sound: str = ""
    source: str = ""
    format: int = _FORMAT


@dataclass(frozen=True)
class Action:
    """clip: frames of the avatar's size; its placements and masks are for the avatar's engine if
    `head.faces`. returns: integers [L], the place of the avatar's idle loop that looks most like
    each place of the clip. sound: the file's path, None if there is none. AvatarError if the parts
    do not fit."""

    head: ActionHead
    clip: Clip
    returns: NDArray[np.int32]
    sound: Path | None = None

    def __post_init__(self) -> None:
        if self.returns.dtype != np.int32 or self.returns.shape != (self.length,):
            raise AvatarError(
                f"returns: {self.returns.dtype} {list(self.returns.shape)}, wanted int32 "
                f"[{self.length}]"
            )

    @property
    def length(self) -> int:
        """Ticks that it takes once."""
        return len(self.clip.frames) if self.clip.order is None else len(self.clip.order)

    def place(self, played: int) -> int:
        """The place of the clip after `played` ticks: a loop begins again, another clip runs
        backward and forward, so that neither jumps."""
        count = self.length
        if self.head.loop:
            return played % count
        turn = played % max(1, 2 * count - 2)
        return turn if turn < count else 2 * count - 2 - turn

    def frame(self, played: int) -> int:
        """The frame of the clip that is shown after `played` ticks."""
        place = self.place(played)
        return place if self.clip.order is None else int(self.clip.order[place])

    def write(self, folder: Path) -> None:
        """Write the files into `folder`, empty but for arrays that are mapped from there, and for
        the sound."""
        self.clip.write(folder)
        np.save(folder / _RETURNS, self.returns, allow_pickle=False)
        (folder / ACTION_HEAD).write_bytes(msgspec.json.format(msgspec.json.encode(self.head)))

    @classmethod
    def load(cls, folder: Path) -> "Action":
        """Map the action in `folder`; AvatarError says what is wrong with it."""
        head = read_head(folder)
        clip = Clip.load(folder)
        try:
            returns = np.load(folder / _RETURNS, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise AvatarError(f"{folder / _RETURNS}: {error}") from error
        sound = folder / head.sound if head.sound else None
        if sound is not None and not sound.is_file():
            raise AvatarError(f"{sound}: missing; add the action again")
        try:
            return cls(head, clip, returns, sound)
        except AvatarError as error:
            raise AvatarError(f"{folder}: {error}") from error


def action_folder(avatar: Path, name: str) -> Path:
    """Where the action of this name lies in an avatar's folder."""
    return avatar / FOLDER / name


def read_head(folder: Path) -> ActionHead:
    """How the action in `folder` is played; AvatarError for none that is read."""
    path = folder / ACTION_HEAD
    try:
        head = msgspec.json.decode(path.read_bytes(), type=ActionHead)
    except OSError as error:
        raise AvatarError(f"{path}: {error.strerror or error}; add the action again") from error
    except msgspec.DecodeError as error:
        raise AvatarError(f"{path}: {error}") from error
    if head.format != _FORMAT:
        raise AvatarError(f"{path}: format {head.format}, this version reads {_FORMAT}")
    if head.name != folder.name or Path(head.sound).name != head.sound:
        raise AvatarError(f"{path}: does not belong to {folder.name}")
    return head


def heads(avatar: Path) -> list[ActionHead]:
    """The actions in an avatar's folder by name; one that cannot be read is left out."""
    return list(_heads(avatar))


def _heads(avatar: Path) -> Iterator[ActionHead]:
    there = sorted((avatar / FOLDER).glob("*")) if (avatar / FOLDER).is_dir() else []
    for folder in there:
        if not NAME.fullmatch(folder.name) or not folder.is_dir():
            continue
        try:
            yield read_head(folder)
        except AvatarError:
            continue


def require_fit(action: Clip, avatar: Clip) -> None:
    """AvatarError unless the clip can be shown in the avatar's place."""
    if (action.width, action.height) != (avatar.width, avatar.height):
        raise AvatarError(
            f"the action's pictures are {action.width} x {action.height}, those of "
            f"{avatar.name!r} {avatar.width} x {avatar.height}"
        )
    if action.face_size != avatar.face_size or action.engine != avatar.engine:
        raise AvatarError(
            f"the action is for faces of {action.face_size} ({action.engine}), {avatar.name!r} for "
            f"{avatar.face_size} ({avatar.engine})"
        )
    if action.replaceable != avatar.replaceable:
        raise AvatarError("the action and the avatar have not both a background to be replaced")


def remove(avatar: Path, name: str) -> None:
    """Remove an action; who has it mapped keeps it. FileNotFoundError if there is none."""
    folder = action_folder(avatar, name)
    if not NAME.fullmatch(name) or not folder.is_dir():
        raise FileNotFoundError(folder)
    shutil.rmtree(folder)
