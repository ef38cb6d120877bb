"""Where a prepared avatar lies, and how it gets there.

In: an avatar's name. Out: its clip, mapped. The built-in people's are prepared into the cache
when they are first asked for, under the digest of what they are made from, so that a newer
version replaces them. Called in inference and compositor; the mapping is shared by all who
load the same folder.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache as once
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

import data.head
from data.action import ACTION_HEAD, Action, ActionHead, action_folder, heads, require_fit
from data.avatar_name import BUILTIN
from data.clip import CLIP_HEAD, AvatarError, Clip
from data.head import FIRST_PERSON, SQUARE, avatar_name, builtin_folder, framings_of, people
from data.making.sheet import SHEET
from data.staging import is_removed, name_before
from data.storage import CannotStore, storing
from models.face import idle
from models.face.engine import BUILTIN_ENGINE
from models.face.gesture_frames import action_heads
from runtime.errors import StorageFailed, UnknownAction, UnknownAvatar

TEXTS: Final = (".md", ".txt")
"""Files of a folder of assets that say where they come from."""
_DIGEST_BYTES: Final = 8
_DIGEST: Final = rf"[0-9a-f]{{{2 * _DIGEST_BYTES}}}"


@dataclass(frozen=True)
class AvatarEntry:
    """One that can be asked for. width, height: of its pictures. replaceable: whether a session
    may have another background. prepared: whether its clip is there, so that it takes no
    seconds. broken: what is wrong with it, "" if nothing. builtin: it came with ringtalk. sheet:
    whether it has a contact sheet. actions: that it can play."""

    name: str
    engine: str
    width: int
    height: int
    replaceable: bool
    prepared: bool
    broken: str = ""
    builtin: bool = False
    sheet: bool = False
    actions: tuple[ActionHead, ...] = ()


class AvatarEdition(NamedTuple):
    """An avatar as it was made: what takes its name later has another key."""

    key: str
    clip: Clip


def clip_of(avatar: str, cache: Path) -> Clip:
    """The avatar's clip; takes seconds when a built-in one has to be prepared.

    Raises UnknownAvatar, StorageFailed where a built-in one cannot be stored, or
    data.clip.AvatarError for a broken folder."""
    return edition_of(avatar, cache).clip


def edition_of(avatar: str, cache: Path) -> AvatarEdition:
    """The avatar's clip with its key, as `clip_of`; what is put in its place meanwhile is taken
    whole."""
    while True:
        folder = _place(avatar, cache)
        key = _key(folder)
        try:
            clip = Clip.load(folder)
        except AvatarError:
            if key == _key(folder):
                raise
        else:
            if key == _key(folder):
                return AvatarEdition(key, clip)


def _place(avatar: str, cache: Path) -> Path:
    """The folder of its clip, which is prepared if need be."""
    home = cache / "avatars"
    made = builtin_avatars().get(_called(avatar))
    if made is not None:
        try:
            return _prepared(home, *made)
        except CannotStore as error:
            raise StorageFailed(str(error)) from error
    return folder_of(avatar, cache)


def folder_of(avatar: str, cache: Path) -> Path:
    """The avatar's folder; a built-in one's may not be there yet. Raises UnknownAvatar."""
    home = cache / "avatars"
    made = builtin_avatars().get(_called(avatar))
    if made is not None:
        return _folder(home, *made)
    folder = home / avatar
    hidden = avatar.startswith(".") and not is_removed(avatar)
    if hidden or folder.parent != home or not _is_folder(folder):
        known = ", ".join([BUILTIN, *names(cache)])
        raise UnknownAvatar(f"no avatar is called {avatar!r}; there are: {known}")
    return folder


def _key(folder: Path, head: str = CLIP_HEAD) -> str:
    """head: the file that is written anew with whatever takes the folder's place."""
    try:
        found = (folder / head).stat()
    except OSError:
        return ""
    return f"{folder.name} {found.st_ino} {found.st_mtime_ns}"


class ActionEdition(NamedTuple):
    """An action as it was made: what takes its name later, or its avatar's, has another key."""

    key: str
    action: Action


def action_edition_of(avatar: str, name: str, cache: Path) -> ActionEdition:
    """An action of the avatar, which fits its clip and bears its name. Raises what `clip_of` does,
    UnknownAction, or data.clip.AvatarError for a broken folder."""
    while True:
        key = action_key(avatar, name, cache)
        try:
            action = _action_of(avatar, name, cache)
        except AvatarError:
            if key == action_key(avatar, name, cache):
                raise
        else:
            if key == action_key(avatar, name, cache):
                return ActionEdition(key, action)


def action_key(avatar: str, name: str, cache: Path) -> str:
    """The key of the action's edition, from the folder's files as they are now. Raises what
    `clip_of` does, and UnknownAction."""
    home = _place(avatar, cache)
    known = [head.name for head in heads(home)]
    if name not in known:
        raise UnknownAction(no_action(avatar, name, known))
    return f"{_key(home)}/{_key(action_folder(home, name), ACTION_HEAD)}"


