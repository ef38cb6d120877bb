"""Coded packets, as they leave, for whoever wants a copy: a recording, an output, a viewer.

In: the packets that a session's encoders have made, each once. Out: the same, to every `PacketTap`
that was added; what leaves is not encoded again. Runs in the egress process's event loop; owns the
list of taps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from actors.egress.options import VideoCodec


@dataclass(frozen=True, slots=True)
class PicturePacket:
    """data: one H264 access unit in Annex B (before a keyframe its SPS and PPS), or one VP8 frame.
    timestamp: of its tick, tick * VIDEO_TICK, at VIDEO_CLOCK. They go forward and may skip ticks;
    a picture stays until the next. keyframe: decoding may begin here."""

    data: bytes
    timestamp: int
    keyframe: bool


@dataclass(frozen=True, slots=True)
class SoundPacket:
    """data: one Opus packet, mono. timestamp: of its first sample, tick * PLAYOUT_TICK (and one
    chunk more for the second half of a tick), at PLAYOUT_RATE. samples: how many it holds (20 or
    40 ms). A time for which there is none was given up."""

    data: bytes
    timestamp: int
    samples: int


def _nobody(_: bool) -> None:
    """Hears of wishes once the encoders are gone."""


class PacketTap(Protocol):
    """Gets packets in the event loop; neither blocks nor raises, and copies nothing it may keep."""

    def picture(self, packet: PicturePacket) -> None:
        """A coded picture leaves."""
        ...

    def sound(self, packet: SoundPacket) -> None:
        """A coded piece of sound leaves. The sound of a tick comes before its picture, which is
        longer in its encoder."""
        ...


class PacketTaps:
    """Who gets a copy of what one pair of encoders makes; a sink that has such has this."""

    def __init__(self, size: tuple[int, int], on_keyframe_wanted: Callable[[bool], None]) -> None:
        """`size` is the pictures' (width, height). `on_keyframe_wanted` hears of each
        `ask_keyframe`, and whether it is needed."""
        self.size = size
        self.codec: VideoCodec | None = None
        """Of the pictures; None until it is known, which is before the first packet."""
        self._on_keyframe_wanted = on_keyframe_wanted
        self._taps: tuple[PacketTap, ...] = ()

    def add(self, tap: PacketTap) -> None:
        """It gets every packet from now on: pictures that it cannot decode until a keyframe."""
        self._taps = (*self._taps, tap)

    def remove(self, tap: PacketTap) -> None:
        """It gets no more; one that was not added is no mistake."""
        self._taps = tuple(one for one in self._taps if one is not tap)

    def ask_keyframe(self, *, needed: bool = True) -> None:
        """Have one of the next pictures be a keyframe. `needed`: without it nothing can be shown;
        else it is a convenience, which a narrow way is spared."""
        self._on_keyframe_wanted(needed)

    def picture(self, packet: PicturePacket) -> None:
        """The encoder made a picture."""
        for tap in self._taps:
            tap.picture(packet)

    def sound(self, packet: SoundPacket) -> None:
        """The encoder made a piece of sound."""
        for tap in self._taps:
            tap.sound(packet)

    def close(self) -> None:
        """The encoders are gone: forget who gets packets, and who makes keyframes."""
        self._taps, self._on_keyframe_wanted = (), _nobody
