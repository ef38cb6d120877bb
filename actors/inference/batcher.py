"""One batch over many sessions: whatever is ready, the most urgent first.

In: every session's feature ring. Out: its face ring. A session has at most one
frame in a batch; the batch never waits to grow. The most urgent session is the one
with the fewest faces ahead of its ear. A frame stays in its ring until its face
was published, so a death in between costs nothing. Runs in the inference process;
owns no ring.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import numpy as np

from actors.inference.avatar_cache import BoundAvatar
from data.action import Action
from models.face.engine import FaceEngine
from runtime.actor import ActorSession
from runtime.body_timeline import BodyTimeline
from runtime.control_words import ControlWord
from runtime.layouts import NO_FACE, NO_POSE
from runtime.ports import Mark, Slot

MOST_IN_A_BATCH: Final = 32
Failed = Callable[[str, Exception], None]


@dataclass(frozen=True)
class BatchItem:
    """One frame of a batch, in hand in its ring until it is released."""

    lane: "SessionLane"
    source: Slot
    mark: Mark


class SessionLane:
    """One session in the batcher: its two rings, the avatar that it shows, and those of its actions
    that faces can be rendered for, by their numbers."""

    def __init__(self, session: ActorSession, avatar: BoundAvatar) -> None:
        self.id = session.id
        self._avatar = avatar
        self.actions: dict[int, tuple[BoundAvatar, Action]] = {}
        self._timeline = BodyTimeline(session.control)
        self._control = session.control
        self._epoch = -1
        self._frame = 0
        self.inlet = session.inlets["feature"]
        self.outlet = session.outlets["face"]

    def next(self) -> BatchItem | None:
        """The frame to render next, if there is one and its face has a place to go."""
        source = self.inlet.take() if self.outlet.free else None
        return BatchItem(self, source, self.inlet.mark(source)) if source is not None else None

    def pose(self, epoch: int) -> int:
        """The frame of the clip's endless playing that the next face will be shown with.

        One after the last face's, because the clip plays on under the faces; but never
        one that has been shown already, and after an interrupt the very next one.
        """
        frame = self._control.load(ControlWord.FRAME)
        if epoch == self._epoch:
            frame = max(frame, self._frame)
        self._epoch, self._frame = epoch, frame + 1
        return frame

    def seen_at(self, frame: int) -> tuple[int, int]:
        """What is shown at a frame of the endless playing, for `FaceEngine.render`: the number of
        the avatar, or of an action's clip, and its frame."""
        segment = self._timeline.at(frame)
        place = segment.place(frame)
        if segment.clip in self.actions:
            bound, action = self.actions[segment.clip]
            return bound.number, action.frame(place)
        return self._avatar.number, int(self._avatar.loop[place % len(self._avatar.loop)])

    def arm(self, wake: Callable[[], None]) -> bool:
        """Ask to be woken by what this lane lacks; False if it lacks nothing by now."""
        return self.outlet.arm(wake) if not self.outlet.free else self.inlet.arm(wake)


class Batcher:
    """Renders for all lanes, one batch at a time, in `executor`'s thread.

    failed(session, error) is told of a frame that the engine could not render; its
    sound goes on with the mouth at rest."""

    def __init__(self, engine: FaceEngine, executor: Executor, failed: Failed) -> None:
        self._engine = engine
        self._executor = executor
        self._failed = failed
        self._lanes: dict[str, SessionLane] = {}
        self._wake = asyncio.Event()
        self._rendering = asyncio.Lock()
        self._features = np.empty((MOST_IN_A_BATCH, *engine.feature.shape), np.float32)
        self._faces = np.empty((MOST_IN_A_BATCH, *engine.face.shape), np.uint8)
        self._avatars = np.zeros(MOST_IN_A_BATCH, np.int32)
        self._poses = np.zeros(MOST_IN_A_BATCH, np.int32)

    def add(self, session: ActorSession, avatar: BoundAvatar) -> None:
        """A session's frames are rendered from now on, for the avatar in `avatar`."""
        self._lanes[session.id] = SessionLane(session, avatar)
        self._wake.set()

    def add_action(self, session: str, number: int, bound: BoundAvatar, action: Action) -> None:
        """Faces of this session may be rendered for the action of this number from now on;
        KeyError for a session that is not there."""
        self._lanes[session].actions[number] = bound, action

    async def remove(self, session: str) -> None:
        """Forget a session; returns when no batch touches its rings."""
        async with self._rendering:
            self._lanes.pop(session, None)

    async def run(self) -> None:
        """Render until cancelled."""
        while True:
            self._wake.clear()
            async with self._rendering:
                items = self._collect()
                if items:
                    await self._render(items)
                    continue
                armed = [lane.arm(self._wake.set) for lane in self._lanes.values()]
            if all(armed):
                await self._wake.wait()

    def _collect(self) -> list[BatchItem]:
        urgent = sorted(self._lanes.values(), key=lambda lane: -lane.outlet.free)
        items = [item for lane in urgent if (item := lane.next()) is not None]
        return items[:MOST_IN_A_BATCH]

    async def _render(self, items: list[BatchItem]) -> None:
        frames = [item.lane.pose(item.mark.epoch) for item in items]
        for row, (item, frame) in enumerate(zip(items, frames, strict=True)):
            self._features[row] = item.source["feature"]
            self._avatars[row], self._poses[row] = item.lane.seen_at(frame)
        loop = asyncio.get_running_loop()
        errors = await loop.run_in_executor(self._executor, self._render_rows, len(items))
        for row, (item, error) in enumerate(zip(items, errors, strict=True)):
            pose = frames[row] if self._engine.posed else NO_POSE
            self._send(item, row, pose if error is None else NO_FACE)
            if error is not None:
                self._failed(item.lane.id, error)

    def _render_rows(self, count: int) -> list[Exception | None]:
        """In the executor's thread: the batch at once, or each row alone if that fails."""
        try:
            self._render_slice(slice(count))
        except Exception as error:  # noqa: BLE001 - an engine may fail in any way; told by `failed`
            if count == 1:
                return [error]
            return [self._render_row(row) for row in range(count)]
        return [None] * count

    def _render_row(self, row: int) -> Exception | None:
        try:
            self._render_slice(slice(row, row + 1))
        except Exception as error:  # noqa: BLE001 - as above
            return error
        return None

    def _render_slice(self, rows: slice) -> None:
        self._engine.render(
            self._features[rows], self._avatars[rows], self._poses[rows], self._faces[rows]
        )

    def _send(self, item: BatchItem, row: int, pose: int) -> None:
        slot = item.lane.outlet.claim() if item.lane.inlet.is_live() else None
        if slot is not None:
            slot["sound"] = item.source["sound"]
            slot["pose"] = pose
            if pose != NO_FACE:
                slot["face"] = self._faces[row]
            item.lane.outlet.publish(slot, item.mark)
        item.lane.inlet.release()
