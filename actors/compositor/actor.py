"""compositor: decides what each tick shows, and keeps each session's clock.

In: the face ring of every session, what is to stand behind its person, and the actions that it is
to play. Out: its picture ring, and an event as an action begins and ends. Process: see
actors/table.py. Owns the players; the avatars' clips are mapped files that all sessions and
processes share.
"""

import asyncio
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import cv2
import msgspec

from actors.avatars import AvatarEdition, edition_of
from actors.compositor.action_cache import ActionCache, LoadedAction
from actors.compositor.action_player import MOST_WAITING, ActionPlayer
from actors.compositor.background_cache import BackgroundCache
from actors.compositor.clock import TickClock
from actors.compositor.player import AvatarLook, Player
from actors.compositor.read_ahead import read_ahead
from actors.compositor.scene import Scene
from actors.compositor.shown_clip import ShownClip
from actors.compositor.tick_grid import start_on_grid
from data.action import require_fit
from data.clip import AvatarError, Clip
from data.marking import VisibleMark
from data.units import TICK_MS
from models.picture.background import Background
from models.picture.packed_matte import PackedMatte
from models.picture.paste import Paster
from models.picture.visible_mark import MarkPatch
from runtime.actor import ActorSession, Context, unknown
from runtime.body_timeline import IDLE, BodyTimeline, ShownSegment
from runtime.control_words import ControlWord
from runtime.errors import (
    BadAction,
    FixedBackground,
    NotConfigured,
    NotReady,
    QueueFull,
    UnknownAction,
    UnknownAvatar,
    UnknownSession,
)
from runtime.idle_place import edition_number
from runtime.messages import (
    AvatarPrepared,
    Done,
    ForgetAvatar,
    MessageBody,
    PlayAction,
    PrepareAvatar,
    SessionSpec,
    ShowAvatar,
    ShowBackground,
)
from runtime.tasks import Tasks

LEAD_NS: Final = 8_000_000
"""Time that composing and encoding may take before a tick leaves."""


@dataclass
class _Shown:
    """A session as it is shown, or will be. player: None until then. loaded: its actions by number.
    background: as in `SessionSpec`. changing: held while clips are loaded or change their
    background."""

    session: ActorSession
    clip: Clip
    scene: Scene
    actions: ActionPlayer
    background: str
    player: Player | None = None
    loaded: dict[int, LoadedAction] = field(default_factory=dict)
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def name(self, number: int) -> str:
        """Of an action."""
        return self.session.spec.actions[number - 1]


