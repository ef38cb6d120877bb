"""inference: renders the faces of all sessions, one batch at a time.

In: the feature ring of every session. Out: its face ring. It is the one actor that
sees all sessions at once. It also knows which shapes an avatar's sessions have,
and prepares the built-in avatar where the cache has none. Process: see
actors/table.py. Owns the engines and their threads.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from actors.avatars import clip_of, weights_in
from actors.inference.batcher import Batcher
from actors.inference.cast import Cast
from data.clip import AvatarError, Clip
from models.face.engine import EngineError, FaceEngine
from models.face.engines import engine_for, load_engine
from runtime.actor import Context, Session, unknown
from runtime.errors import UnknownAvatar
from runtime.layouts import Shape
from runtime.messages import Body, Describe, Described, Event

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class Inference:
    """The actor: an engine and a batcher for each kind of avatar in use."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cache = Path(context.settings.cache_dir)
        self._executor = ThreadPoolExecutor(1, "engine")
        self._engines: dict[str, FaceEngine] = {}
        self._batchers: dict[str, Batcher] = {}
        self._casts: dict[str, Cast] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._shown: dict[str, tuple[str, str]] = {}

    async def start(self) -> None:
        """Prepare and load the avatar of the settings, so that the first call is quick."""
        await self._describe(self._context.settings.avatar)

    async def open(self, session: Session) -> None:
        name, avatar = session.spec.shape.engine, session.spec.avatar
        await self._engine(name)
        clip = await self._in_thread(lambda: clip_of(avatar, self._cache))
        seat = await self._in_thread(lambda: self._casts[name].take(avatar, clip))
        self._shown[session.id] = name, avatar
        self._batchers[name].add(session, seat)

    async def close(self, session: str) -> None:
        if session in self._shown:
            name, avatar = self._shown.pop(session)
            await self._batchers[name].remove(session)
            await self._in_thread(lambda: self._casts[name].leave(avatar))

    def flush(self, session: str) -> None:
        """A batch in flight comes out stale and is dropped; nothing else is held."""

    async def handle(self, request: Body, descriptors: list[int]) -> Body:
        if isinstance(request, Describe):
            return Described(await self._describe(request.avatar))
        raise unknown(request, "inference")

    async def stop(self) -> None:
        for loop in self._loops:
            loop.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _describe(self, avatar: str) -> Shape:
        try:
            clip = await self._in_thread(lambda: clip_of(avatar, self._cache))
            name = engine_for(clip)
            engine = await self._engine(name)
            await self._in_thread(lambda: self._try(name, avatar, clip))
        except (AvatarError, EngineError) as error:
            raise UnknownAvatar(str(error)) from error
        return Shape(
            engine=name,
            feature=engine.feature.shape,
            right_ms=engine.feature.right_ms,
            face=clip.face_size,
            picture=(clip.width, clip.height),
        )

    def _try(self, engine: str, avatar: str, clip: Clip) -> None:
        """Bind the avatar, so that what is wrong with it is told now and not in a call."""
        cast = self._casts[engine]
        cast.take(avatar, clip)
        cast.leave(avatar)

    async def _engine(self, name: str) -> FaceEngine:
        if name not in self._engines:
            engine = load_engine(name, weights_in(self._cache))
            await self._in_thread(engine.warm)
            if name not in self._engines:
                self._engines[name] = engine
                self._casts[name] = Cast(engine)
                batcher = Batcher(engine, self._executor, self._failed)
                self._batchers[name] = batcher
                loop = asyncio.get_running_loop().create_task(batcher.run())
                loop.add_done_callback(self._ended)
                self._loops.append(loop)
        return self._engines[name]

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

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