def _action_of(avatar: str, name: str, cache: Path) -> Action:
    clip = clip_of(avatar, cache)
    action = Action.load(action_folder(folder_of(avatar, cache), name))
    require_fit(action.clip, clip)
    return replace(action, clip=replace(action.clip, name=clip.name))


def actions_of(avatar: str, cache: Path) -> list[tuple[ActionHead, Path]]:
    """The avatar's actions, each with its folder. Raises what `clip_of` does."""
    clip_of(avatar, cache)
    folder = folder_of(avatar, cache)
    return [(head, action_folder(folder, head.name)) for head in heads(folder)]


def no_action(avatar: str, name: str, known: Iterable[str]) -> str:
    """What is told where an action is asked for that is none of those `known`."""
    there = ", ".join(known)
    return f"{name_before(avatar)!r} has no action {name!r}; " + (
        f"there are: {there}" if there else "it has none"
    )


def names(cache: Path) -> tuple[str, ...]:
    """Who can be asked for: the built-in people in all their framings, then everyone's own."""
    ours = tuple(builtin_avatars())
    return ours + tuple(folder.name for folder in _own(cache / "avatars"))


def avatars(cache: Path) -> tuple[AvatarEntry, ...]:
    """All of `names`, looked at without preparing any; one that cannot be read says why."""
    home = cache / "avatars"
    rows = []
    for name, (person, framing) in builtin_avatars().items():
        size = framings_of(person)[framing]
        folder = _folder(home, person, framing)
        row = (name, BUILTIN_ENGINE, size.out_width, size.out_height, True, folder.exists())
        rows.append(AvatarEntry(*row, builtin=True, actions=action_heads()))
    for folder in _own(home):
        try:
            clip = Clip.load(folder)
        except AvatarError as error:
            rows.append(AvatarEntry(folder.name, "", 0, 0, False, False, str(error)))
            continue
        sheet = (folder / SHEET).is_file()
        row = (folder.name, clip.engine, clip.width, clip.height, clip.replaceable, True)
        rows.append(AvatarEntry(*row, sheet=sheet, actions=tuple(heads(folder))))
    return tuple(rows)


@once
def builtin_avatars() -> dict[str, tuple[str, str]]:
    """The built-in avatars' names, with the person and the framing of each."""
    return {
        avatar_name(person, framing): (person, framing)
        for person in people()
        for framing in sorted(framings_of(person), key=lambda name: (name != SQUARE, name))
    }


def weights_in(cache: Path) -> Path:
    """The folder in which the engines' weights are looked for."""
    return cache / "models"


def _called(avatar: str) -> str:
    return FIRST_PERSON if avatar == BUILTIN else avatar


def _is_folder(path: Path) -> bool:
    """Also for a name that no file can have, being too long for one."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _own(home: Path) -> list[Path]:
    """The folders that are nobody's built in."""
    ours = re.compile(rf"({'|'.join(map(re.escape, (BUILTIN, *builtin_avatars())))})-{_DIGEST}")
    return [
        path
        for path in sorted(home.glob("[!.]*"))
        if path.is_dir() and not ours.fullmatch(path.name) and path.name not in builtin_avatars()
    ]


def _folder(home: Path, person: str, framing: str) -> Path:
    return home / f"{avatar_name(person, framing)}-{_digest(person)}"


def _prepared(home: Path, person: str, framing: str) -> Path:
    """The folder of a built-in avatar's clip, made by the first who asks; the others wait for
    it."""
    folder = _folder(home, person, framing)
    if not folder.exists():
        with _alone(home, avatar_name(person, framing)):
            if not folder.exists():
                idle.prepare(folder, person, framing)
                _remove_older(home, avatar_name(person, framing), folder)
    return folder


def _remove_older(home: Path, name: str, kept: Path) -> None:
    """What earlier versions prepared under this name; who has it mapped keeps it."""
    called = name if name != FIRST_PERSON else f"({name}|{BUILTIN})"
    older = re.compile(rf"{called}-{_DIGEST}")
    for path in home.iterdir():
        if path != kept and older.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _alone(home: Path, name: str) -> Iterator[None]:
    """No other process or thread prepares this name at the same time.

    The lock is the kernel's: it goes with the process that holds it, however that ends."""
    with storing(home):
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@once
def _digest(person: str) -> str:
    """Of everything that a person's clips are made from: the pictures, not the texts beside
    them, and the code.

    Every session that opens asks; a process reads the files once."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    pictures = (builtin_folder() / person).iterdir()
    assets = [path for path in pictures if path.suffix not in TEXTS]
    code = [*Path(idle.__file__).parent.glob("*.py"), *Path(data.head.__file__).parent.glob("*.py")]
    for path in sorted([*assets, *code]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
