"""features: from 20 ms chunks of speech to one feature window a tick.

In: the speech ring of each session. Out: its feature ring, with the tick's own
sound beside the window. A window is given on as soon as its right context is
there; at a BREAK the context counts as silence. Process: see actors/table.py.
Owns each session's sliding window.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actors.avatars import weights_in
from data.units import CHUNKS_PER_TICK, EAR_CHUNK, EAR_TICK, FEATURE_CHUNK
from models.face.engine import FaceEngine, FeatureStream
from models.face.engines import load_engine
from runtime.actor import Context, Session, unknown
from runtime.layouts import Flag
from runtime.messages import Body
from runtime.ports import Mark, Slot
from runtime.pump import pump
from runtime.tasks import Tasks


@dataclass
class Tick:
    """A window with its sound, as pump wants it."""

    mark: Mark
    feature: NDArray[np.float32]
    sound: NDArray[np.int16]

    def write(self, slot: Slot) -> None:
        slot["feature"] = self.feature
        slot["sound"] = self.sound


class Window:
    """One session's chunks on their way to ticks.

    Sound waits here, tick by tick, until the stream says that the window of its
    tick is complete. Half a tick before a BREAK (a restart in the middle of a tick
    leaves one) is filled with silence."""

    def __init__(self, stream: FeatureStream) -> None:
        self._stream = stream
        self._waiting: deque[tuple[Mark, NDArray[np.int16]]] = deque()
        self._chunks: list[NDArray[np.int16]] = []
        self._flags = Flag(0)

    def reset(self) -> None:
        self._stream.reset()
        self._waiting.clear()
        self._chunks.clear()
        self._flags = Flag(0)

    def take(self, slot: Slot, mark: Mark) -> Iterable[Tick]:
        self._chunks.append(np.array(slot["ear"]))
        self._flags |= mark.flags
        features = list(self._stream.push(np.array(slot["feature"])))
        if Flag.BREAK in mark.flags:
            missing = CHUNKS_PER_TICK - len(self._chunks)
            features += self._stream.push(np.zeros(missing * FEATURE_CHUNK, np.float32))
            features += self._stream.finish()
        if len(self._chunks) == CHUNKS_PER_TICK or Flag.BREAK in mark.flags:
            sound = np.zeros(EAR_TICK, np.int16)
            for number, chunk in enumerate(self._chunks):
                sound[number * EAR_CHUNK : (number + 1) * EAR_CHUNK] = chunk
            tick = mark._replace(flags=self._flags, tick=mark.tick // CHUNKS_PER_TICK)
            self._waiting.append((tick, sound))
            self._chunks.clear()
            self._flags = Flag(0)
        return self._pair(features)

    def _pair(self, features: Iterable[NDArray[np.float32]]) -> Iterator[Tick]:
        for feature in features:
            mark, sound = self._waiting.popleft()
            yield Tick(mark, feature, sound)


class Features:
    """The actor: a window and a pump for every session."""

    def __init__(self, context: Context) -> None:
        self._tasks = Tasks(context)
        self._weights = weights_in(Path(context.settings.cache_dir))
        self._engines: dict[str, FaceEngine] = {}
        self._loading = asyncio.Lock()

    async def start(self) -> None:
        """Nothing to load: what a kind of feature needs comes with its first session."""

    async def open(self, session: Session) -> None:
        name = session.spec.shape.engine
        if name not in self._engines:
            self._engines[name] = load_engine(name, self._weights)
        async with self._loading:
            stream = await asyncio.to_thread(self._engines[name].stream)
        self._tasks.begin(
            session.id,
            pump(session.inlets["speech"], session.outlets["feature"], Window(stream)),
        )

    async def close(self, session: str) -> None:
        await self._tasks.end(session)

    def flush(self, session: str) -> None:
        """Nothing in flight outlives a frame: pump drops what is stale."""

    async def handle(self, request: Body, descriptors: list[int]) -> Body:
        raise unknown(request, "features")

    async def stop(self) -> None:
        await asyncio.sleep(0)
