"""What was asked in a session and what was heard of the answers, as it crosses the control channel.

The supervisor keeps it, for the process that speaks may die and its session goes on; ingest gets it
with OpenSession and sends it to the language model. Types and one rule; owns nothing.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

WHOLE: Final = -1
NOTHING: Final = -2
BEFORE: Final = 0
"""The number of an utterance of an earlier life or session; a session's begin with 1."""


class Caption(NamedTuple):
    """A sentence or a word (`kind`); times in ms from the utterance's start, end 0 if unknown."""

    kind: str
    text: str
    start_ms: int
    end_ms: int


class Exchange(msgspec.Struct):
    """What a person asked, and what was said of the answer to it. until: the tick of the answer
    up to which it was heard, or WHOLE, or NOTHING."""

    utterance: int
    text: str
    captions: list[Caption] = []
    until: int = WHOLE


def cut(exchanges: Iterable[Exchange], utterance: int, frame: int) -> None:
    """The ear was at this tick of this utterance when everything was stopped."""
    for exchange in exchanges:
        if exchange.until != WHOLE or exchange.utterance == BEFORE:
            continue
        if exchange.utterance == utterance:
            exchange.until = frame
        elif exchange.utterance > utterance:
            exchange.until = NOTHING
