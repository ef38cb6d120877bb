"""What crosses each ring: the slot layouts of all rings, declared once.

A layout is a numpy dtype; its digest stands in the ring's segment, so two
processes that disagree about a byte refuse each other. Every slot begins with the
same header. Read by every process; owns nothing.
"""

from enum import IntEnum, IntFlag
from typing import Final

import msgspec
import numpy as np

from data.units import FEATURE_CHUNK, PLAYOUT_CHUNK, PLAYOUT_TICK
from ringbuf import Layout


class Stage(IntEnum):
    """The rows of a header's stamps, in the table's order."""

    INGEST = 0
    FEATURES = 1
    INFERENCE = 2
    COMPOSITOR = 3
    EGRESS = 4


class Flag(IntFlag):
    """Marks that a frame hands on with its sound.

    FIRST and LAST frame of an utterance; BREAK: no more sound follows at once, so
    a sliding window must not wait for its right context; REPEAT: the picture equals the last one;
    SOUND_ONLY: the tick was late and carries no new picture; FINAL: the last tick
    of a recording; IDLE: nobody speaks, and the picture is the idle loop's own.
    """

    FIRST = 1
    LAST = 2
    BREAK = 4
    REPEAT = 8
    SOUND_ONLY = 16
    FINAL = 32
    IDLE = 64


NO_POSE: Final = -1
"""Pose of a face that fits every frame of its clip. Other poses, from 0 on, count the frames
of the clip's endless playing: the face belongs to frame `pose % frames`."""
NO_FACE: Final = -2
"""Pose of a frame whose face could not be rendered: its sound plays, the mouth rests."""

HEADER: Final = [
    ("utterance", np.uint32),
    ("flags", np.uint32),
    ("tick", np.int64),
    ("frame", np.int64),
    ("stamps", np.int64, (len(Stage), 2)),
]
"""utterance: id, 0 for silence. tick: in a picture, the session's tick; before it,
the frame's number within its utterance. frame: in a picture, the number that its sound had
within its utterance, or, with the flag IDLE, which picture it is (`runtime.idle_place`); before it,
0. stamps: CLOCK_MONOTONIC ns at which each
stage took the frame and gave it on, 0 where it did not pass."""


class Shape(msgspec.Struct, frozen=True):
    """What a session's engine and avatar fix: the sizes of its slots. picture: the avatar's. kind:
    what its features are. matte: whether each picture has its matte below it."""

    engine: str
    feature: tuple[int, ...]
    right_ms: int
    face: tuple[int, int]
    picture: tuple[int, int]
    kind: str = ""
    matte: bool = False

    @property
    def sent(self) -> tuple[int, int]:
        """Width and height of the pictures that leave."""
        width, height = self.picture
        return width, 2 * height if self.matte else height


RINGS: Final = ("speech", "sound", "feature", "face", "picture", "mic")
UNINTERRUPTED: Final = frozenset({"mic"})
"""Rings whose frames outlive an interrupt: what a person says is theirs, and it is often
what interrupted. Their epoch stands still."""


def i420(size: tuple[int, int]) -> tuple[int, int]:
    """Shape of the uint8 I420 array of a picture of (width, height), both even."""
    width, height = size
    return height * 3 // 2, width


def layout(ring: str, shape: Shape) -> Layout:
    """The slot layout of one ring in a session of this shape."""
    body: list[tuple[str, type[np.generic]] | tuple[str, type[np.generic], tuple[int, ...]]]
    match ring:
        case "speech":
            body = [("feature", np.float32, (FEATURE_CHUNK,)), ("ear", np.int16, (PLAYOUT_CHUNK,))]
        case "sound":
            body = [("ear", np.int16, (PLAYOUT_CHUNK,))]
        case "feature":
            body = [("feature", np.float32, shape.feature), ("sound", np.int16, (PLAYOUT_TICK,))]
        case "face":  # look: for which of the session's avatars it is, as in SessionSpec
            body = [
                ("pose", np.int64),
                ("look", np.uint32),
                ("face", np.uint8, i420(shape.face)),
                ("sound", np.int16, (PLAYOUT_TICK,)),
            ]
        case "picture":
            body = [
                ("picture", np.uint8, i420(shape.sent)),
                ("sound", np.int16, (PLAYOUT_TICK,)),
            ]
        case "mic":
            body = [("sound", np.float32, (FEATURE_CHUNK,))]
        case _:
            raise ValueError(f"no ring is called {ring!r}; the rings are {', '.join(RINGS)}")
    return Layout(ring, np.dtype([*HEADER, *body], align=True))
