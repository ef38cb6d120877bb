"""features: from 20 ms chunks of speech to one feature window a tick.

In: the speech ring of each session. Out: its feature ring, with the tick's own
sound beside the window. A window is given on as soon as its right context is
there; at a BREAK the context counts as silence. Features that cost little are
worked out on the loop; those of an encoder in its own thread, for all sessions
together. Process: see actors/table.py. Owns each session's sliding window, the
encoders and their threads.
"""

import asyncio
import logging
from asyncio import Future
from collections import defaultdict
from pathlib import Path

from actors.avatars import weights_in
from actors.features.encoded_pump import EncodedPump
from actors.features.encoder_batcher import EncoderBatcher
from actors.features.window import EncodedWindow, Window
from models.face.encoders.stream import EncodedStream, Rows
from models.face.encoders.window import EncoderWindow
from models.face.engine import EngineError, FaceEngine, FeatureStream
from models.face.engines import load_engine
from runtime.actor import ActorSession, Context, unknown
from runtime.errors import UnknownAvatar
from runtime.messages import ActorEvent, Done, MessageBody, WarmEngine
from runtime.pump import pump
from runtime.tasks import Tasks

logger = logging.getLogger(__name__)


class Features:
    """The actor: a window and a pump for every session, one batcher for every encoder."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tasks = Tasks(context)
        self._weights = weights_in(Path(context.settings.cache_dir))
        self._engines: dict[str, FaceEngine] = {}
        self._loading: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._batchers: dict[str, EncoderBatcher] = {}

    async def start(self) -> None:
        """Nothing to load: what a kind of feature needs comes when it is asked for."""

    async def open(self, session: ActorSession) -> None:
        name = session.spec.shape.engine
        stream = await self._stream(name)
        self._tasks.begin(session.id, self._pump(session, name, stream))

    async def _stream(self, engine: str) -> FeatureStream:
        """A new stream; the engine's first one loads its encoder, beside the loop."""
        async with self._loading[engine]:
            if engine not in self._engines:
                self._engines[engine] = load_engine(engine, self._weights)
            return await asyncio.to_thread(self._engines[engine].stream)

    async def _pump(self, session: ActorSession, engine: str, stream: FeatureStream) -> None:
        inlet, outlet = session.inlets["speech"], session.outlets["feature"]
        if not isinstance(stream, EncodedStream):
            await pump(inlet, outlet, Window(stream))
            return
        if engine not in self._batchers:
            self._batchers[engine] = EncoderBatcher(stream.encoder, self._failed)
        batcher, control = self._batchers[engine], session.control

        def encode(piece: EncoderWindow, epoch: int) -> Future[Rows | None]:
            return batcher.encode(session.id, piece, lambda: control.epoch == epoch)

        await EncodedPump(inlet, outlet, EncodedWindow(stream, encode)).run()

    async def close(self, session: str) -> None:
        await self._tasks.end(session)

    def flush(self, session: str) -> None:
        """What waits to be encoded for an epoch that is over need wait no more."""
        for batcher in self._batchers.values():
            batcher.flush()

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        if not isinstance(request, WarmEngine):
            raise unknown(request, "features")
        try:
            await self._stream(request.engine)
        except EngineError as error:
            raise UnknownAvatar(str(error)) from error
        return Done()

    async def stop(self) -> None:
        for batcher in self._batchers.values():
            batcher.stop()

    def _failed(self, session: str, error: Exception) -> None:
        logger.error(
            "sound could not be encoded",
            exc_info=error,
            extra={"fields": {"session": session}},
        )
        self._context.emit(ActorEvent(session, "failed", detail=f"{type(error).__name__}: {error}"))
