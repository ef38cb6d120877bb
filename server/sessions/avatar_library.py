"""The avatars that were made here: put in their place, renamed, removed; their pictures.

In: names, and a folder that was made. Out: folders of the cache, changed in one step each. A
session that shows an avatar keeps it, whatever is done to its name, also in the next life of a
process; nobody else does: what was removed stays in a hidden place until no session shows it. A
session that begins at the same time comes before or after the change. Runs in the supervisor's
process, what touches disks in threads; owns the folders that were removed and are still shown.
"""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from data.avatar_name import BUILTIN, BadAvatarName, is_reserved, require_name
from data.clip import CLIP_HEAD, AvatarError, Clip
from data.head import FIRST_PERSON
from data.making.beside import PREVIEW, REPORT
from data.making.sheet import SHEET
from data.staging import RemovedFolder, removed
from data.storage import CannotStore, storing
from runtime.errors import (
    AvatarKept,
    AvatarTaken,
    BadAvatarTask,
    NoSuchAvatar,
    StorageFailed,
)
from runtime.settings import Settings
from server.sessions.avatar_poster import builtin_poster, clip_poster
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.registry import SessionRegistry
from server.sessions.service import AvatarPicture
from server.sessions.session import Session

Result = TypeVar("Result")


class AvatarLibrary:
    """Implements server.sessions.service.AvatarKeeping."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        tasks: BackgroundTasks,
        forget: Callable[[str], None],
    ) -> None:
        """forget: told of a name that is no longer what it was."""
        self.home = settings.cache_dir / "avatars"
        self._networks = settings.cache_dir / "models" / "ultralight"
        self._default = FIRST_PERSON if settings.avatar == BUILTIN else settings.avatar
        self._registry = registry
        self._tasks = tasks
        self._forget = forget
        self._changing = asyncio.Lock()

    async def sheet(self, name: str) -> AvatarPicture:
        """The contact sheet, PNG."""
        return await asyncio.to_thread(self._beside, name, SHEET, "contact sheet", "image/png")

    async def preview(self, name: str) -> AvatarPicture:
        """Two seconds of it in speech, MP4."""
        return await asyncio.to_thread(self._beside, name, PREVIEW, "preview", "video/mp4")

    async def report(self, name: str) -> AvatarPicture:
        """Its figures, JSON."""
        return await asyncio.to_thread(self._beside, name, REPORT, "report", "application/json")

    async def poster(self, name: str) -> AvatarPicture:
        """The first picture, JPEG."""
        return await asyncio.to_thread(self._poster, name)

    async def remove(self, name: str) -> None:
        """Sessions that show it go on."""
        self._require_own(name)
        async with self._changing:
            await self._settled(name)
            self._require_own(name)
            self._take_away(name)

    async def rename(self, name: str, to: str) -> None:
        """Sessions that show it show it under its new name."""
        self._require_own(name)
        self._require_unused(to)
        async with self._changing:
            await self._settled(name)
            self._require_own(name)
            self._require_unused(to)
            _stored(self.home, lambda: self._renamed(name, to))
            self._point(self._registry.showing(name), to)
            self._forget(name)

    async def install(self, made: Path, name: str, *, replace: bool) -> None:
        """Put the folder `made`, on the same file system, in its place."""
        async with self._changing:
            await self._settled(name)
            self.require_free(name, replace=replace)
            if (self.home / name).exists():
                self._take_away(name)
            _stored(self.home, lambda: made.rename(self.home / name))
            self._registry.avatar_changes += 1

    def require_free(self, name: str, *, replace: bool) -> None:
        """BadAvatarTask for no name; AvatarTaken where there is one already, and AvatarKept for the
        server's own, which are replaced by no one."""
        try:
            require_name(name)
        except BadAvatarName as error:
            raise BadAvatarTask(f"avatar_id: {error}") from error
        if (self.home / name).exists() and not replace:
            raise AvatarTaken(f"{_taken(name)}, delete it, or send replace=true")

    def _require_unused(self, name: str) -> None:
        """As `require_free`, for a name that replaces none."""
        self.require_free(name, replace=True)
        if (self.home / name).exists():
            raise AvatarTaken(f"{_taken(name)}, or delete it first")

    def _require_own(self, name: str) -> None:
        if is_reserved(name):
            raise AvatarKept(f"{name!r} came with ringtalk: it can be neither deleted nor renamed")
        _require_folder(self.home, name)
        if name == self._default:
            raise AvatarKept(
                f"{name!r} is who this server shows where nobody is named (setting avatar): name "
                "another one there first"
            )

    async def _settled(self, name: str) -> None:
        """Wait until no session with this avatar is in the middle of beginning."""
        while beginning := [
            each for each in self._registry.showing(name) if not each.settled.is_set()
        ]:
            await asyncio.gather(*(each.settled.wait() for each in beginning))

    def _take_away(self, name: str) -> None:
        """In one step: nothing is awaited."""
        folder = _stored(self.home, lambda: removed(self.home / name))
        self._registry.avatar_changes += 1
        shown = self._registry.showing(name)
        self._point(shown, folder.path.name)
        self._forget(name)
        self._tasks.start(self._keep_for(shown, folder))

    async def _keep_for(self, sessions: Iterable[Session], folder: RemovedFolder) -> None:
        name = folder.path.name
        await asyncio.gather(*(session.shows_no_more(name) for session in sessions))
        self._forget(name)
        await asyncio.to_thread(folder.close)

    def _point(self, sessions: Iterable[Session], to: str) -> None:
        """The next life of a process finds their avatar there."""
        self._registry.avatar_changes += 1
        for session in sessions:
            session.rings.spec = msgspec.structs.replace(session.rings.spec, avatar=to)

    def _renamed(self, name: str, to: str) -> None:
        """The clip's own name goes with the folder's; so does, for Ultralight, its network."""
        folder = self.home / name
        head = msgspec.json.decode((folder / CLIP_HEAD).read_bytes())
        new = folder / f".{CLIP_HEAD}"
        new.write_bytes(msgspec.json.format(msgspec.json.encode(head | {"name": to})))
        for network in self._networks.glob(f"{name}.*"):
            with suppress(FileExistsError):
                _linked(network, network.with_name(f"{to}{network.suffix}"))
        new.replace(folder / CLIP_HEAD)
        folder.rename(self.home / to)

    def _beside(self, name: str, file: str, called: str, kind: str) -> AvatarPicture:
        if is_reserved(name):
            raise NoSuchAvatar(f"{name!r} came with ringtalk and has no {called}")
        path = _require_folder(self.home, name) / file
        try:
            return AvatarPicture(path.read_bytes(), kind)
        except FileNotFoundError as error:
            raise NoSuchAvatar(f"the avatar {name!r} has no {called}") from error

    def _poster(self, name: str) -> AvatarPicture:
        found = builtin_poster(FIRST_PERSON if name == BUILTIN else name)
        if found is None:
            folder = _require_folder(self.home, name)
            try:
                found = clip_poster(Clip.load(folder))
            except AvatarError as error:
                raise NoSuchAvatar(f"the avatar {name!r} is broken: {error}") from error
        return AvatarPicture(found, "image/jpeg")


def _taken(name: str) -> str:
    return f"there is an avatar {name!r} already: take another name"


def _require_folder(home: Path, name: str) -> Path:
    folder = home / name
    with suppress(OSError, ValueError):  # a name that no file can have
        if not name.startswith(".") and folder.parent == home and folder.is_dir():
            return folder
    raise NoSuchAvatar(f"no avatar is called {name[:80]!r}; GET /avatars lists all")


def _linked(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the file system knows none."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def _stored(home: Path, work: Callable[[], Result]) -> Result:
    try:
        with storing(home):
            return work()
    except CannotStore as error:
        raise StorageFailed(str(error)) from error
