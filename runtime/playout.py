"""What of a session's speech has been heard, from the words that egress keeps.

In: a session's control block. Out: whether some sound left already. Used by ingest and by egress;
owns nothing.
"""

from data.units import CHUNKS_PER_TICK
from ringbuf import Control
from runtime.control_words import ControlWord


def is_heard(control: Control, utterance: int, chunk: int) -> bool:
    """Whether the tick with chunk `chunk` of this utterance has left; utterances grow."""
    last = control.load(ControlWord.HEARD_UTTERANCE)
    if utterance != last:
        return utterance < last
    return chunk // CHUNKS_PER_TICK <= control.load(ControlWord.HEARD_FRAME)
