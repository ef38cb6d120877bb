"""What of a session's speech has been heard, and whether the rest waits: from its control words.

In: a session's control block. Out: whether some sound left already, whether what did not is held.
Used by ingest, the compositor and egress; owns nothing.
"""

from ringbuf import Control
from runtime.control_words import ControlWord


def is_heard(control: Control, utterance: int, frame: int) -> bool:
    """Whether tick `frame` of this utterance has left; utterances grow."""
    last = control.load(ControlWord.HEARD_UTTERANCE)
    if utterance != last:
        return utterance < last
    return frame <= control.load(ControlWord.HEARD_FRAME)


def is_held(control: Control) -> bool:
    """Whether speech waits where it is: a person may be interrupting, or a client asked for it."""
    return bool(control.load(ControlWord.HELD) or control.load(ControlWord.CLIENT_HELD))
