"""A session's hour on a simulated clock: the real rings, the real Player, egress's own arithmetic.

    feeder ──face ring──▶ Player ──picture ring──▶ checker

In: how many seconds. Out: what left. Each face is painted in a grey of its own and each sound
is a number of its own, so that a picture with another's sound shows. Runs in one loop
(perf.sessions.virtual); owns the rings and their control block.
"""

import asyncio
import random
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from actors.compositor.clock import TickClock
from actors.compositor.player import Player
from actors.compositor.scene import FADE_IN, Scene
from actors.egress.webrtc.timeline import Timeline
from data.clip import Clip
from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICK_MS, TICK_NS, VIDEO_CLOCK, VIDEO_TICK
from models.picture.paste import Paster
from ringbuf import Control, Ring
from runtime.actor import ActorSession
from runtime.layouts import NO_POSE, Flag, Shape, Stage, layout
from runtime.messages import SessionSpec
from runtime.ports import Inlet, Mark, Outlet

SIDE: Final = 32
SHAPE: Final = Shape("paint", (1,), 0, (SIDE, SIDE), (2 * SIDE, 2 * SIDE))
SLOTS: Final = 4
LEAD_NS: Final = 8_000_000
LATE_TICKS: Final = 10
GREYS: Final = 180
DARKEST: Final = 40
SENTENCE_TICKS: Final = (25, 200)
PAUSE_TICKS: Final = (1, 60)


@dataclass
class Stalls:
    """How late wakes come: a little always, now and then very. Made from a seed."""

    seed: int
    count: int = 0
    longest_ns: int = 0
    _random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._random.seed(self.seed)

    def late_ns(self) -> int:
        """By how much the next wake comes late: up to 1 ms; once in 500, up to 0.6 s."""
        late = self._random.randrange(1_000_000)
        if self._random.randrange(500) == 0:
            late = self._random.randrange(20_000_000, 600_000_000)
            self.count += 1
            self.longest_ns = max(self.longest_ns, late)
        return late


@dataclass
class Hour:
    """offset_ms: the most that a mouth and its sound were apart by the sender's clock.
    drift_ms: how much later, against the simulated clock, ticks left at the end than at the
    beginning (medians). late_ms: of each tick."""

    ticks: int = 0
    spoken: int = 0
    sound_only: int = 0
    given_up: int = 0
    mismatched: int = 0
    offset_ms: float = 0.0
    late_ms: list[float] = field(default_factory=list)

    @property
    def drift_ms(self) -> float:
        part = max(1, len(self.late_ms) // 10)
        return float(np.median(self.late_ms[-part:]) - np.median(self.late_ms[:part]))


class Checker:
    """Takes each tick as egress would, and looks whether all of it belongs together."""

    def __init__(self, start: int) -> None:
        self.found = Hour()
        self._start = start
        self._timeline = Timeline()
        self._last_tick = -1
        self._shown = 0

    def take(self, mark: Mark, sound: int, grey: int) -> None:
        """One tick that left: the number that its sound is, and the grey that its face is."""
        found, tick = self.found, mark.tick
        self._timeline.begin(tick)
        found.ticks += 1
        found.given_up += tick - self._last_tick - 1
        self._last_tick = tick
        found.late_ms.append((time.monotonic_ns() - self._start - tick * TICK_NS) / 1e6)
        now = self._timeline.now()
        picture = tick * VIDEO_TICK - self._timeline.timestamp(now, VIDEO_CLOCK)
        sound_at = tick * PLAYOUT_TICK - self._timeline.timestamp(now, PLAYOUT_RATE)
        apart = abs(picture / VIDEO_CLOCK - sound_at / PLAYOUT_RATE)
        found.offset_ms = max(found.offset_ms, apart * 1e3)
        if not mark.utterance:
            self._shown = 0
            return
        found.spoken += 1
        if Flag.SOUND_ONLY in mark.flags:
            found.sound_only += 1
            return
        self._shown += 1
        if self._shown >= len(FADE_IN) and abs(grey - _grey(sound)) > 2:
            found.mismatched += 1


def _grey(number: int) -> int:
    return DARKEST + number % GREYS


async def hour(seconds: float) -> Hour:
    """Play so many (simulated) seconds of speech and pauses."""
    with ExitStack() as stack:
        control = stack.enter_context(closing(Control.create()))
        rings = {
            name: stack.enter_context(closing(Ring.create(layout(name, SHAPE), SLOTS)))
            for name in ("face", "picture")
        }
        faces = Outlet(rings["face"].producer(control), Stage.INFERENCE)
        shown = Inlet(rings["picture"].consumer(control), Stage.EGRESS)
        inlet = Inlet(rings["face"].consumer(control), Stage.COMPOSITOR)
        outlet = Outlet(rings["picture"].producer(control), Stage.COMPOSITOR)
        for end in (faces, shown, inlet, outlet):
            stack.enter_context(closing(end))
        session = ActorSession(
            SessionSpec("hour", "paint", SHAPE, live=True),
            control,
            {"face": inlet},
            {"picture": outlet},
        )
        start = time.monotonic_ns()
        clip = _clip()
        scene = Scene(clip, Paster(clip.mask))
        player = Player(session, scene, TickClock(start, LEAD_NS, LATE_TICKS))
        checker = Checker(start)
        tasks = [
            asyncio.ensure_future(work)
            for work in (player.live(), _feed(faces, control), _check(shown, checker))
        ]
        over = asyncio.ensure_future(asyncio.sleep(seconds))
        await asyncio.wait([*tasks, over], return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, over):
            task.cancel()
        for result in await asyncio.gather(*tasks, over, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
    return checker.found


def _clip() -> Clip:
    """A black picture with an opaque face in its corner."""
    frames = np.full((1, 3 * SIDE, 2 * SIDE), 128, np.uint8)
    frames[:, : 2 * SIDE] = 16
    placements = np.array([[[1, 0, 0], [0, 1, 0]]], np.float32)
    return Clip("paint", "paint", frames, placements, np.full((SIDE, SIDE), 255, np.uint8))


async def _feed(faces: Outlet, control: Control) -> None:
    """Sentences and pauses, as fast as there is room; face and sound of one number a tick."""
    pick, number, utterance = random.Random(2), 0, 0
    while True:
        utterance += 1
        for tick in range(pick.randint(*SENTENCE_TICKS)):
            slot = await faces.room()
            number = number % 30_000 + 1
            slot["pose"] = NO_POSE
            slot["face"][:] = _grey(number)
            slot["sound"][:] = number
            stamps = np.zeros((len(Stage), 2), np.int64)
            faces.publish(slot, Mark(control.epoch, utterance, Flag(0), tick, stamps))
        await asyncio.sleep(pick.randint(*PAUSE_TICKS) * TICK_MS / 1000)


async def _check(shown: Inlet, checker: Checker) -> None:
    middle = SIDE // 2
    while True:
        slot = await shown.next()
        mark = shown.mark(slot)
        checker.take(mark, int(slot["sound"][-1]), int(slot["picture"][middle, middle]))
        shown.release()
