"""Which clip a session's body shows at each frame of its endless playing.

In: switches, from the compositor. Out: the segment of any frame, for the compositor and for
inference, which renders faces ahead. The segments lie in a few words of the session's control
block: one writer, any reader, no lock. A switch that is planned for later is there already, so a
face that is rendered ahead is rendered for what will be seen. Owns nothing.
"""

from typing import Final, NamedTuple

from ringbuf import Control
from runtime.control_words import ControlWord

IDLE: Final = 0
"""The clip of a session that shows no action; others count from 1, as in `SessionSpec.actions`."""
SEGMENTS: Final = 4
"""What is shown, what comes then, and room for what was shown before."""
_CLIP_BITS: Final = 8
MOST_CLIPS: Final = (1 << _CLIP_BITS) - 1


class ShownSegment(NamedTuple):
    """From frame `begin` on, `clip` is shown, first its place `offset`."""

    begin: int
    clip: int
    offset: int

    def place(self, frame: int) -> int:
        """How far the clip is at this frame; it counts on over the clip's end."""
        return frame - self.begin + self.offset


WHOLE: Final = ShownSegment(0, IDLE, 0)
"""The idle loop from the beginning: what a new session's words, all 0, say."""


class BodyTimeline:
    """The segments of one session."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def at(self, frame: int) -> ShownSegment:
        """The segment that this frame belongs to."""
        return max(
            (segment for segment in self.segments() if segment.begin <= frame),
            key=lambda segment: segment.begin,
            default=WHOLE,
        )

    def switch(self, segment: ShownSegment) -> None:
        """Show this from its begin on; what was planned from there on is dropped. Only the
        compositor does."""
        held = self.segments()
        for number, other in enumerate(held):
            if other.begin >= segment.begin:
                self._control.store(_begin_word(number), 0)
        held = self.segments()
        oldest = min(range(SEGMENTS), key=lambda number: held[number].begin)
        self._control.store(_offset_word(oldest), segment.offset)
        self._control.store(_begin_word(oldest), segment.begin << _CLIP_BITS | segment.clip)

    def segments(self) -> list[ShownSegment]:
        """All, in no order; some may be over, or `WHOLE`."""
        return [self._read(number) for number in range(SEGMENTS)]

    def _read(self, number: int) -> ShownSegment:
        """One that is over may be read half, for another takes its place; it is asked for no
        more."""
        packed = self._control.load(_begin_word(number))
        begin, clip = packed >> _CLIP_BITS, packed & MOST_CLIPS
        offset = self._control.load(_offset_word(number))
        return ShownSegment(begin, clip, offset) if packed else WHOLE


def _begin_word(number: int) -> int:
    return ControlWord.BODY_TIMELINE + 2 * number


def _offset_word(number: int) -> int:
    return ControlWord.BODY_TIMELINE + 2 * number + 1
