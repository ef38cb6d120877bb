"""Ticks as they leave, uncoded, for whoever wants a copy.

In: each tick of a session with its mark. Out: the same, as a frame of `tick_wire`, to every
`TickTap` that was added; where there is none nothing is copied. Runs in the egress process's event
loop; owns the list of taps.
"""

from typing import Protocol

from actors.egress.outputs.room.tick_wire import SentTick, hush_frame, little_endian, tick_frame
from actors.egress.sink import Picture, Sound
from runtime.ports import Mark


class TickTap(Protocol):
    """Gets frames in the event loop; neither blocks nor raises."""

    def tick(self, whole: bytes, sound_only: bytes) -> None:
        """A tick leaves: with its picture, and without, for who does not keep up."""
        ...

    def hush(self, frame: bytes) -> None:
        """An interrupt."""
        ...


class TickTaps:
    """Of one session."""

    def __init__(self, size: tuple[int, int]) -> None:
        """`size` is the pictures' (width, height)."""
        self.size = size
        self._taps: tuple[TickTap, ...] = ()

    def add(self, tap: TickTap) -> None:
        """It gets every tick from now on."""
        self._taps = (*self._taps, tap)

    def remove(self, tap: TickTap) -> None:
        """It gets no more; one that was not added is no mistake."""
        self._taps = tuple(one for one in self._taps if one is not tap)

    def play(self, mark: Mark, sound: Sound, picture: Picture | None) -> None:
        """A tick leaves; `picture` is None where it brings no new one. The arrays are read during
        the call."""
        if not self._taps:
            return
        fields = mark.epoch, mark.utterance, int(mark.flags), mark.tick, mark.frame
        heard = little_endian(sound)
        sound_only = tick_frame(SentTick(*fields, heard))
        whole = sound_only
        if picture is not None:
            whole = tick_frame(SentTick(*fields, heard, picture.tobytes()))
        for tap in self._taps:
            tap.tick(whole, sound_only)

    def hush(self, epoch: int) -> None:
        """An interrupt began this epoch."""
        for tap in self._taps:
            tap.hush(hush_frame(epoch))
