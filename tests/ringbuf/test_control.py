"""The control block: one epoch, 32 words, one owner of each descriptor."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringbuf import WORDS, Control, LayoutMismatch, Ring


def test_an_epoch_begins_at_zero_and_every_process_sees_it_grow(control: Control) -> None:
    other = Control.attach(os.dup(control.fd))
    assert (control.epoch, other.epoch) == (0, 0)
    assert control.advance() == 1
    assert other.advance() == 2
    assert control.epoch == other.epoch == 2
    other.close()
    assert control.epoch == 2


@given(st.integers(0, WORDS - 1), st.integers(-(2**63), 2**63 - 1))
def test_words_hold_what_was_stored(word: int, value: int) -> None:
    block = Control.create()
    other = Control.attach(os.dup(block.fd))
    block.store(word, value)
    assert [other.load(w) for w in range(WORDS)] == [value * (w == word) for w in range(WORDS)]
    assert other.epoch == 0
    other.close()
    block.close()


@pytest.mark.parametrize("word", [-1, WORDS])
def test_there_are_no_other_words(control: Control, word: int) -> None:
    with pytest.raises(IndexError, match="words 0 to 31"):
        control.load(word)
    with pytest.raises(IndexError, match="words 0 to 31"):
        control.store(word, 1)


def test_a_value_of_more_than_64_bits_is_refused(control: Control) -> None:
    with pytest.raises(OverflowError):
        control.store(0, 2**63)


def test_what_is_no_control_block_is_refused_and_its_descriptor_closed(
    make_ring: Callable[..., Ring],
) -> None:
    ring = make_ring(2)
    for fd in (os.dup(ring.handles.memory), os.dup(ring.handles.filled)):
        with pytest.raises(LayoutMismatch, match="not a control block"):
            Control.attach(fd)
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(fd)


def test_closing_twice_is_once_and_a_closed_block_says_so() -> None:
    block = Control.create()
    fd = block.fd
    block.close()
    block.close()
    assert block.fd == -1
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(fd)
    with pytest.raises(ValueError, match="closed"):
        block.advance()
    with pytest.raises(ValueError, match="closed"):
        block.load(0)


def test_a_ring_outlives_its_control_block(make_ring: Callable[..., Ring]) -> None:
    block = Control.create()
    producer = make_ring(1).producer(block)
    block.close()
    assert producer.claim() is not None
    assert producer.publish(0)
