"""Which voices run on one clock, and how late each clock is.

In: clips. Out: offsets. Pure; owns nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from data.build.mouth.onsets import FEWEST, Offset, measured
from data.build.mouth.spoken_clip import SpokenClip

UNTIMED: Final = frozenset({"recorded"})
"""Kinds of which the order of the phones is known, and no times."""
LOOSE: Final = frozenset({"hibari", "kokoro", "kokoro-english", "piper"}) | UNTIMED
"""Kinds whose phone times are to be found in their sound: those of the others that are not exact
come from a network that guessed them when it learned to speak."""
_ONE_CLOCK: Final = frozenset({"espeak", "kokoro", "kokoro-english", "noise"})
_NONE: Final = Offset(0, 0.0, 0.0)


@dataclass(frozen=True)
class Offsets:
    """The offset of each clock."""

    table: Mapping[str, Offset]

    def of(self, clip: SpokenClip) -> Offset:
        """Of the clip's clock; none where none was measured."""
        return self.table.get(voice(clip), _NONE)

    def late(self, clip: SpokenClip) -> float:
        """Seconds by which to move the clip's times."""
        found = self.of(clip)
        return found.median / 1000 if found.count >= FEWEST else 0.0


def voice(clip: SpokenClip) -> str:
    """What shares one offset: eSpeak's variants run on one clock, Kokoro's voices on another."""
    return clip.kind if clip.kind in _ONE_CLOCK else f"{clip.kind} {clip.voice}"


def voice_offsets(clips: Iterable[SpokenClip]) -> Offsets:
    """The offset of each voice."""
    by_voice: dict[str, list[SpokenClip]] = defaultdict(list)
    for clip in clips:
        by_voice[voice(clip)].append(clip)
    return Offsets({name: measured(group) for name, group in by_voice.items()})
