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

from actors.avatars import AvatarEdition, action_of, actions_of, edition_of, weights_in
from actors.inference.avatar_cache import AvatarCache
from actors.inference.batcher import Batcher
from actors.inference.engine_worker import EngineWorker
from data.clip import AvatarError
from models.face.engine import EngineError
from models.face.engines import engine_for, load_engine
from runtime.actor import ActorSession, Context, unknown
from runtime.body_timeline import IDLE, BodyTimeline
from runtime.errors import BadAction, UnknownAction, UnknownAvatar, UnknownSession
from runtime.layouts import Shape
from runtime.messages import (
    ActionsListed,
    ActorEvent,
    AvatarAction,
    AvatarDescribed,
    BindAction,
    DescribeAvatar,
    Done,
    ListActions,
    MessageBody,
    RenderAvatar,
    SessionSpec,
)

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass
class _Rendered:
    """A session that faces are rendered for. bound: what it holds in the cache, its avatar's clip
    first."""

    session: ActorSession
    worker: EngineWorker
    bound: list[str] = field(default_factory=list)


class Inference:
    """The actor: a worker for each engine in use."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cache = Path(context.settings.cache_dir)
        self._clips = ThreadPoolExecutor(1, "clips")
        self._workers: dict[str, EngineWorker] = {}
        self._loading: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rendered: dict[str, _Rendered] = {}

    async def start(self) -> None:
        """Prepare and load the avatar of the settings, so that the first session is quick."""
        await self._describe(self._context.settings.avatar)

    async def open(self, session: ActorSession) -> None:
        worker = await self._worker(session.spec.shape.engine)
        key, clip = await self._edition(session.spec.avatar)
        bound = await _within(worker.thread, lambda: worker.cache.take(key, clip))
        rendered = self._rendered[session.id] = _Rendered(session, worker, [key])
        worker.batcher.add(session, bound)
        for segment in BodyTimeline(session.control).segments():
            # It had begun before this process; what cannot be bound the compositor ends.
            if segment.clip != IDLE:
                with suppress(UnknownAction, BadAction):
                    await self._bind_action(rendered, session.spec.actions[segment.clip - 1])

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
                await self._bind_action(self._find(request.session), request.name)
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
        leaving, coming = before, _Rendered(session, worker, [key])
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
        return await _within(self._clips, lambda: edition_of(avatar, self._cache))

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

    async def _bind_action(self, rendered: _Rendered, name: str) -> None:
        """Take in the action, if the engine's faces fit one frame only and it has places for them.

        Raises UnknownAction, and BadAction for one that the engine refuses."""
        worker, spec = rendered.worker, rendered.session.spec
        called = f"{rendered.bound[0]}/{name}"
        if not worker.engine.posed or called in rendered.bound:
            return
        try:
            action = await _within(self._clips, lambda: action_of(spec.avatar, name, self._cache))
            if not action.head.faces:
                return
            bound = await _within(worker.thread, lambda: worker.cache.take(called, action.clip))
        except (AvatarError, EngineError) as error:
            raise BadAction(f"the action {name!r} cannot be played: {error}") from error
        if called in rendered.bound or spec.session not in self._rendered:
            await _within(worker.thread, lambda: worker.cache.leave(called))
            return
        rendered.bound.append(called)
        worker.batcher.add_action(spec.session, spec.actions.index(name) + 1, bound, action)

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


async def _within(thread: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(thread, work)
