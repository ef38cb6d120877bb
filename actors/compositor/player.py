"""One session's ticks: what each shows is decided as late as can be.

In: the face ring. Out: the picture ring, one slot a tick. Live sessions follow
their clock: at a tick's time the next face is taken if one of the current epoch is
there, else the idle clip plays. Late ticks keep their sound and lose their
picture, and what is later than the clock's `late_ticks` is given up. Recordings take every
face in turn, as fast as they come. The clip plays on under the faces; a face that was
made for one frame of it is shown with that frame, and the clip goes on from there. In place of the
idle clip an action may be played (`ActionPlayer`).
Ticks that egress made itself (words STAND_IN_END and STANDS_IN) are not made again, and faces
whose sound was heard without them are left out. While speech is held, faces stay where
they are and the idle clip plays. Where the session is given another avatar, that is shown with the
first face that is for it, or, once it may be, as soon as no face for the one before waits.
Runs in the compositor; owns no ring.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from actors.compositor.action_player import ActionPlayer, TickSpeech
from actors.compositor.clock import TickClock
from actors.compositor.scene import Scene
from data.units import TICK_MS, TICKS_PER_SECOND
from models.sound.ramp import Ramp
from runtime.actor import ActorSession
from runtime.control_words import ControlWord
from runtime.idle_place import NOT_IDLE
from runtime.layouts import NO_FACE, Flag, Stage
from runtime.playout import is_heard, is_held
from runtime.ports import Mark, Slot

NO_FLAGS: Final = Flag(0)
LEAD_IN: Final = TICKS_PER_SECOND // 5
LEAD_OUT: Final = TICKS_PER_SECOND // 2
"""Idle ticks before and after the speech of a recording."""


@dataclass
class AvatarLook:
    """An avatar of the session, as it is shown. number: as in SessionSpec. may_be_shown: also while
    there is no face for it."""

    scene: Scene
    actions: ActionPlayer
    number: int = 0
    may_be_shown: bool = True


class Player:
    """Plays one session, on the loop."""

    def __init__(
        self,
        session: ActorSession,
        scene: Scene,
        clock: TickClock,
        listener_wait_ms: int = 0,
        actions: ActionPlayer | None = None,
    ) -> None:
        """listener_wait_ms: from tick 0 on speech waits so long at most for its client. actions:
        of the session, if its avatar has some."""
        self._control = session.control
        self._faces = session.inlets["face"]
        self._pictures = session.outlets["picture"]
        self._scene = scene
        self._ramp = Ramp()
        self._clock = clock
        self._actions = actions or ActionPlayer(session.id, session.control)
        self._epoch = session.control.epoch
        self._look = session.spec.look
        self._coming: AvatarLook | None = None
        self._listener_ticks = listener_wait_ms // TICK_MS
        self._next = session.control.load(ControlWord.TICK)
        self._shift = session.control.load(ControlWord.FRAME) - self._next

    def prepare(self, look: AvatarLook) -> None:
        """Another avatar comes, in place of one that was to come before."""
        self._coming = look

    def may_show(self, number: int) -> None:
        """The avatar that comes may be shown from the next tick on."""
        if self._coming is not None and self._coming.number == number:
            self._coming.may_be_shown = True

    async def live(self) -> None:
        """Play by the clock until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            wake = loop.create_future()
            wait = (self._clock.decided_at(self._next) - time.monotonic_ns()) / 1e9
            timer = loop.call_later(max(0.0, wait), _resolve(wake))
            try:
                await wake
            finally:
                timer.cancel()
            self.play_due(time.monotonic_ns())

    def play_due(self, now: int) -> None:
        """Every tick whose time has come by `now` (ns); only the newest has a picture."""
        self._leave_out_stood_in()
        due = self._clock.due(now)
        if due - self._next > self._clock.late_ticks:
            self._next = due
        while self._next <= due:
            slot = self._pictures.claim()
            if slot is None:
                self._next += 1
                return
            self._compose(slot, sound_only=self._next < due)

    def _leave_out_stood_in(self) -> None:
        """The clip goes on from where it stood still meanwhile."""
        missed = self._control.load(ControlWord.STAND_IN_END) - self._next
        if missed > 0:
            self._next += missed
            self._shift -= missed

    async def record(self) -> None:
        """Play every face in turn, until the utterance ends."""
        for _ in range(LEAD_IN):
            self._compose(await self._pictures.room(), speaks=False)
        last = False
        while not last:
            face = await self._faces.next()
            last = bool(Flag.LAST & Flag(int(face["flags"])))
            self._compose(await self._pictures.room())
        for left in range(LEAD_OUT, 0, -1):
            flags = Flag.FINAL if left == 1 else NO_FLAGS
            self._compose(await self._pictures.room(), flags, speaks=False)

    def _compose(
        self,
        slot: Slot,
        flags: Flag = NO_FLAGS,
        *,
        sound_only: bool = False,
        speaks: bool = True,
    ) -> None:
        """Decide what the next tick shows and send it on; the next face, if it `speaks`."""
        tick = self._next
        epoch = self._control.epoch
        cut, self._epoch = epoch != self._epoch, epoch
        source = self._face() if speaks else None
        self._turn_if_due(source, tick)
        fits = source is not None and int(source["look"]) == self._look
        begun = self._actions.begun(tick + self._shift)
        if source is not None and fits and source["pose"] >= begun:
            self._shift = int(source["pose"]) - tick
        if is_held(self._control) or self._unheard(tick):
            source = None  # it stays in the ring; the clip waits at the frame that it was made for
        if source is None:
            mark, sound, face = _idle_mark(epoch), None, None
        else:
            mark, sound = self._faces.mark(source), source["sound"]
            face = source["face"] if fits and source["pose"] != NO_FACE else None
        self._ramp.play(sound, slot["sound"])
        frame = tick + self._shift
        speech = TickSpeech(mark.utterance, mark.tick, epoch)
        segment = self._actions.decide(frame, tick, speech)
        number = mark.tick
        if sound_only:
            flags |= Flag.SOUND_ONLY
        else:
            if self._scene.show(frame, face, slot["picture"], cut=cut, segment=segment):
                flags |= Flag.REPEAT
            if source is None and self._scene.idle != NOT_IDLE:
                flags, number = flags | Flag.IDLE, self._scene.idle
        if source is not None:
            self._faces.release()
        self._pictures.publish(
            slot, mark._replace(tick=tick, frame=number, flags=mark.flags | flags)
        )
        self._next = tick + 1
        self._control.store(ControlWord.TICK, self._next)
        self._control.store(ControlWord.FRAME, self._next + self._shift)

    def _turn_if_due(self, source: Slot | None, tick: int) -> None:
        """Show the avatar that comes, if this face is for it, or it may be shown and no face waits
        that is for the one before."""
        coming = self._coming
        if coming is None or not (
            coming.may_be_shown if source is None else int(source["look"]) == coming.number
        ):
            return
        self._actions.stop(tick + self._shift, tick)
        coming.scene.follow(self._scene)
        self._scene, self._actions, self._look = coming.scene, coming.actions, coming.number
        self._coming = None

    def _face(self) -> Slot | None:
        """The next face: not one whose sound was heard already, nor, while egress stands in, one
        whose sound does not come next."""
        control = self._control
        while (face := self._faces.take()) is not None:
            utterance, frame = int(face["utterance"]), int(face["tick"])
            if not is_heard(control, utterance, frame):
                is_next = frame == control.load(ControlWord.HEARD_FRAME) + 1
                goes_on = utterance == control.load(ControlWord.HEARD_UTTERANCE)
                waits = goes_on and not is_next and control.load(ControlWord.STANDS_IN)
                return None if waits else face
            self._faces.release()
        return None

    def _unheard(self, tick: int) -> bool:
        """Whether nobody is there yet to hear it."""
        return tick < self._listener_ticks and not self._control.load(ControlWord.CONNECTED)


def _idle_mark(epoch: int) -> Mark:
    stamps = np.zeros((len(Stage), 2), np.int64)
    stamps[Stage.COMPOSITOR, 0] = time.monotonic_ns()
    return Mark(epoch, 0, NO_FLAGS, 0, stamps)


def _resolve(future: asyncio.Future[None]) -> Callable[[], None]:
    return lambda: None if future.done() else future.set_result(None)
