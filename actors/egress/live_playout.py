"""A live session's ticks on their way out: the composed ones, and its own where none comes.

In: the picture ring, and the sound that was not heard yet. Out: one tick after the other to
`leave`. Sound does not wait for the face: a tick that is not composed GRACE_NS after its time
leaves without a picture, with the sound that is to be heard next, and silent in a pause. Egress
*stands in* from then on, until the compositor has caught up: what it composes meanwhile is shown,
but heard is what comes next. Two words of the control block tell the compositor which ticks it
need not make any more and whether it has to catch up. Runs in egress, one for each live session;
owns a timer.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from actors.egress.sink import Picture, Sound
from actors.egress.unheard_sound import UnheardSound
from data.units import PLAYOUT_TICK, TICK_NS
from models.sound.ramp import fading
from runtime.actor import ActorSession
from runtime.control_words import ControlWord
from runtime.layouts import Flag, Stage, i420
from runtime.playout import is_held
from runtime.ports import Mark, Slot

GRACE_NS: Final = 40_000_000
"""How late a composed tick may be: a receiver bridges so much."""
AWAY_TICKS: Final = 3
"""Ticks without the compositor after which an utterance begins without it."""
AT_ONCE_TICKS: Final = 4
"""Of ticks that are overdue so many are made at once, which a sender takes; time before them is
given up, and no sound with it."""
NO_PICTURE: Final = Flag.SOUND_ONLY | Flag.REPEAT
"""Ticks with either flag bring no new picture."""
Leave = Callable[[Mark, Sound, Picture, bool], None]
"""Takes a tick: its mark, sound and picture, and whether the picture is no new one."""


class LivePlayout:
    """Plays one session, on the loop."""

    def __init__(self, session: ActorSession, leave: Leave) -> None:
        self._control = session.control
        self._pictures = session.inlets["picture"]
        self._unheard = UnheardSound(session)
        self._leave = leave
        self._no_picture = np.broadcast_to(np.uint8(0), i420(session.spec.shape.sent))
        self._last: int | None = None
        self._stood = 0
        self._speaks = False
        self._sample = 0
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Play until cancelled."""
        try:
            while True:
                slot = await self._pictures.next()
                self._composed(slot)
                self._pictures.release()
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def look(self, now: int) -> None:
        """Stand in for every tick that is overdue at `now` (ns); later again."""
        again = now + GRACE_NS
        if self._last is not None and self._pictures.take() is None:  # else this process is late
            overdue = (now - self._due(self._last)) // TICK_NS
            self._last += max(0, overdue - AT_ONCE_TICKS)
            for _ in range(min(overdue, AT_ONCE_TICKS)):
                self._stand_in(self._last + 1)
            again = self._due(self._last + 1)
        self._look_at(again)

    def flush(self) -> None:
        """What was being said is over: ingest finds room for what comes."""
        self._speaks = False
        self._unheard.flush()

    def _composed(self, slot: Slot) -> None:
        mark = self._pictures.mark(slot)
        if self._last is None:
            self._look_at(time.monotonic_ns() + GRACE_NS)
        elif mark.tick <= self._last:
            return  # egress stood in for it
        sound: Sound = slot["sound"]
        if self._stood:
            mark, sound = self._instead(mark, sound)
        self._play(mark, sound, slot["picture"], repeat=bool(mark.flags & NO_PICTURE))

    def _instead(self, mark: Mark, sound: Sound) -> tuple[Mark, Sound]:
        """While the compositor catches up: what is to be heard in the tick that it made."""
        place = self._unheard.place
        if place is None or place == (mark.utterance, mark.frame):
            self._stood = 0
            self._control.store(ControlWord.STANDS_IN, 0)
            return mark, sound
        if self._is_held():
            return mark, sound
        unheard = self._unheard.take()
        if unheard is None:
            return _idle(mark.epoch, mark.tick, mark.flags & NO_PICTURE), self._silence()
        flags = unheard.mark.flags | mark.flags & NO_PICTURE
        return unheard.mark._replace(tick=mark.tick, flags=flags), unheard.sound

    def _stand_in(self, tick: int) -> None:
        """Make a tick without the compositor."""
        self._stood += 1
        self._control.store(ControlWord.STANDS_IN, 1)
        self._control.store(ControlWord.STAND_IN_END, tick + 1)
        may_speak = (self._speaks or self._stood > AWAY_TICKS) and not self._is_held()
        unheard = self._unheard.take() if may_speak else None
        if unheard is None:
            mark, sound = _idle(self._control.epoch, tick, Flag.SOUND_ONLY), self._silence()
        else:
            flags = unheard.mark.flags | Flag.SOUND_ONLY
            mark, sound = unheard.mark._replace(tick=tick, flags=flags), unheard.sound
        self._play(mark, sound, self._no_picture, repeat=True)

    def _play(self, mark: Mark, sound: Sound, picture: Picture, *, repeat: bool) -> None:
        self._last = mark.tick
        self._sample = int(sound[-1])
        self._speaks = bool(mark.utterance) and Flag.LAST not in mark.flags
        self._leave(mark, sound, picture, repeat)
        if mark.utterance:
            self._unheard.heard()

    def _silence(self) -> Sound:
        sound = np.zeros(PLAYOUT_TICK, np.int16)
        fading(self._sample, sound)
        return sound

    def _is_held(self) -> bool:
        return is_held(self._control) or not self._control.load(ControlWord.CONNECTED)

    def _due(self, tick: int) -> int:
        """When, in ns, the tick is overdue."""
        return self._control.load(ControlWord.START) + tick * TICK_NS + GRACE_NS

    def _look_at(self, moment: int) -> None:
        delay = max(0, moment - time.monotonic_ns()) / 1e9
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(delay, lambda: self.look(time.monotonic_ns()))


def _idle(epoch: int, tick: int, flags: Flag) -> Mark:
    return Mark(epoch, 0, flags, tick, np.zeros((len(Stage), 2), np.int64))
