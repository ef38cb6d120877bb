"""What of a session's speech has been heard, from the words that egress keeps.

In: a session's control block. Out: whether some sound left already. Used by ingest,
the compositor and egress; owns nothing.
"""

from ringbuf import Control
from runtime.control_words import ControlWord


def is_heard(control: Control, utterance: int, frame: int) -> bool:
    """Whether tick `frame` of this utterance has left; utterances grow."""
    last = control.load(ControlWord.HEARD_UTTERANCE)
    if utterance != last:
        return utterance < last
    return frame <= control.load(ControlWord.HEARD_FRAME)
