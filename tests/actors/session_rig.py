"""One session's rings in the test's own process: the real rings, with any actor's ends.

A test stands on both sides of the stage that it looks at, as its neighbours would.
"""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import uvloop
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from actors.table import TABLE
from data.clip import Clip
from ringbuf import Control
from runtime.actor import ActorSession, Context
from runtime.host import AttachedSession
from runtime.layouts import Flag, Shape, Stage
from runtime.messages import (
    ActorEvent,
    ActorNews,
    ActorSettings,
    CaptionCue,
    OpenSession,
    SessionSpec,
    TurnTiming,
)
from runtime.ports import Inlet, Mark, Outlet
from server.sessions.rings import SessionRings

Result = TypeVar("Result")

SHAPE = Shape("builtin", (80, 72), 80, (16, 8), (48, 32))
"""The built-in engine's features; faces and pictures as small as can be."""
NO_FLAGS = Flag(0)
PATIENCE = 120
"""Seconds after which a test gives up waiting; no test measures time."""


def told(story: Coroutine[Any, Any, Result]) -> Result:
    """Run a story on a loop of its own; it fails rather than hangs."""

    async def within() -> Result:
        async with asyncio.timeout(PATIENCE):
            return await story

    return uvloop.run(within())


async def turn(times: int = 5) -> None:
    """Let everything that is ready in this loop run."""
    for _ in range(times):
        await asyncio.sleep(0)


class Rig:
    """The rings of one session; closes them and every end that was taken."""

    def __init__(
        self,
        session: str = "s",
        *,
        shape: Shape = SHAPE,
        ahead_ms: int = 160,
        live: bool = True,
        record: Path | None = None,
        avatar: str = "builtin",
        actions: tuple[str, ...] = (),
    ) -> None:
        spec = SessionSpec(session, avatar, shape, live, str(record or ""), actions=actions)
        self.rings = SessionRings(spec, ahead_ms)
        self._held: dict[str, AttachedSession] = {}

    @property
    def control(self) -> Control:
        return self.rings.control

    def stand(self, actor: str) -> ActorSession:
        """The session as this actor sees it."""
        row = next(row for row in TABLE if row.name == actor)
        grants, descriptors = self.rings.grants(row)
        message = OpenSession(self.rings.spec, grants)
        held = AttachedSession(actor, message, [os.dup(descriptor) for descriptor in descriptors])
        self._held[actor] = held
        return held.session

    def leave(self, actor: str) -> None:
        """The process of this actor is gone; another may stand here."""
        self._held.pop(actor).close()

    def inlet(self, ring: str) -> Inlet:
        """The reading end of a ring."""
        reader = next(row.name for row in TABLE if ring in row.reads)
        return self.stand(reader).inlets[ring]

    def outlet(self, ring: str) -> Outlet:
        """The writing end of a ring."""
        writer = next(row.name for row in TABLE if ring in row.writes)
        return self.stand(writer).outlets[ring]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for held in self._held.values():
            held.close()
        self.rings.close()


class Lent:
    """A context for an actor, and what the actor told."""

    def __init__(self, cache: Path, *, max_queue: int = 64, max_audio_seconds: int = 600) -> None:
        self.events: list[ActorEvent] = []
        self.cues: list[CaptionCue] = []
        self.thoughts: list[TurnTiming] = []
        self.failures: list[BaseException] = []
        self.changed = asyncio.Event()
        self.registry = CollectorRegistry()
        self.context = Context(
            ActorSettings(
                cache_dir=str(cache),
                avatar="builtin",
                voice="auto",
                max_audio_seconds=max_audio_seconds,
                max_queue=max_queue,
                late_ms=400,
                bitrate_kbps=1000,
                codec="h264",
                ice_servers=(),
                log_level="error",
                log_format="text",
            ),
            self.registry,
            self._emit,
            self._fail,
        )

    def _fail(self, error: BaseException) -> None:
        self.failures.append(error)
        self.changed.set()

    def _emit(self, news: ActorNews) -> None:
        match news:
            case ActorEvent():
                self.events.append(news)
            case CaptionCue():
                self.cues.append(news)
            case TurnTiming():
                self.thoughts.append(news)
        self.changed.set()

    def kinds(self) -> list[str]:
        """What was told, in order."""
        return [event.kind for event in self.events]

    async def until(self, kind: str) -> ActorEvent:
        """Wait for an event of this kind."""
        while True:
            for event in self.events:
                if event.kind == kind:
                    return event
            self.changed.clear()
            await self.changed.wait()


def marked(
    epoch: int = 0, *, utterance: int = 1, flags: Flag = NO_FLAGS, tick: int = 0, seen: int = 0
) -> Mark:
    """A mark whose frame was first taken at `seen` ns."""
    stamps = np.zeros((len(Stage), 2), np.int64)
    stamps[Stage.INGEST, 0] = seen
    return Mark(epoch, utterance, flags, tick, stamps)


def put(outlet: Outlet, mark: Mark, **fields: object) -> bool:
    """Publish one frame, whose fields are filled with the given values."""
    slot = outlet.claim()
    assert slot is not None, "the ring is full"
    for name, value in fields.items():
        slot[name] = value
    return outlet.publish(slot, mark)


async def read(inlet: Inlet, field: str) -> tuple[Mark, NDArray[Any]]:
    """The next frame's mark and a copy of one of its fields."""
    slot = await inlet.next()
    mark, value = inlet.mark(slot), np.array(slot[field])
    inlet.release()
    return mark, value


async def read_picture(inlet: Inlet) -> tuple[Mark, NDArray[np.uint8]]:
    """The next frame that brings a picture: a late tick, as a busy machine has, brings none."""
    while True:
        mark, picture = await read(inlet, "picture")
        if Flag.SOUND_ONLY not in mark.flags:
            return mark, picture


IDLE, FACE = 50, 250
"""Luma of `plain_clip`'s frames and of the faces that tests paste on them."""


def plain_clip(frames: int = 3) -> Clip:
    """Grey frames of SHAPE's size, each one brighter than the last; the face covers the middle."""
    width, height = SHAPE.picture
    grey = np.full((frames, height * 3 // 2, width), 128, np.uint8)
    for number in range(frames):
        grey[number, :height] = IDLE + number
    placement = np.array([[1, 0, 16], [0, 1, 12]], np.float32)
    mask = np.full(SHAPE.face[::-1], 255, np.uint8)
    return Clip("plain", "builtin", grey, np.tile(placement, (frames, 1, 1)), mask)


def face(luma: int = FACE) -> NDArray[np.uint8]:
    """One face of SHAPE's size."""
    width, height = SHAPE.face
    whole = np.full((height * 3 // 2, width), 128, np.uint8)
    whole[:height] = luma
    return whole


def opacity(picture: NDArray[Any], idle: int = IDLE) -> float:
    """How much of a face stands in a picture that was made of `plain_clip`."""
    middle = float(picture[16, 24])
    return (middle - idle) / (FACE - idle)
