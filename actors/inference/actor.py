"""inference: renders the faces of all sessions, one batch at a time.

In: the feature ring of every session. Out: its face ring. It is the one actor that
sees all sessions at once. It also knows which shapes an avatar's sessions have,
and prepares the built-in avatar where the cache has none. Each engine has a thread
of its own, so that one that is loaded holds up nobody else's calls. Process: see
actors/table.py. Owns the engines and the threads.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from actors.avatars import clip_of, weights_in
from actors.inference.avatar_cache import Cast
from actors.inference.batcher import Batcher
from data.clip import AvatarError, Clip
from models.face.engine import EngineError, FaceEngine
from models.face.engines import engine_for, load_engine
from runtime.actor import Context, Session, unknown
from runtime.errors import UnknownAvatar
from runtime.layouts import Shape
from runtime.messages import Body, Describe, Described, Event

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Stage:
    """An engine at work: its avatars, its batches, and the thread that all of it runs in."""

    engine: FaceEngine
    cast: Cast
    batcher: Batcher
    thread: ThreadPoolExecutor
    loop: asyncio.Task[None]


class Inference:
    """The actor: a stage for each kind of avatar in use."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cache = Path(context.settings.cache_dir)
        self._clips = ThreadPoolExecutor(1, "clips")
        self._stages: dict[str, Stage] = {}
        self._loading: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._shown: dict[str, tuple[Stage, str]] = {}

    async def start(self) -> None:
        """Prepare and load the avatar of the settings, so that the first call is quick."""
        await self._describe(self._context.settings.avatar)

    async def open(self, session: Session) -> None:
        avatar = session.spec.avatar
        stage = await self._stage(session.spec.shape.engine)
        clip = await self._clip(avatar)
        seat = await _within(stage.thread, lambda: stage.cast.take(avatar, clip))
        self._shown[session.id] = stage, avatar
        stage.batcher.add(session, seat)

    async def close(self, session: str) -> None:
        if session in self._shown:
            stage, avatar = self._shown.pop(session)
            await stage.batcher.remove(session)
            await _within(stage.thread, lambda: stage.cast.leave(avatar))

    def flush(self, session: str) -> None:
        """A batch in flight comes out stale and is dropped; nothing else is held."""

    async def handle(self, request: Body, descriptors: list[int]) -> Body:
        if isinstance(request, Describe):
            return Described(await self._describe(request.avatar))
        raise unknown(request, "inference")

    async def stop(self) -> None:
        for stage in self._stages.values():
            stage.loop.cancel()
            stage.thread.shutdown(wait=False, cancel_futures=True)
        self._clips.shutdown(wait=False, cancel_futures=True)

    async def _describe(self, avatar: str) -> Shape:
        try:
            clip = await self._clip(avatar)
            name = engine_for(clip)
            stage = await self._stage(name)
            await _within(stage.thread, lambda: _try(stage.cast, avatar, clip))
        except (AvatarError, EngineError) as error:
            raise UnknownAvatar(str(error)) from error
        return Shape(
            engine=name,
            feature=stage.engine.feature.shape,
            right_ms=stage.engine.feature.right_ms,
            face=clip.face_size,
            picture=(clip.width, clip.height),
        )

    async def _clip(self, avatar: str) -> Clip:
        return await _within(self._clips, lambda: clip_of(avatar, self._cache))

    async def _stage(self, name: str) -> Stage:
        """The engine of this name, loaded by whoever asks first."""
        async with self._loading[name]:
            if name not in self._stages:
                self._stages[name] = await self._built(name)
            return self._stages[name]

    async def _built(self, name: str) -> Stage:
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
        return Stage(engine, Cast(engine), batcher, thread, loop)

    def _ended(self, loop: asyncio.Task[None]) -> None:
        """A batcher never ends by itself: without it every call would stand still."""
        if not loop.cancelled() and (error := loop.exception()) is not None:
            self._context.fail(error)

    def _failed(self, session: str, error: Exception) -> None:
        logger.error(
            "a face could not be rendered",
            exc_info=error,
            extra={"fields": {"session": session}},
        )
        self._context.emit(Event(session, "failed", detail=f"{type(error).__name__}: {error}"))


def _try(cast: Cast, avatar: str, clip: Clip) -> None:
    """Bind the avatar, so that what is wrong with it is told now and not in a call."""
    cast.take(avatar, clip)
    cast.leave(avatar)


async def _within(thread: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(thread, work)
