"""The sliding window: cut the same however the sound came in, silence only where it ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.units import FEATURE_CHUNK, FEATURE_TICK
from models.face.encoders.window import SEED, EncoderWindow, GrowingWindow, SlidingWindow, Span

SPANS = st.builds(Span, st.integers(0, 4), st.sampled_from([2, 4, 8]), st.integers(0, 5))


def counted(chunks: int, first: int = 1) -> np.ndarray:
    """Sound whose every sample is its own number, so that a shift cannot hide."""
    return np.arange(first, first + chunks * FEATURE_CHUNK, dtype=np.float32)


@settings(max_examples=60, deadline=None)
@given(span=SPANS, parts=st.lists(st.integers(0, 9), max_size=8))
def test_windows_are_the_file_s_however_the_sound_comes_in(span: Span, parts: list[int]) -> None:
    sound = counted(sum(parts))
    window = SlidingWindow(span)
    pieces = []
    at = 0
    for part in parts:
        pieces += window.push(sound[at : at + part * FEATURE_CHUNK])
        at += part * FEATURE_CHUNK
    pieces += window.finish()
    padded = np.concatenate([np.zeros(span.left * FEATURE_CHUNK), sound, np.zeros(span.samples)])
    done = 0
    for piece in pieces:
        start = done * FEATURE_TICK
        np.testing.assert_array_equal(piece.sound, padded[start : start + span.samples])
        assert 1 <= piece.ticks <= span.ticks
        done += piece.ticks
    assert done == sum(parts) // 2


@settings(max_examples=40, deadline=None)
@given(span=SPANS, chunks=st.integers(0, 30))
def test_a_window_leaves_as_soon_as_its_right_context_is_there(span: Span, chunks: int) -> None:
    window = SlidingWindow(span)
    given_ = 0
    for chunk in range(1, chunks + 1):
        given_ += sum(piece.ticks for piece in window.push(counted(1, chunk)))
        whole = max(0, chunk - span.right) // span.middle
        assert given_ == whole * span.ticks


def test_after_the_end_the_left_context_is_what_was_heard() -> None:
    window = SlidingWindow(Span(2, 2, 2))
    window.push(counted(4))
    assert len(window.finish()) == 1
    (piece,) = window.push(counted(4, first=10_000))
    np.testing.assert_array_equal(piece.sound[: 2 * FEATURE_CHUNK], counted(4)[-FEATURE_TICK:])
    assert piece.sound[2 * FEATURE_CHUNK] == 10_000


def test_half_a_tick_waits_for_its_other_half() -> None:
    window = SlidingWindow(Span(0, 2, 0))
    assert [len(window.push(counted(3))), len(window.finish())] == [1, 0]
    (piece,) = window.push(counted(1, first=5_000))
    assert piece.sound[0] == 2 * FEATURE_CHUNK + 1
    assert piece.sound[-1] == 5_000 + FEATURE_CHUNK - 1


def test_reset_forgets() -> None:
    window = SlidingWindow(Span(2, 2, 0))
    window.push(counted(3))
    window.reset()
    (piece,) = window.push(counted(2, first=7))
    assert not piece.sound[: 2 * FEATURE_CHUNK].any()


def test_the_seed_s_window_is_560_ms_and_costs_320() -> None:
    assert (SEED.chunks * 20, SEED.right_ms, SEED.ticks) == (560, 320, 4)


@pytest.mark.parametrize("parts", [(1, 3, 1), (1, 0, 1), (-1, 2, 1), (1, 2, -1)])
def test_a_span_of_half_ticks_or_negative_parts_is_refused(parts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="whole ticks"):
        Span(*parts)


@pytest.mark.parametrize(
    "sound",
    [np.zeros(321, np.float32), np.zeros(320, np.float64), np.zeros((1, 320), np.float32)],
)
def test_sound_of_another_kind_is_refused(sound: np.ndarray) -> None:
    with pytest.raises(ValueError, match="multiples of 20 ms"):
        SlidingWindow(SEED).push(sound)


@settings(max_examples=80, deadline=None)
@given(
    span=SPANS,
    parts=st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=8),
    most=st.integers(4, 9),
)
def test_growing_windows_serve_every_tick_once_with_its_context(
    span: Span, parts: list[tuple[int, bool]], most: int
) -> None:
    """Each part comes in; then, or not, what is ready is cut."""
    chunks = sum(part for part, _ in parts)
    sound = counted(chunks)
    window, at = GrowingWindow(span, most), 0
    pieces: list[EncoderWindow] = []
    for part, cuts in parts:
        window.hear(sound[at : at + part * FEATURE_CHUNK])
        at += part * FEATURE_CHUNK
        ready = (at // FEATURE_CHUNK - span.right) // span.middle * span.ticks
        done = sum(piece.ticks for piece in pieces)
        assert window.is_full == (ready - done >= most - most % span.ticks)
        if cuts:
            pieces += window.cut()
            assert sum(piece.ticks for piece in pieces) == max(0, done, ready)
    pieces += window.finish()
    padded = np.concatenate([np.zeros(span.left * FEATURE_CHUNK), sound, np.zeros(span.samples)])
    done = 0
    for piece in pieces:
        middles = -(-piece.ticks // span.ticks)
        assert len(piece.sound) == span.samples + (middles - 1) * span.middle * FEATURE_CHUNK
        start = done * FEATURE_TICK
        np.testing.assert_array_equal(piece.sound, padded[start : start + len(piece.sound)])
        assert 1 <= piece.ticks <= most
        done += piece.ticks
    assert done == chunks // 2


def test_a_window_of_one_tick_grows_to_no_more_than_it_was_told() -> None:
    window = GrowingWindow(Span(2, 2, 0), 3)
    window.hear(counted(2))
    assert [piece.ticks for piece in window.cut()] == [1]
    window.hear(counted(8))
    assert window.is_full
    assert [piece.ticks for piece in window.cut()] == [3, 1]
    with pytest.raises(ValueError, match="3 ticks are less"):
        GrowingWindow(Span(2, 8, 0), 3)


def test_a_window_is_waited_for_by_at_most_twice_what_plays_meanwhile() -> None:
    window = GrowingWindow(Span(2, 2, 0), 9, first=2)
    for wanted in (2, 4, 8, 9):
        window.hear(counted(2 * wanted - 2))
        before = window.is_full
        window.hear(counted(2))
        assert (before, window.is_full) == (False, True)
        assert [piece.ticks for piece in window.cut()] == [wanted]
    assert not window.finish()
    window.hear(counted(4))
    assert window.is_full, "after silence it begins anew"


def test_after_the_end_a_growing_window_goes_on_with_what_was_heard() -> None:
    window = GrowingWindow(Span(2, 2, 2), 4)
    window.hear(counted(2))
    assert [len(window.cut()), len(window.finish()), len(window.finish())] == [0, 1, 0]
    window.hear(counted(4, first=5_000))
    (piece,) = window.cut()
    assert (piece.sound[0], piece.ticks) == (1, 1)
    window.reset()
    window.hear(counted(4))
    (piece,) = window.cut()
    assert not piece.sound[: 2 * FEATURE_CHUNK].any()
