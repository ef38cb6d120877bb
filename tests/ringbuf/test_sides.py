"""claim, publish, poll, release: what each returns and refuses, without any waiting."""

from collections.abc import Callable

import numpy as np
import pytest

from ringbuf import Consumer, Control, Producer, Ring, _ring, header, segment

MakeRing = Callable[..., Ring]


@pytest.fixture
def ends(make_ring: MakeRing, control: Control) -> tuple[Producer, Consumer]:
    ring = make_ring(4)
    return ring.producer(control), ring.consumer(control)


def put(producer: Producer, n: int, epoch: int) -> bool:
    view = producer.claim()
    assert view is not None
    view["n"] = n
    return producer.publish(epoch)


def test_a_frame_is_a_view_without_dimensions_of_the_same_memory(
    ends: tuple[Producer, Consumer],
) -> None:
    producer, consumer = ends
    written = producer.claim()
    assert written is not None
    assert written.shape == ()
    assert written.flags.writeable
    assert consumer.poll() is None
    producer.publish(0)
    read = consumer.poll()
    assert read is not None
    assert read.shape == ()
    written["n"] = 5
    assert read["n"] == 5


def test_a_reader_cannot_write(ends: tuple[Producer, Consumer]) -> None:
    producer, consumer = ends
    put(producer, 1, 0)
    view = consumer.poll()
    assert view is not None
    with pytest.raises(ValueError, match="read-only"):
        view["n"] = 2
    with pytest.raises(ValueError, match="WRITEABLE"):
        view.flags.writeable = True


def test_the_same_slot_until_published_and_the_same_frame_until_released(
    ends: tuple[Producer, Consumer],
) -> None:
    producer, consumer = ends
    assert producer.claim() is producer.claim()
    put(producer, 1, 0)
    put(producer, 2, 0)
    assert consumer.poll() is consumer.poll()
    consumer.release()
    view = consumer.poll()
    assert view is not None
    assert view["n"] == 2


def test_misuse_is_refused(ends: tuple[Producer, Consumer]) -> None:
    producer, consumer = ends
    with pytest.raises(RuntimeError, match="without a claim"):
        producer.publish(0)
    with pytest.raises(RuntimeError, match="no frame in hand"):
        consumer.release()
    with pytest.raises(RuntimeError, match="no frame in hand"):
        _ = consumer.epoch
    assert not consumer.is_live()


def test_a_stale_publish_is_not_seen_and_its_slot_is_used_again(
    ends: tuple[Producer, Consumer], control: Control
) -> None:
    producer, consumer = ends
    view = producer.claim()
    control.advance()
    assert not producer.publish(0)
    assert consumer.poll() is None
    assert consumer.depth == 0
    assert producer.claim() is view


def test_epochs_never_decrease_and_never_run_ahead(
    ends: tuple[Producer, Consumer], control: Control
) -> None:
    producer, consumer = ends
    control.advance()
    assert put(producer, 1, 1)
    with pytest.raises(ValueError, match="epoch 0 after epoch 1"):
        put(producer, 2, 0)
    with pytest.raises(ValueError, match="epoch 2 has not begun"):
        put(producer, 2, 2)
    with pytest.raises(OverflowError):
        put(producer, 2, -1)
    assert put(producer, 3, 1)
    assert consumer.depth == 2


def test_an_epoch_may_come_from_an_array(ends: tuple[Producer, Consumer], control: Control) -> None:
    control.advance()
    view = ends[0].claim()
    assert view is not None
    assert ends[0].publish(np.uint64(1))  # type: ignore[arg-type]  # what a header field holds


@pytest.mark.parametrize("slots", [1, 2, 5])
def test_the_next_producer_goes_on_from_the_last_published_epoch(
    make_ring: MakeRing, control: Control, slots: int
) -> None:
    ring = make_ring(slots)
    control.advance()
    first = ring.producer(control)
    put(first, 1, 1)
    first.close()
    consumer = ring.consumer(control)
    consumer.poll()
    consumer.release()
    with pytest.raises(ValueError, match="epoch 0 after epoch 1"):
        put(ring.producer(control), 2, 0)


def test_a_frame_in_hand_whose_epoch_ends_is_dropped_at_the_next_poll(
    ends: tuple[Producer, Consumer], control: Control
) -> None:
    producer, consumer = ends
    put(producer, 1, 0)
    put(producer, 2, 0)
    consumer.poll()
    assert consumer.is_live()
    control.advance()
    assert not consumer.is_live()
    assert consumer.epoch == 0
    assert consumer.poll() is None
    assert producer.room == 4
    with pytest.raises(RuntimeError, match="no frame in hand"):
        consumer.release()


def test_a_frame_in_hand_whose_epoch_ends_may_still_be_released(
    ends: tuple[Producer, Consumer], control: Control
) -> None:
    producer, consumer = ends
    put(producer, 1, 0)
    consumer.poll()
    control.advance()
    consumer.release()
    assert producer.room == 4


@pytest.mark.parametrize("stale", range(9))
@pytest.mark.parametrize("live", range(4))
def test_a_flush_drops_exactly_the_stale(
    make_ring: MakeRing, control: Control, stale: int, live: int
) -> None:
    ring = make_ring(12, start=7)
    producer, consumer = ring.producer(control), ring.consumer(control)
    for n in range(stale):
        if n == 5:
            control.advance()
        put(producer, n, control.epoch)
    now = control.advance()
    for n in range(live):
        put(producer, 100 + n, now)
    seen = []
    while (view := consumer.poll()) is not None:
        seen.append(int(view["n"]))
        consumer.release()
    assert seen == [100 + n for n in range(live)]
    assert ring.counters()[:3] == (stale + live, live, stale)


def test_two_producers_on_one_ring_are_found_out(make_ring: MakeRing, control: Control) -> None:
    ring = make_ring(4)
    consumer, other = ring.consumer(control), ring.producer(control)
    memory = segment.attach(ring.handles.memory)
    stride = header.stride_of(ring.layout)
    second = _ring.Producer(memory, control.memory, 4, stride, lambda: None)
    for _ in range(4):
        second.claim()
        second.publish(0)
        consumer.poll()
        consumer.release()
    second.claim()
    second.publish(0)
    assert consumer.depth == 1
    put(other, 1, 0)  # knows nothing of the second: writes slot 0 and sets head back to 1
    with pytest.raises(RuntimeError, match="two producers"):
        consumer.poll()


def test_the_extension_refuses_memory_that_is_too_small(control: Control) -> None:
    memory = segment.attach(segment.create(4096))
    with pytest.raises(ValueError, match="at least"):
        _ring.Producer(memory, control.memory, 64, 128, lambda: None)
    with pytest.raises(ValueError, match="make no ring"):
        _ring.Producer(memory, control.memory, 2**60, 128, lambda: None)
    with pytest.raises(ValueError, match="make no ring"):
        _ring.Producer(memory, control.memory, 0, 128, lambda: None)