class Compositor:
    """The actor: a player for every session."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cache = Path(context.settings.cache_dir)
        self._late_ticks = context.settings.late_ms // TICK_MS
        self._listener_wait_ms = context.settings.listener_wait_ms
        self._tasks = Tasks(context)
        self._avatars: dict[str, tuple[AvatarEdition, Paster]] = {}
        self._actions = ActionCache(self._cache)
        self._backgrounds = BackgroundCache()
        self._shown: dict[str, _Shown] = {}
        self._coming: dict[str, _Shown] = {}

    async def start(self) -> None:
        """Clips are mapped when a session asks for them; a paste is too small for threads."""
        cv2.setNumThreads(1)

    async def open(self, session: ActorSession) -> None:
        control = session.control
        shown = await self._made(session)
        if control.load(ControlWord.START) == 0:
            control.store(ControlWord.START, self._start())
        clock = TickClock(control.load(ControlWord.START), LEAD_NS, self._late_ticks)
        await self._go_on(shown)
        wait = self._listener_wait_ms if session.spec.live else 0
        player = Player(session, shown.scene, clock, wait, shown.actions)
        shown.player = player
        self._shown[session.id] = shown
        self._tasks.begin(session.id, player.live() if session.spec.live else player.record())

    def _start(self) -> int:
        """When tick 0 of a new session is: the tick that is decided now."""
        others = [
            shown.session.control.load(ControlWord.START)
            for shown in self._shown.values()
            if shown.session.spec.live
        ]
        return start_on_grid(time.monotonic_ns() + LEAD_NS, others)

    async def close(self, session: str) -> None:
        await self._tasks.end(session)
        self._shown.pop(session, None)
        self._coming.pop(session, None)

    def flush(self, session: str) -> None:
        """Free the slots of faces that will not be shown, so that new ones find room."""
        if session in self._shown:  # else its clip is being loaded, and nothing is shown yet
            self._shown[session].session.inlets["face"].drop_stale()

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        match request:
            case ShowBackground():
                await self._set_background(self._find(request.session), request.background)
            case PlayAction():
                await self._play(self._find(request.session), request)
            case PrepareAvatar():
                return AvatarPrepared(await self._prepare(request.spec))
            case ShowAvatar():
                self._show(self._find(request.session), request.look)
            case ForgetAvatar():
                self._avatars.pop(request.avatar, None)  # sessions that show it hold it
            case _:
                raise unknown(request, "compositor")
        return Done()

    async def stop(self) -> None:
        self._avatars.clear()

    def _find(self, session: str) -> _Shown:
        if session not in self._shown:
            raise UnknownSession.named(session)
        return self._shown[session]

    async def _set_background(self, shown: _Shown, wanted: str) -> None:
        """Between two ticks, which are made on this loop."""
        avatar = shown.session.spec.avatar
        async with shown.changing:
            background = await self._backgrounds.of(avatar, shown.clip, wanted)
            others = {
                number: await self._behind(shown, number, loaded, wanted)
                for number, loaded in shown.loaded.items()
            }
            shown.scene.set_background(background, others)
            shown.background = wanted

    async def _made(self, session: ActorSession) -> _Shown:
        """How a session with this avatar is shown; its clip is loaded beside the loop."""
        avatar, wanted = session.spec.avatar, session.spec.background
        edition, paster = await self._avatar(avatar)
        clip = edition.clip
        background = await self._backgrounds.of(avatar, clip, wanted)
        patch = _patch(session.spec.mark, clip)
        matte = PackedMatte(clip.width, clip.height) if session.spec.shape.matte else None
        scene = Scene(clip, paster, background, edition_number(edition.key), patch, matte)
        actions = ActionPlayer(session.id, session.control, self._context.emit)
        return _Shown(session, clip, scene, actions, wanted)

    async def _prepare(self, spec: SessionSpec) -> str:
        """Have another avatar of a session ready; the background that it has with it."""
        session = replace(self._find(spec.session).session, spec=spec)
        try:
            coming = await self._made(session)
        except FixedBackground:
            if spec.shape.matte:
                raise
            spec = msgspec.structs.replace(spec, background="")
            coming = await self._made(replace(session, spec=spec))
        except AvatarError as error:
            raise UnknownAvatar(str(error)) from error
        shown = self._find(spec.session)
        if shown.player is not None:
            look = AvatarLook(coming.scene, coming.actions, spec.look, may_be_shown=False)
            shown.player.prepare(look)
            coming.player = shown.player
            self._coming[spec.session] = coming
        return spec.background

    def _show(self, shown: _Shown, look: int) -> None:
        """Show the avatar that was prepared, unless this process began with it."""
        session = shown.session
        coming = self._coming.pop(session.id, None)
        if coming is None or coming.player is None or coming.session.spec.look != look:
            if session.spec.look != look:
                raise NotReady("the avatar has to be prepared again; try again in a second")
            return
        coming.player.may_show(look)
        self._shown[session.id] = coming

    async def _play(self, shown: _Shown, wanted: PlayAction) -> None:
        if wanted.name:
            async with shown.changing:
                await self._load(shown, wanted.number, wanted.avatar)
            if shown.loaded[wanted.number].key != wanted.edition:
                raise BadAction(f"the action {wanted.name!r} is being replaced; ask again")
        if not shown.actions.ask(wanted):
            raise QueueFull(f"{MOST_WAITING} actions wait for their words in this session already")

    async def _load(self, shown: _Shown, number: int, avatar: str) -> None:
        """Have the action of this number ready to be shown, as its folder is now; avatar: the
        session's, under the name that it has now."""
        loaded = await self._actions.of(avatar, shown.name(number))
        before = shown.loaded.get(number)
        if before is not None and before.key == loaded.key:
            return
        try:
            require_fit(loaded.action.clip, shown.clip)
        except AvatarError as error:  # the avatar was replaced, not this session's
            raise BadAction(
                f"the action {shown.name(number)!r} cannot be played: {error}"
            ) from error
        background = await self._behind(shown, number, loaded, shown.background)
        shown.loaded[number] = loaded
        shown.scene.add(number, ShownClip.of(loaded.action, loaded.paster, background))
        shown.actions.load(number, loaded.action)

    async def _go_on(self, shown: _Shown) -> None:
        """Load what the session's timeline shows, if it had begun before this process; an action
        that is gone meanwhile is left."""
        control, timeline = shown.session.control, BodyTimeline(shown.session.control)
        frame = control.load(ControlWord.FRAME)
        try:
            for segment in timeline.segments():
                if segment.clip:
                    await self._load(shown, segment.clip, shown.session.spec.avatar)
        except (UnknownAction, BadAction):
            timeline.switch(ShownSegment(frame, IDLE, 0))
        shown.actions.goes_on(frame)

    async def _behind(
        self, shown: _Shown, number: int, loaded: LoadedAction, wanted: str
    ) -> Background | None:
        called = f"{shown.session.spec.avatar}/{shown.name(number)}"
        return await self._backgrounds.of(called, loaded.action.clip, wanted)

    async def _avatar(self, avatar: str) -> tuple[AvatarEdition, Paster]:
        """The avatar as it is now, and the paster that all its sessions share."""
        edition = await asyncio.to_thread(edition_of, avatar, self._cache)
        known = self._avatars.get(avatar)
        if known is None or known[0].key != edition.key:
            await asyncio.to_thread(read_ahead, edition.clip)
            known = self._avatars[avatar] = edition, Paster.of(edition.clip)
        return known


def _patch(mark: VisibleMark | None, clip: Clip) -> MarkPatch | None:
    """Raises NotConfigured for an icon that cannot be shown (any more)."""
    if mark is None:
        return None
    try:
        return MarkPatch(mark, clip.width, clip.height)
    except ValueError as error:
        raise NotConfigured(str(error)) from error
