"""A player between faces and pictures of the test's, at times that the test gives."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actors.compositor.clock import TickClock
from actors.compositor.player import Player
from actors.compositor.scene import Scene
from models.picture.paste import Paster
from runtime.layouts import NO_POSE, Flag
from tests.actors.session_rig import NO_FLAGS, Rig, face, marked, opacity, plain_clip, put

START, LEAD = 5_000_000_000, 8_000_000
LATE_TICKS = 10
ROOM_MS = 2000


def a_scene() -> Scene:
    clip = plain_clip(1)
    return Scene(clip, Paster(clip.mask))


@dataclass
class Left:
    """A tick that left the compositor. around: the luma of its picture beside the face."""

    tick: int
    frame: int
    epoch: int
    utterance: int
    flags: Flag
    stamps: NDArray[np.int64]
    sound: NDArray[np.int16]
    opacity: float
    around: int


class Played:
    """A player, with the test at its faces and its pictures."""

    def __init__(self, rig: Rig, listener_wait_ms: int = 0) -> None:
        self.rig = rig
        self.listener_wait_ms = listener_wait_ms
        self.faces = rig.outlet("face")
        self.pictures = rig.inlet("picture")
        self.clock = TickClock(START, LEAD, LATE_TICKS)
        self.begin()

    def begin(self) -> None:
        """A new player, as after a restart."""
        self.player = Player(
            self.rig.stand("compositor"), a_scene(), self.clock, self.listener_wait_ms
        )

    def speak(
        self,
        number: int,
        epoch: int = 0,
        flags: Flag = NO_FLAGS,
        pose: int = NO_POSE,
        look: int = 0,
    ) -> None:
        """A face whose sound is its number, for the session's avatar number `look`."""
        mark = marked(epoch, flags=flags, tick=number)
        put(self.faces, mark, face=face(), pose=pose, look=look, sound=number)

    def at(self, tick: int, late: int = 0) -> list[Left]:
        """What leaves at the time of a tick, or `late` ns after it."""
        self.player.play_due(self.clock.decided_at(tick) + late)
        return self.read()

    def read(self) -> list[Left]:
        left = []
        while (slot := self.pictures.take()) is not None:
            mark = self.pictures.mark(slot)
            left.append(
                Left(
                    mark.tick,
                    mark.frame,
                    mark.epoch,
                    mark.utterance,
                    mark.flags,
                    mark.stamps,
                    np.array(slot["sound"]),
                    opacity(slot["picture"]),
                    int(slot["picture"][0, 0]),
                )
            )
            self.pictures.release()
        return left


@contextmanager
def staged(
    *, ahead_ms: int = ROOM_MS, live: bool = True, listener_wait_ms: int = 0
) -> Iterator[Played]:
    with Rig(ahead_ms=ahead_ms, live=live) as rig:
        yield Played(rig, listener_wait_ms)


def numbers(left: list[Left]) -> list[int]:
    """The numbers of the faces whose sound was heard; 0 is silence."""
    return [int(tick.sound[-1]) for tick in left]
