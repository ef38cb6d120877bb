"""The words of a session's control block: who writes each, who reads it.

The block is shared memory (ringbuf.Control), made by the supervisor when a session
opens. Its epoch is the interrupt; these words are the rest. Owns nothing.
"""

from enum import IntEnum


class ControlWord(IntEnum):
    """Index of each int64 word.

    START: CLOCK_MONOTONIC ns of tick 0; the compositor writes it once, and a
    restarted compositor goes on from it. TICK: last tick composed (compositor).
    PLAYOUT_UTTERANCE: utterance whose sound left last, 0 in silence (egress); this is
    what `is_speaking` reads. PLAYOUT_TICK: last tick that left (egress).
    FRAME: frame of the clip's endless playing that the next tick shows if nobody speaks
    (compositor); inference renders posed faces for it. HELD: not 0 while the face holds its
    tongue (ingest): the compositor shows the idle clip and leaves the faces where they are, so
    that all that is upstream waits too, and speech goes on where it was. HEARD_UTTERANCE and
    HEARD_FRAME: the utterance whose sound left last, also in the silence after it, and the
    number of that tick within it (egress); ingest reads them to know what a person has heard.
    STAND_IN_END: one past the last tick that egress made itself because the compositor did not
    (egress); the compositor makes no tick below it any more. STANDS_IN: not 0 while what is heard
    comes straight from ingest and the faces have to catch up with it (egress).
    CLIENT_HELD: as HELD, but a client asked for it (supervisor); an interrupt ends it.
    TURN: number of the person's last turn (ingest); a restarted ingest counts on from it.
    CONNECTED: not 0 once the client was connected (egress); until then speech waits, as while
    HELD, for as long as the setting `listener_wait_ms` says.
    BODY_TIMELINE: the first of the block's last eight words, those of `runtime.body_timeline`
    (compositor): which clip is shown from which frame on.
    """

    START = 0
    TICK = 1
    PLAYOUT_UTTERANCE = 2
    PLAYOUT_TICK = 3
    FRAME = 4
    HELD = 5
    HEARD_UTTERANCE = 6
    HEARD_FRAME = 7
    CONNECTED = 8
    STAND_IN_END = 9
    STANDS_IN = 10
    TURN = 11
    CLIENT_HELD = 12
    BODY_TIMELINE = 24
