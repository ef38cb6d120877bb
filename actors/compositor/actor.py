"""compositor: decides what each tick shows, and keeps each session's clock.

In: the face ring of every session, and what is to stand behind its person. Out: its picture
ring. Process: see actors/table.py. Owns the players; the avatars' clips are mapped files that
all sessions and processes share.
"""

import asyncio
import time
from pathlib import Path
from typing import Final

import cv2

from actors.avatars import AvatarEdition, edition_of
from actors.compositor.background_cache import BackgroundCache
from actors.compositor.clock import TickClock
from actors.compositor.player import Player
from actors.compositor.scene import Scene
from data.clip import Clip
from data.units import TICK_MS
from models.picture.paste import Paster
from runtime.actor import ActorSession, Context, unknown
from runtime.control_words import ControlWord
from runtime.errors import UnknownSession
from runtime.messages import Done, MessageBody, ShowBackground
from runtime.tasks import Tasks

LEAD_NS: Final = 8_000_000
"""Time that composing and encoding may take before a tick leaves."""


class Compositor:
    """The actor: a player for every session."""

    def __init__(self, context: Context) -> None:
        self._cache = Path(context.settings.cache_dir)
        self._late_ticks = context.settings.late_ms // TICK_MS
        self._listener_wait_ms = context.settings.listener_wait_ms
        self._tasks = Tasks(context)
        self._avatars: dict[str, tuple[AvatarEdition, Paster]] = {}
        self._clips: dict[str, Clip] = {}
        self._backgrounds = BackgroundCache()
        self._sessions: dict[str, ActorSession] = {}
        self._scenes: dict[str, Scene] = {}

    async def start(self) -> None:
        """Clips are mapped when a session asks for them; a paste is too small for threads."""
        cv2.setNumThreads(1)

    async def open(self, session: ActorSession) -> None:
        avatar = session.spec.avatar
        clip, paster = await self._avatar(avatar)
        background = await self._backgrounds.of(avatar, clip, session.spec.background)
        if session.control.load(ControlWord.START) == 0:
            session.control.store(ControlWord.START, time.monotonic_ns())
        clock = TickClock(session.control.load(ControlWord.START), LEAD_NS, self._late_ticks)
        scene = Scene(clip, paster, background)
        wait = self._listener_wait_ms if session.spec.live else 0
        player = Player(session, scene, clock, wait)
        self._sessions[session.id] = session
        self._clips[session.id] = clip
        self._scenes[session.id] = scene
        self._tasks.begin(session.id, player.live() if session.spec.live else player.record())

    async def close(self, session: str) -> None:
        await self._tasks.end(session)
        self._sessions.pop(session, None)
        self._clips.pop(session, None)
        self._scenes.pop(session, None)

    def flush(self, session: str) -> None:
        """Free the slots of faces that will not be shown, so that new ones find room."""
        if session in self._sessions:  # else its clip is being loaded, and nothing is shown yet
            self._sessions[session].inlets["face"].drop_stale()

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        if isinstance(request, ShowBackground):
            await self._set_background(request.session, request.background)
            return Done()
        raise unknown(request, "compositor")

    async def stop(self) -> None:
        self._avatars.clear()

    async def _set_background(self, session: str, wanted: str) -> None:
        """Between two ticks, which are made on this loop."""
        if session not in self._scenes:
            raise UnknownSession.named(session)
        avatar = self._sessions[session].spec.avatar
        background = await self._backgrounds.of(avatar, self._clips[session], wanted)
        if session in self._scenes:  # else it was closed meanwhile
            self._scenes[session].set_background(background)

    async def _avatar(self, avatar: str) -> tuple[Clip, Paster]:
        """The clip as it is now, and the paster that all its sessions share."""
        edition = await asyncio.to_thread(edition_of, avatar, self._cache)
        known = self._avatars.get(avatar)
        if known is None or known[0].key != edition.key:
            known = self._avatars[avatar] = edition, Paster(edition.clip.mask)
        return known[0].clip, known[1]
