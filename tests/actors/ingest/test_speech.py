"""Marks of an utterance, and when its sound is made."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from actors.ingest.speech import Marked, marked, played, spoken
from data.units import CHUNKS_PER_TICK, EAR_CHUNK, EAR_RATE, FEATURE_CHUNK
from models.sound.chunks import Chunk
from models.sound.decode import open_sound
from models.sound.errors import UnreadableSound
from runtime.layouts import Flag
from tests.actors.ingest.sounds import wav

FIRST, LAST, BREAK, NONE = Flag.FIRST, Flag.LAST, Flag.BREAK, Flag(0)
Pieces = list[list[int]]
"""One run: pieces of numbered chunks."""


def chunk(number: int) -> Chunk:
    ear = np.full(EAR_CHUNK, number, np.int16)
    return Chunk(np.full(FEATURE_CHUNK, number, np.float32), ear)


def mark_all(runs: list[Pieces]) -> list[Marked]:
    batches = marked([[chunk(number) for number in piece] for piece in run] for run in runs)
    return [one for batch in batches for one in batch]


def flags_of(runs: list[Pieces]) -> list[Flag]:
    return [one.flags for one in mark_all(runs)]


def test_sentences_end_in_breaks_and_a_silent_tick_ends_it_all() -> None:
    assert flags_of([[[1, 2], [3]], [[4], [5, 6]]]) == [
        *(FIRST, NONE, BREAK),
        *(NONE, NONE, BREAK),
        *(NONE, LAST | BREAK),
    ]


def test_a_single_chunk_bears_first_and_break() -> None:
    assert flags_of([[[1]]]) == [FIRST | BREAK, NONE, LAST | BREAK]


@pytest.mark.parametrize("runs", [[], [[]], [[[]], [[], []]]])
def test_without_any_sound_the_silent_tick_is_first_and_last(runs: list[Pieces]) -> None:
    assert flags_of(runs) == [FIRST, LAST | BREAK]


def test_empty_sentences_in_between_leave_no_mark() -> None:
    assert flags_of([[[]], [[1], []], [], [[2]], [[]]]) == [
        *(FIRST | BREAK, BREAK),
        *(NONE, LAST | BREAK),
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.lists(st.integers(min_value=1, max_value=99), max_size=4), max_size=4),
        max_size=4,
    )
)
def test_no_chunk_is_lost_and_each_mark_stands_where_it_must(runs: list[Pieces]) -> None:
    found = mark_all(runs)
    said = [[number for piece in run for number in piece] for run in runs]
    heard = [int(one.chunk.ear[0]) for one in found]
    assert heard == [number for run in said for number in run] + [0] * CHUNKS_PER_TICK
    assert [at for at, one in enumerate(found) if FIRST in one.flags] == [0]
    assert [at for at, one in enumerate(found) if LAST in one.flags] == [len(found) - 1]
    ends = np.cumsum([len(run) for run in said if run] + [CHUNKS_PER_TICK]) - 1
    assert [at for at, one in enumerate(found) if BREAK in one.flags] == ends.tolist()


def test_chunks_leave_as_soon_as_their_marks_are_known() -> None:
    made: list[int] = []

    def run() -> Iterator[list[Chunk]]:
        for number in range(1, 4):
            made.append(number)
            yield [chunk(number)]

    batches = marked([run()])
    assert [int(one.chunk.ear[0]) for one in next(batches)] == [1]
    assert made == [1, 2]


class Humming:
    """A voice that says one level for every letter, and writes down what it was asked."""

    name = "humming"
    rate = EAR_RATE
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []

    def unspeakable(self, sentence: str) -> str:
        return ""

    def speak(self, sentence: str, speed: float = 1.0) -> Iterator[NDArray[np.float32]]:
        self.asked.append((sentence, speed))
        for _ in sentence:
            yield np.full(EAR_CHUNK * CHUNKS_PER_TICK, 0.5, np.float32)


def test_a_sentence_is_synthesised_when_its_turn_comes() -> None:
    voice = Humming()
    batches = marked(spoken([(voice, "ab"), (voice, "c")], 1.5))
    assert voice.asked == []
    next(batches)
    assert voice.asked == [("ab", 1.5)]
    rest = list(batches)
    assert voice.asked == [("ab", 1.5), ("c", 1.5)]
    assert [one.flags for one in rest[-1]] == [NONE, LAST | BREAK]
    assert sum(BREAK in one.flags for batch in rest for one in batch) == 3


def closed(sound: Any) -> bool:
    """Whether a decoder refuses to go on."""
    try:
        return not list(sound.chunks())
    except (UnreadableSound, AssertionError, ValueError):
        return True


def test_a_file_is_one_run_and_is_closed_at_its_end() -> None:
    sound = open_sound(BytesIO(wav(seconds=0.1)), max_seconds=1)
    found = [one for batch in marked(played(sound)) for one in batch]
    assert [one.flags for one in found] == [
        *(FIRST, NONE, NONE, NONE, NONE, BREAK),
        *(NONE, LAST | BREAK),
    ]
    assert np.abs(found[1].chunk.ear).max() > 1000
    assert closed(sound)


def test_a_file_is_closed_when_nobody_wants_the_rest() -> None:
    sound = open_sound(BytesIO(wav(seconds=2.0)), max_seconds=3)
    batches = marked(played(sound))
    next(batches)
    assert isinstance(batches, Iterator)
    del batches
    assert closed(sound)
