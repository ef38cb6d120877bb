"""One thing that a session says, on its way to be said.

Made in ingest for each request; the line speaks it. Owns what its batches come from, which
`free` gives up.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from actors.ingest.speech_frames import ChunkBatch
from data.units import TICK_MS
from runtime.exchange import WHOLE, Caption


@dataclass
class UtteranceTimes:
    """When an utterance took each step (CLOCK_MONOTONIC ns, 0: not taken); see TurnTiming."""

    asked: int
    voice: str = ""
    voice_end: int = 0
    turn_end: int = 0
    words_asked: int = 0
    transcript: int = 0
    first_token: int = 0
    first_sentence: int = 0
    first_sound: int = 0


def _nothing() -> None:
    """There is nothing to give up."""


@dataclass(frozen=True)
class Utterance:
    """One request's speech. free: called once, when it was said or will not be."""

    number: int
    epoch: int
    batches: AsyncGenerator[ChunkBatch]
    steps: UtteranceTimes
    free: Callable[[], None] = _nothing
    captions: list[Caption] = field(default_factory=list)
    """Those that were told, in order: what `heard` is found from."""


def heard(captions: list[Caption], frame: int) -> str:
    """The text of an utterance that a person heard up to tick `frame` of it; WHOLE: all.

    A sentence whose next one has begun was heard; of the last one, the words that began."""
    told = [caption for caption in captions if caption.kind == "sentence"]
    if frame == WHOLE:
        return " ".join(caption.text for caption in told)
    until_ms = (frame + 1) * TICK_MS
    begun = [caption for caption in told if caption.start_ms < until_ms]
    if not begun:
        return ""
    *over, last = begun
    words = [
        caption
        for caption in captions
        if caption.kind == "word" and last.start_ms <= caption.start_ms
    ]
    following = next((c.start_ms for c in told if c.start_ms > last.start_ms), None)
    mine = [word for word in words if following is None or word.start_ms < following]
    spoken = [word for word in mine if word.start_ms < until_ms]
    part = last.text if len(spoken) == len(mine) else _up_to(last.text, [w.text for w in spoken])
    return " ".join(text for text in (*(caption.text for caption in over), part) if text)


def _up_to(sentence: str, words: list[str]) -> str:
    """The beginning of the sentence that ends with the last of `words`, found in order."""
    at = 0
    for word in words:
        found = sentence.find(word, at)
        if found >= 0:
            at = found + len(word)
    return sentence[:at]
