"""Whether the voice in the microphone is the face's own, come back through a loudspeaker.

In: where a voice began, what was heard since, and what was played. Out: yes or no. Runs in ingest
where the browser cancels no echo; owns nothing.
"""

from typing import Final

from actors.ingest.played_sound import PlayedSound
from data.units import FEATURE_RATE
from models.hearing.echo import ECHO, likeness
from models.hearing.recent_sound import RecentSound

_PER_MS: Final = FEATURE_RATE // 1000
LONGEST: Final = 1000 * _PER_MS
"""Samples of a voice that are compared, its last ones."""
DELAY: Final = 1000 * _PER_MS
"""Samples by which an echo may be late: the way to the client and back, its buffers, the room."""


LOOK: Final = 400 * _PER_MS
"""Samples by which a person is known who speaks over an echo."""
LOOK_WINDOWS: Final = 6
DOUBTS: Final = 2
"""Looks that find no echo before it counts as over: between words there is little of it."""


class EchoGate:
    """Of one session."""

    def __init__(self, recent: RecentSound, played: PlayedSound) -> None:
        self._recent, self._played = recent, played
        self._windows = self._doubts = 0

    def is_talked_over(self, at: int) -> bool:
        """Asked of each voiced window of what was an echo so far, `at` the sample where it ends:
        whether somebody else speaks by now."""
        self._windows += 1
        if self._windows % LOOK_WINDOWS:
            return False
        self._doubts = 0 if self.is_echo(at - LOOK) else self._doubts + 1
        return self._doubts >= DOUBTS

    def is_echo(self, start: int, end: int | None = None) -> bool:
        """Whether the voice from sample `start` on is an echo; one with a louder voice over it is
        none."""
        heard = self._recent.exact(start, end)[-LONGEST:]
        return likeness(heard, self._played.last(len(heard) + DELAY)) >= ECHO
