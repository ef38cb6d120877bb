"""inference: renders the faces of all sessions, one batch at a time.

In: the feature ring of every session. Out: its face ring. It is the one actor that
sees all sessions at once. It also knows which shapes an avatar's sessions have and which actions
it has, and prepares the built-in avatar where the cache has none. Each engine has a thread of its
own, so that one that is loaded holds up nobody else's sessions. Process: see actors/table.py. Owns
the engines and the threads.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from actors.avatars import (
    AvatarEdition,
    action_edition_of,
    action_key,
    actions_of,
    edition_of,
    no_action,
    weights_in,
)
from actors.inference.avatar_cache import AvatarCache
from actors.inference.batcher import Batcher
from actors.inference.engine_worker import EngineWorker
from data.clip import AvatarError, Clip
from models.face.engine import EngineError
from models.face.engines import engine_for, load_engine
from runtime.actor import ActorSession, Context, unknown
from runtime.body_timeline import IDLE, BodyTimeline
from runtime.errors import BadAction, UnknownAction, UnknownAvatar, UnknownSession
from runtime.layouts import Shape
from runtime.messages import (
    ActionBound,
    ActionsListed,
    ActorEvent,
    AvatarAction,
    AvatarDescribed,
    BindAction,
    DescribeAvatar,
    Done,
    ForgetAvatar,
    ListActions,
    MessageBody,
    RenderAvatar,
    SessionSpec,
)

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass
class _Rendered:
    """A session that faces are rendered for. avatar: the key of its clip in the cache; actions:
    those of its actions by name. Both are held there."""

    session: ActorSession
    worker: EngineWorker
    avatar: str
    actions: dict[str, str] = field(default_factory=dict)

    @property
    def bound(self) -> list[str]:
        """All that it holds."""
        return [self.avatar, *self.actions.values()]


class Inference:
    """The actor: a worker for each engine in use."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cache = Path(context.settings.cache_dir)
        self._clips = ThreadPoolExecutor(1, "clips")
        self._workers: dict[str, EngineWorker] = {}
        self._loading: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rendered: dict[str, _Rendered] = {}
        self._keys: dict[str, str] = {}

    async def start(self) -> None:
        """Prepare and load the avatar of the settings, so that the first session is quick."""
        await self._describe(self._context.settings.avatar)

    async def open(self, session: ActorSession) -> None:
        worker = await self._worker(session.spec.shape.engine)
        key, clip = await self._edition(session.spec.avatar)
        bound = await _within(worker.thread, lambda: worker.cache.take(key, clip))
        rendered = self._rendered[session.id] = _Rendered(session, worker, key)
        worker.batcher.add(session, bound)
        for segment in BodyTimeline(session.control).segments():
            # It had begun before this process; what cannot be bound the compositor ends.
            if segment.clip != IDLE:
                with suppress(UnknownAction, BadAction):
                    name = session.spec.actions[segment.clip - 1]
                    await self._bind_action(rendered, session.spec.avatar, name)

    async def close(self, session: str) -> None:
        rendered = self._rendered.pop(session, None)
        if rendered is not None:
            cache = rendered.worker.cache
            await rendered.worker.batcher.remove(session)
            for name in rendered.bound:
                await _within(rendered.worker.thread, partial(cache.leave, name))

    def flush(self, session: str) -> None:
        """A batch in flight comes out stale and is dropped; nothing else is held."""

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        match request:
            case DescribeAvatar():
                return AvatarDescribed(await self._describe(request.avatar))
            case ListActions():
                return ActionsListed(await self._list_actions(request.avatar))
            case BindAction():
                rendered, avatar = self._find(request.session), request.avatar
                edition = await self._bind_action(rendered, avatar, request.name)
                action = await self._action(avatar, request.name)
                return ActionBound(action, edition)
            case ForgetAvatar():
                await self._forget(self._keys.pop(request.avatar, ""))
                return Done()
            case RenderAvatar():
                await self._turn_to(self._find(request.spec.session), request.spec)
                return Done()
            case _:
                raise unknown(request, "inference")

    async def stop(self) -> None:
        for worker in self._workers.values():
            worker.loop.cancel()
            worker.thread.shutdown(wait=False, cancel_futures=True)
        self._clips.shutdown(wait=False, cancel_futures=True)

    def _find(self, session: str) -> _Rendered:
        if session not in self._rendered:
            raise UnknownSession.named(session)
        return self._rendered[session]

    async def _turn_to(self, before: _Rendered, spec: SessionSpec) -> None:
        """Render for another avatar. What is under way is done and sent first; when the new avatar
        cannot be rendered, UnknownAvatar is raised and the one before stays."""
        session = replace(before.session, spec=spec)
        try:
            worker = await self._worker(spec.shape.engine)
            key, clip = await self._edition(spec.avatar)
            bound = await _within(worker.thread, lambda: worker.cache.take(key, clip))
        except (AvatarError, EngineError) as error:
            raise UnknownAvatar(str(error)) from error
        await before.worker.batcher.remove(session.id)
        leaving, coming = before, _Rendered(session, worker, key)
        if self._rendered.get(session.id) is before:
            self._rendered[session.id] = coming
            worker.batcher.add(session, bound)
        else:  # it was closed meanwhile, and what it had has been left
            leaving = coming
        for name in leaving.bound:
            await _within(leaving.worker.thread, partial(leaving.worker.cache.leave, name))

    async def _describe(self, avatar: str) -> Shape:
        try:
            edition = await self._edition(avatar)
            clip = edition.clip
            name = engine_for(clip)
            worker = await self._worker(name)
            await _within(worker.thread, lambda: _try(worker.cache, edition))
        except (AvatarError, EngineError) as error:
            raise UnknownAvatar(str(error)) from error
        return Shape(
            engine=name,
            feature=worker.engine.feature.shape,
            right_ms=worker.engine.feature.right_ms,
            face=clip.face_size,
            picture=(clip.width, clip.height),
            kind=worker.engine.feature.kind,
        )

    async def _edition(self, avatar: str) -> AvatarEdition:
        """As it is now; the one before it is forgotten."""
        edition = await _within(self._clips, lambda: edition_of(avatar, self._cache))
        before, self._keys[avatar] = self._keys.get(avatar, ""), edition.key
        if before != edition.key:
            await self._forget(before)
        return edition

    async def _forget(self, key: str) -> None:
        """Have no engine keep the avatar of this key for nobody."""
        for worker in list(self._workers.values()) if key else []:
            await _within(worker.thread, partial(worker.cache.forget, key))

    async def _action(self, avatar: str, name: str) -> AvatarAction:
        for action in await self._list_actions(avatar):
            if action.name == name:
                return action
        raise UnknownAction(f"{avatar!r} has no action {name!r} any more")

    async def _list_actions(self, avatar: str) -> list[AvatarAction]:
        found = await _within(self._clips, lambda: actions_of(avatar, self._cache))
        return [
            AvatarAction(
                head.name,
                head.faces,
                head.loop,
                head.number,
                str(folder / head.sound) if head.sound else "",
                head.source,
            )
            for head, folder in found
        ]

    async def _bind_action(self, rendered: _Rendered, avatar: str, name: str) -> str:
        """Take in the action as it is now, if the engine's faces fit one frame only and it has
        places for them; the key of its edition. avatar: the name that the session's has now.

        Raises UnknownAction, and BadAction for one that the engine refuses."""
        worker, spec = rendered.worker, rendered.session.spec
        if name not in spec.actions:
            raise UnknownAction(no_action(avatar, name, spec.actions))
        if not worker.engine.posed:
            return await _within(self._clips, lambda: action_key(avatar, name, self._cache))
        try:
            found = await _within(self._clips, lambda: action_edition_of(avatar, name, self._cache))
            key, action = found
            if not action.head.faces or rendered.actions.get(name) == key:
                return key
            _require_shape(action.clip, spec.shape)
            bound = await _within(worker.thread, lambda: worker.cache.take(key, action.clip))
        except (AvatarError, EngineError) as error:
            raise BadAction(f"the action {name!r} cannot be played: {error}") from error
        if rendered.actions.get(name) == key or self._rendered.get(spec.session) is not rendered:
            await _within(worker.thread, lambda: worker.cache.leave(key))
            return key
        before, rendered.actions[name] = rendered.actions.get(name), key
        worker.batcher.add_action(spec.session, spec.actions.index(name) + 1, bound, action)
        if before is not None:
            await _within(worker.thread, partial(worker.cache.leave, before))
            await self._forget(before)
        return key

    async def _worker(self, name: str) -> EngineWorker:
        """The engine of this name, loaded by whoever asks first."""
        async with self._loading[name]:
            if name not in self._workers:
                self._workers[name] = await self._built(name)
            return self._workers[name]

    async def _built(self, name: str) -> EngineWorker:
        engine = load_engine(name, weights_in(self._cache))
        thread = ThreadPoolExecutor(1, name)
        try:
            await _within(thread, engine.warm)
        except BaseException:
            thread.shutdown(wait=False, cancel_futures=True)
            raise
        batcher = Batcher(engine, thread, self._failed)
        loop = asyncio.get_running_loop().create_task(batcher.run())
        loop.add_done_callback(self._ended)
        return EngineWorker(engine, AvatarCache(engine), batcher, thread, loop)

    def _ended(self, loop: asyncio.Task[None]) -> None:
        """A batcher never ends by itself: without it every session would stand still."""
        if not loop.cancelled() and (error := loop.exception()) is not None:
            self._context.fail(error)

    def _failed(self, session: str, error: Exception) -> None:
        logger.error(
            "a face could not be rendered",
            exc_info=error,
            extra={"fields": {"session": session}},
        )
        self._context.emit(ActorEvent(session, "failed", detail=f"{type(error).__name__}: {error}"))


def _try(cache: AvatarCache, edition: AvatarEdition) -> None:
    """Bind the avatar, so that what is wrong with it is told now and not in a session."""
    cache.take(*edition)
    cache.leave(edition.key)


def _require_shape(clip: Clip, shape: Shape) -> None:
    """AvatarError unless the clip is for such a session: its avatar may have been replaced."""
    found = (engine_for(clip), clip.face_size, (clip.width, clip.height))
    wanted = (shape.engine, shape.face, shape.picture)
    if found != wanted:
        raise AvatarError(f"it is for {found}, the session's avatar is {wanted}")


async def _within(thread: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(thread, work)
