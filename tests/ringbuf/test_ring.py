"""Making, attaching, counting and closing rings."""

import gc
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from ringbuf import Consumer, Control, Handles, Layout, LayoutMismatch, Producer, Ring
from tests.open_files import open_files

MakeRing = Callable[..., Ring]
OTHER = Layout("feature", np.dtype([("mel", "<f4", (80,))]))


def put(producer: Producer, n: int, epoch: int = 0) -> bool:
    view = producer.claim()
    assert view is not None
    view["n"] = n
    return producer.publish(epoch)


def take(consumer: Consumer) -> int | None:
    view = consumer.poll()
    if view is None:
        return None
    n = int(view["n"])
    consumer.release()
    return n


def mappings() -> int:
    return Path("/proc/self/maps").read_text().count("/dev/shm/")


def test_another_layout_is_refused_by_name_and_nothing_is_left_open(make_ring: MakeRing) -> None:
    ring = make_ring(2)
    before = open_files()
    with pytest.raises(LayoutMismatch, match=r"'number' .* expects 'feature'"):
        Ring.attach(Handles(*map(os.dup, ring.handles)), OTHER)
    assert open_files() == before


def test_a_segment_cut_short_is_refused(make_ring: MakeRing) -> None:
    layout = Layout("large", np.dtype([("body", "u1", (8192,))]))
    ring = make_ring(4, layout)
    os.truncate(ring.handles.memory, 16384)
    with pytest.raises(LayoutMismatch, match=r"4 slots in \d+ bytes, the segment has 16384"):
        Ring.attach(Handles(*map(os.dup, ring.handles)), layout)


def test_what_is_no_ring_is_refused(make_ring: MakeRing, control: Control, number: Layout) -> None:
    ring = make_ring(2)
    _, filled, freed = ring.handles
    for memory in (control.fd, filled):
        with pytest.raises(LayoutMismatch, match="not a ring"):
            Ring.attach(Handles(os.dup(memory), os.dup(filled), os.dup(freed)), number)


@pytest.mark.parametrize("slots", [0, -1])
def test_a_ring_without_slots_is_refused(number: Layout, slots: int) -> None:
    with pytest.raises(ValueError, match="at least 1 slot"):
        Ring.create(number, slots)


def test_no_room_in_dev_shm_is_said_at_once_and_leaves_nothing(number: Layout) -> None:
    before = open_files()
    with pytest.raises(OSError, match="/dev/shm has no room"):
        Ring.create(number, 2**36)
    assert open_files() == before


def test_slots_are_aligned_to_cache_lines(make_ring: MakeRing, control: Control) -> None:
    producer = make_ring(3, Layout("odd", np.dtype([("b", "u1", (65,))]))).producer(control)
    places = []
    for _ in range(3):
        view = producer.claim()
        assert view is not None
        places.append(view.__array_interface__["data"][0])
        producer.publish(0)
    assert [place % 64 for place in places] == [0, 0, 0]
    assert places[1] - places[0] == 64 + 128


def test_only_the_maker_hands_a_ring_on(
    make_ring: MakeRing, another: Callable[[Ring], Ring]
) -> None:
    with pytest.raises(ValueError, match="ask its maker"):
        _ = another(make_ring(2)).handles


def test_a_second_end_of_one_kind_is_refused_until_the_first_is_closed(
    make_ring: MakeRing, control: Control
) -> None:
    ring = make_ring(2)
    producer, consumer = ring.producer(control), ring.consumer(control)
    with pytest.raises(RuntimeError, match="has a producer"):
        ring.producer(control)
    with pytest.raises(RuntimeError, match="has a consumer"):
        ring.consumer(control)
    producer.close()
    consumer.close()
    assert put(ring.producer(control), 1)
    assert take(ring.consumer(control)) == 1


def test_counters_are_seen_by_anybody(
    make_ring: MakeRing, another: Callable[[Ring], Ring], control: Control
) -> None:
    ring = make_ring(3)
    producer, consumer = ring.producer(control), another(ring).consumer(control)
    watcher = another(ring)
    for n in range(3):
        put(producer, n)
    assert producer.claim() is None
    assert producer.claim() is None
    assert take(consumer) == 0
    put(producer, 3)
    assert producer.claim() is None
    control.advance()
    put_back = consumer.poll()
    assert put_back is None
    assert watcher.counters() == (4, 1, 3, 2, 0, 3)
    assert watcher.counters()._fields[:4] == ("published", "consumed", "dropped", "stalls")


@pytest.mark.parametrize("start", [2**32 - 5, 2**63 - 5, 2**64 - 50])
def test_indices_past_32_and_63_bits(make_ring: MakeRing, control: Control, start: int) -> None:
    ring = make_ring(4, start=start)
    producer, consumer = ring.producer(control), ring.consumer(control)
    for n in range(40):
        put(producer, n)
        if n % 3 == 2:
            assert [take(consumer) for _ in range(3)] == [n - 2, n - 1, n]
    assert ring.counters() == (40, 39, 0, 0, 1, 4)


def test_a_flush_across_the_32_bit_boundary(make_ring: MakeRing, control: Control) -> None:
    ring = make_ring(6, start=2**32 - 3)
    producer, consumer = ring.producer(control), ring.consumer(control)
    for n in range(4):
        put(producer, n, 0)
    control.advance()
    put(producer, 4, 1)
    assert take(consumer) == 4
    assert ring.counters()[:3] == (5, 1, 4)


def test_close_with_live_views(make_ring: MakeRing, control: Control) -> None:
    ring = make_ring(2)
    producer, consumer = ring.producer(control), ring.consumer(control)
    put(producer, 7)
    view, writable = consumer.poll(), producer.claim()
    assert view is not None
    assert writable is not None
    before = mappings()
    ring.close()
    ring.close()
    assert view["n"] == 7
    writable["n"] = 8
    assert mappings() == before
    del view, writable
    assert mappings() == before - 1


def test_a_closed_ring_says_so(make_ring: MakeRing, control: Control) -> None:
    ring = make_ring(2)
    producer, consumer = ring.producer(control), ring.consumer(control)
    ring.close()
    for use in (
        ring.counters,
        lambda: ring.handles,
        lambda: ring.producer(control),
        producer.claim,
        lambda: producer.publish(0),
        lambda: producer.room,
        consumer.poll,
        consumer.release,
        consumer.is_live,
        lambda: consumer.epoch,
        lambda: consumer.depth,
    ):
        with pytest.raises(ValueError, match="closed"):
            use()


def test_a_thousand_rings_leave_nothing_behind(number: Layout) -> None:
    def one_call() -> None:
        control, ring = Control.create(), Ring.create(number, 8)
        handles = Handles(*map(os.dup, ring.handles))
        peer = Ring.attach(handles, number)
        put(ring.producer(control), 1)
        assert take(peer.consumer(control)) == 1
        with suppress(LayoutMismatch):
            Ring.attach(Handles(*map(os.dup, ring.handles)), OTHER)
        peer.close()
        ring.close()
        control.close()

    one_call()
    gc.collect()
    before = open_files(), mappings(), len(gc.get_objects())
    for _ in range(1000):
        one_call()
    gc.collect()
    assert (open_files(), mappings()) == before[:2]
    assert len(gc.get_objects()) - before[2] < 100
