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

from actors.avatars import clip_of
from actors.inference.batcher import Batcher
from data.clip import AvatarError
from models.face.engine import FaceEngine
from models.face.engines import load_engine
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
        self._executor = ThreadPoolExecutor(1, "engine")
        self._engines: dict[str, FaceEngine] = {}
        self._batchers: dict[str, Batcher] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._engine_of: dict[str, str] = {}

    async def start(self) -> None:
        """Prepare and load the avatar of the settings, so that the first call is quick."""
        await self._describe(self._context.settings.avatar)

    async def open(self, session: Session) -> None:
        name = session.spec.shape.engine
        await self._engine(name)
        self._engine_of[session.id] = name
        self._batchers[name].add(session)

    async def close(self, session: str) -> None:
        name = self._engine_of.pop(session, None)
        if name is not None:
            await self._batchers[name].remove(session)

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
        cache = Path(self._context.settings.cache_dir)
        try:
            clip = await self._in_thread(lambda: clip_of(avatar, cache))
        except AvatarError as error:
            raise UnknownAvatar(str(error)) from error
        engine = await self._engine(clip.engine)
        if clip.face_size != (engine.face.width, engine.face.height):
            raise UnknownAvatar(
                f"the avatar {avatar!r} is for faces of {clip.face_size}, its engine "
                f"{engine.name} gives {(engine.face.width, engine.face.height)}: prepare it again"
            )
        return Shape(
            engine=clip.engine,
            feature=engine.feature.shape,
            right_ms=engine.feature.right_ms,
            face=clip.face_size,
            picture=(clip.width, clip.height),
        )

    async def _engine(self, name: str) -> FaceEngine:
        if name not in self._engines:
            engine = load_engine(name)
            await self._in_thread(engine.warm)
            if name not in self._engines:
                self._engines[name] = engine
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
