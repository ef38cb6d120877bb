"""What a person says in a conversation of ten turns, and when.

In: nothing. Out: lines, and their sound, float32 [n] at 48 kHz, for a microphone that plays a file.
Runs in the benchmark's process; owns a voice while the sound is made.
"""

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_RATE, PLAYOUT_RATE
from models.sound.resample import FILE_QUALITY, Resampler
from perf.sessions.turn_sounds import Speaker, noises

Kind = Literal["plain", "pause", "thinks", "story", "talks over", "cough", "cough over the answer"]
LEAD: Final = 2.0
FULL: Final = 32768


class Line(NamedTuple):
    """text: what is said, a pause at "|". pause_ms: its length. after: seconds until the next line
    begins, from the begin of this one."""

    kind: Kind
    text: str
    after: float
    pause_ms: float = 0.0

    @property
    def asks(self) -> bool:
        """Whether it is a turn, not a noise."""
        return not self.kind.startswith("cough")


def script() -> list[Line]:
    """Ten turns and two coughs."""
    return [
        Line("plain", "What time is it now?", 6.0),
        Line("plain", "Where do you come from?", 6.0),
        Line("pause", "How much does the | blue one cost?", 7.0, 600.0),
        Line("cough", "", 5.0),
        Line("plain", "What is the capital of France?", 6.0),
        Line("story", "Please tell me a story.", 7.0),
        Line("talks over", "Wait, stop now. Do you know how to cook rice?", 8.0),
        Line("thinks", "I want to go to the | museum of modern art.", 9.0, 1200.0),
        Line("plain", "Can you tell me about the weather?", 2.5),
        Line("cough over the answer", "", 6.0),
        Line("plain", "Sorry, could you say that again?", 7.0),
        Line("plain", "How much does the blue one cost?", 7.0),
    ]


def sound_of(lines: list[Line]) -> NDArray[np.float32]:
    """All lines one after another, each `after` seconds behind the one before."""
    speaker, coughs = Speaker(), noises()
    seconds = LEAD + sum(line.after for line in lines)
    whole = np.zeros(round(seconds * FEATURE_RATE), np.float32)
    at = LEAD
    for line in lines:
        if not line.asks:
            sound = coughs["cough"]
        elif line.pause_ms:
            first, rest = line.text.split(" | ")
            sound = speaker.paused(first, rest, line.pause_ms).sound
        else:
            sound = speaker.say(line.text).sound
        begin = round(at * FEATURE_RATE)
        whole[begin : begin + len(sound)] += sound.astype(np.float32) / FULL
        at += line.after
    resampler = Resampler(FEATURE_RATE, PLAYOUT_RATE, FILE_QUALITY)
    return np.concatenate([resampler.push(whole), resampler.finish()])
