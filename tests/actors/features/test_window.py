"""The sliding window: every feature leaves with the sound of its own tick."""

from collections.abc import Iterable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from actors.features.window import Tick, Window
from data.units import CHUNKS_PER_TICK, FEATURE_CHUNK, PLAYOUT_CHUNK
from models.face.mel import RIGHT_MS, MelStream
from runtime.layouts import Flag, layout
from tests.actors.session_rig import NO_FLAGS, SHAPE, marked

RIGHT_TICKS = RIGHT_MS // 40
SPEECH = layout("speech", SHAPE).dtype


def feature_of(number: int) -> NDArray[np.float32]:
    """Noise of its own for every chunk."""
    random = np.random.default_rng(number)
    return random.uniform(-0.5, 0.5, FEATURE_CHUNK).astype(np.float32)


class Spoken:
    """A window that is fed numbered chunks; a chunk's sound is its number."""

    def __init__(self) -> None:
        self.window = Window(MelStream())
        self.window.reset()
        self.number = 0
        self.ticks: list[Tick] = []

    def hear(self, flags: Flag = NO_FLAGS) -> list[Tick]:
        """The ticks that one more chunk completes."""
        slot = np.zeros((), SPEECH)
        slot["ear"] = self.number
        slot["feature"] = feature_of(self.number)
        mark = marked(flags=flags, tick=self.number)
        made = list(self.window.take(slot, mark))
        self.number += 1
        self.ticks += made
        return made

    def run(self, chunks: int) -> None:
        """So many chunks, the last with BREAK."""
        for left in range(chunks, 0, -1):
            self.hear(Flag.BREAK if left == 1 else Flag(0))


def chunks_of(tick: Tick) -> list[int]:
    """The numbers of the chunks that are a tick's sound."""
    halves = tick.sound.reshape(CHUNKS_PER_TICK, PLAYOUT_CHUNK)
    assert (halves == halves[:, :1]).all()
    return [int(half[0]) for half in halves]


def expected(runs: Iterable[list[int]]) -> list[NDArray[np.float32]]:
    """What the stream itself says of the same sound, each run filled up to whole ticks."""
    stream, features = MelStream(), []
    for run in runs:
        sound = [feature_of(number) for number in run]
        sound += [np.zeros(FEATURE_CHUNK, np.float32)] * (len(run) % CHUNKS_PER_TICK)
        features += stream.push(np.concatenate(sound))
        features += stream.finish()
    return features


def test_a_tick_waits_for_its_right_context() -> None:
    spoken = Spoken()
    before = (1 + RIGHT_TICKS) * CHUNKS_PER_TICK - 1
    assert not any(spoken.hear() for _ in range(before))
    (tick,) = spoken.hear()
    assert chunks_of(tick) == [0, 1]


def test_break_gives_all_that_is_left() -> None:
    spoken = Spoken()
    for _ in range(7):
        spoken.hear()
    made = spoken.hear(Flag.BREAK)
    assert [chunks_of(tick) for tick in made] == [[2, 3], [4, 5], [6, 7]]


def test_half_a_tick_before_a_break_is_filled_with_silence() -> None:
    spoken = Spoken()
    spoken.run(3)
    spoken.run(2)
    assert [chunks_of(tick) for tick in spoken.ticks] == [[0, 1], [2, 0], [3, 4]]


def test_a_tick_has_the_marks_of_both_its_chunks() -> None:
    spoken = Spoken()
    spoken.hear(Flag.FIRST)
    spoken.hear()
    spoken.hear(Flag.LAST)
    spoken.hear(Flag.BREAK)
    assert [tick.mark.flags for tick in spoken.ticks] == [Flag.FIRST, Flag.LAST | Flag.BREAK]
    assert [tick.mark.tick for tick in spoken.ticks] == [0, 1]


def test_reset_forgets_the_sound_and_the_left_context() -> None:
    spoken = Spoken()
    for _ in range(5):
        spoken.hear(Flag.FIRST)
    spoken.window.reset()
    spoken.ticks.clear()
    spoken.run(4)
    assert [chunks_of(tick) for tick in spoken.ticks] == [[5, 6], [7, 8]]
    assert not any(tick.mark.flags & Flag.FIRST for tick in spoken.ticks)
    for tick, feature in zip(spoken.ticks, expected([[5, 6, 7, 8]]), strict=True):
        np.testing.assert_array_equal(tick.feature, feature)


@settings(deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=6))
def test_every_feature_leaves_with_its_own_sound(lengths: list[int]) -> None:
    spoken = Spoken()
    runs: list[list[int]] = []
    for length in lengths:
        runs.append(list(range(spoken.number, spoken.number + length)))
        spoken.run(length)
    pairs = [
        (run + [0] * (len(run) % CHUNKS_PER_TICK))[at : at + CHUNKS_PER_TICK]
        for run in runs
        for at in range(0, len(run), CHUNKS_PER_TICK)
    ]
    assert [chunks_of(tick) for tick in spoken.ticks] == pairs
    for tick, feature in zip(spoken.ticks, expected(runs), strict=True):
        np.testing.assert_allclose(tick.feature, feature, atol=1e-5)
