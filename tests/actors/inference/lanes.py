"""A batcher that runs between lanes of the test's, and an engine that it holds."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import numpy as np

from actors.inference.avatar_cache import BoundAvatar
from actors.inference.batcher import Batcher, BatchItem
from ringbuf import Counters
from runtime.ports import Inlet, Outlet
from tests.actors.inference.toy_engine import TOY_SHAPE, ToyEngine
from tests.actors.session_rig import Rig, marked, put, read

AVATAR = BoundAvatar(number=5, loop=np.array([0, 1, 2, 1]))
"""Where every lane sits unless its test says otherwise."""


class Counting(Batcher):
    """A batcher that counts how often it looked for work."""

    looks = 0

    def _collect(self) -> list[BatchItem]:
        self.looks += 1
        return super()._collect()


class Lane:
    """One session from both sides."""

    def __init__(self, session: str, ahead_ms: int) -> None:
        self.rig = Rig(session, shape=TOY_SHAPE, ahead_ms=ahead_ms)
        self.features: Outlet = self.rig.outlet("feature")
        self.faces: Inlet = self.rig.inlet("face")

    def put(self, *numbers: int, epoch: int = 0) -> None:
        for number in numbers:
            put(self.features, marked(epoch, tick=number), feature=number, sound=number)

    async def faces_of(self, count: int) -> list[int]:
        return [int((await read(self.faces, "face"))[1][0, 0]) for _ in range(count)]

    def counters(self, ring: str) -> Counters:
        return self.rig.rings.counters()[ring]


class Scene:
    """A batcher that runs, its engine and its lanes."""

    def __init__(self, engine: ToyEngine, lanes: dict[str, Lane]) -> None:
        self.engine = engine
        self.lanes = lanes
        self.failures: list[tuple[str, Exception]] = []
        self._executor = ThreadPoolExecutor(1)
        self.batcher = Counting(engine, self._executor, lambda *what: self.failures.append(what))
        for lane in lanes.values():
            self.batcher.add(lane.rig.stand("inference"), AVATAR)
        self.task: asyncio.Task[None] | None = None

    def run(self) -> None:
        self.task = asyncio.ensure_future(self.batcher.run())

    async def end(self) -> None:
        self.engine.let_go()
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
        self._executor.shutdown()


@asynccontextmanager
async def scene(
    sessions: str, engine: ToyEngine | None = None, ahead_ms: int = 160
) -> AsyncIterator[Scene]:
    """One lane for every letter; the batcher does not run yet."""
    async with AsyncExitStack() as stack:
        lanes = {session: Lane(session, ahead_ms) for session in sessions}
        for lane in lanes.values():
            stack.enter_context(lane.rig)
        made = Scene(engine or ToyEngine(), lanes)
        stack.push_async_callback(made.end)
        yield made
