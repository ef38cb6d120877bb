"""The sliding window: left, middle and right chunks of sound for an encoder that sees both ways.

In: 16 kHz mono float32 sound in multiples of 20 ms. Out: windows of equal length, each with
the ticks whose features are read from its middle. Runs in features; numpy only. A window
owns the sound of its left context and what is still owed, nothing that grows.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNK_MS, CHUNKS_PER_TICK, FEATURE_CHUNK, FEATURE_TICK

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Span:
    """A window's parts, in chunks of 20 ms: context before, the ticks it is for, context after.

    A longer middle means fewer windows and more delay. ValueError unless the middle is whole
    ticks and no part is negative.
    """

    left: int
    middle: int
    right: int

    def __post_init__(self) -> None:
        if min(self.left, self.right) < 0 or self.middle <= 0 or self.middle % CHUNKS_PER_TICK:
            raise ValueError(
                f"a window needs a middle of whole ticks ({CHUNKS_PER_TICK} chunks each) and "
                f"contexts of 0 or more: {self.left}/{self.middle}/{self.right}"
            )

    @property
    def chunks(self) -> int:
        return self.left + self.middle + self.right

    @property
    def samples(self) -> int:
        return self.chunks * FEATURE_CHUNK

    @property
    def ticks(self) -> int:
        """Ticks in the middle."""
        return self.middle // CHUNKS_PER_TICK

    @property
    def right_ms(self) -> int:
        """Sound that the first tick of the middle waits for after its own end."""
        return (self.middle - CHUNKS_PER_TICK + self.right) * CHUNK_MS


SEED: Final = Span(10, 8, 10)
"""What LiveTalking runs by default (its options -l, -m and -r)."""


FIRST_TICKS: Final = 8
"""320 ms: what is made of sound in one window at most before anybody has heard any of it."""


class EncoderWindow(NamedTuple):
    """One window: float32 [n], `span.samples` of them unless it grew; its middle's first `ticks`
    ticks are wanted."""

    sound: Sound
    ticks: int


class SlidingWindow:
    """Cuts one session's sound into windows. Before the first sound there is silence."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.reset()

    def reset(self) -> None:
        """Forget the sound; the left context is silence again."""
        self._sound: Sound = np.zeros(self._span.left * FEATURE_CHUNK, np.float32)

    def push(self, sound: Sound) -> list[EncoderWindow]:
        """Take float32 [n] at 16 kHz, n a multiple of 320; ValueError otherwise.

        Gives the windows that are complete now.
        """
        _require_chunks(sound)
        joined = np.concatenate([self._sound, sound])
        step = self._span.middle * FEATURE_CHUNK
        count = max(0, (len(joined) - self._span.samples) // step + 1)
        self._sound = joined[count * step :].copy()
        return self._pieces(joined, count * self._span.ticks)

    def finish(self) -> list[EncoderWindow]:
        """The windows of the whole ticks still owed, as if silence followed.

        What was really heard stays as the left context of sound that comes later.
        """
        owed = (len(self._sound) - self._span.left * FEATURE_CHUNK) // FEATURE_TICK
        silence = np.zeros(self._span.samples, np.float32)
        joined = np.concatenate([self._sound, silence])
        self._sound = self._sound[owed * FEATURE_TICK :].copy()
        return self._pieces(joined, owed)

    def _pieces(self, sound: Sound, ticks: int) -> list[EncoderWindow]:
        """Windows from the start of `sound` until they cover so many ticks."""
        each = self._span.ticks
        return [
            EncoderWindow(
                sound[done * FEATURE_TICK : done * FEATURE_TICK + self._span.samples].copy(),
                min(each, ticks - done),
            )
            for done in range(0, ticks, each)
        ]


class GrowingWindow:
    """Windows over one session's sound whose middle grows with what is ready.

    The first window of all ticks that are complete, up to `most`, instead of one for each: an
    encoder that is slower than the sound keeps up, because what it owes grows while it works
    and costs it little more. A tick is complete as early as with the span that it is made with,
    and sees what it would see then, and at most more on either side. So its numbers depend on how
    the sound came in: with Whisper tiny.en on speech a tick's rows in a window of four are 0.35
    to 0.53 of their spread from those in a window of one, mostly for where in the window they
    lie (LiveTalking's 10/8/10 is 0.48 to 0.55 away). Where a file's numbers matter, use
    `SlidingWindow`.

    first: what the first window after silence may serve, for its ticks are waited for; each
    later one up to twice the one before, which plays while it is worked on. None for `most`.
    """

    def __init__(self, span: Span, most: int, first: int | None = None) -> None:
        if most < span.ticks:
            raise ValueError(f"{most} ticks are less than the window's own {span.ticks}")
        self._span = span
        self._most = most - most % span.ticks
        self._first = min(self._most, max(span.ticks, first or most))
        self.reset()

    def reset(self) -> None:
        """Forget the sound; the left context is silence again."""
        self._sound: Sound = np.zeros(self._span.left * FEATURE_CHUNK, np.float32)
        self._limit = self._first

    def hear(self, sound: Sound) -> None:
        """Take float32 [n] at 16 kHz, n a multiple of 320; ValueError otherwise."""
        _require_chunks(sound)
        self._sound = np.concatenate([self._sound, sound])

    @property
    def is_full(self) -> bool:
        """True when the next window shall not grow any more."""
        return self._ready() >= self._limit

    def cut(self) -> list[EncoderWindow]:
        """The windows of the ticks that are complete: as few as can be."""
        ready = self._ready()
        if ready:
            self._limit = min(self._most, max(self._first, 2 * ready))
        return self._pieces(self._sound, ready)

    def finish(self) -> list[EncoderWindow]:
        """The windows of the whole ticks still owed, as if silence followed.

        What was really heard stays as the left context of sound that comes later.
        """
        self._limit = self._first
        owed = (len(self._sound) - self._span.left * FEATURE_CHUNK) // FEATURE_TICK
        rounded = -(-owed // self._span.ticks) * self._span.ticks
        after = (rounded - owed) * FEATURE_TICK + self._span.right * FEATURE_CHUNK
        return self._pieces(np.concatenate([self._sound, np.zeros(after, np.float32)]), owed)

    def _ready(self) -> int:
        """Ticks, in whole middles of the span."""
        around = (self._span.left + self._span.right) * FEATURE_CHUNK
        middles = (len(self._sound) - around) // (self._span.middle * FEATURE_CHUNK)
        return max(0, middles) * self._span.ticks

    def _pieces(self, sound: Sound, ticks: int) -> list[EncoderWindow]:
        """Windows from the start of `sound` that cover so many ticks, which are then done."""
        self._sound = self._sound[ticks * FEATURE_TICK :].copy()
        around = (self._span.left + self._span.right) * FEATURE_CHUNK
        pieces = []
        for done in range(0, ticks, self._most):
            wanted = min(self._most, ticks - done)
            middles = -(-wanted // self._span.ticks)
            length = around + middles * self._span.middle * FEATURE_CHUNK
            start = done * FEATURE_TICK
            pieces.append(EncoderWindow(sound[start : start + length].copy(), wanted))
        return pieces


def _require_chunks(sound: Sound) -> None:
    if sound.ndim != 1 or sound.dtype != np.float32 or len(sound) % FEATURE_CHUNK:
        raise ValueError(
            f"sound is pushed as float32 in multiples of {CHUNK_MS} ms ({FEATURE_CHUNK} "
            f"samples), not as {sound.dtype} {list(sound.shape)}"
        )
