"""The order of a client's packets, on a clock that the test turns."""

from hypothesis import given
from hypothesis import strategies as st

from actors.egress.webrtc.jitter_buffer import HELD_MAX, HOLD_SECONDS, JitterBuffer, ReceivedPacket
from tests.actors.egress.webrtc.scripted_clock import Clock


class Line:
    def __init__(self) -> None:
        self.clock = Clock()
        self.given: list[tuple[int, int]] = []
        self.jitter = JitterBuffer(self.clock, self._give)

    def _give(self, packet: ReceivedPacket, lost: int) -> None:
        self.given.append((packet.sequence, lost))

    def take(self, *numbers: int) -> None:
        for number in numbers:
            self.jitter.take(ReceivedPacket(number % (1 << 16), number * 960, b"", 0))

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.given]


def test_packets_in_order_wait_for_nothing() -> None:
    line = Line()
    for number in range(65_530, 65_545):
        line.take(number)
        assert line.given[-1] == (number % (1 << 16), 0)
    assert not line.clock.timers


def test_a_pair_that_was_swapped_is_put_right() -> None:
    line = Line()
    line.take(1, 3)
    assert line.numbers == [1]
    line.take(2, 4)
    assert line.given == [(1, 0), (2, 0), (3, 0), (4, 0)]
    assert not line.clock.timers


def test_a_lost_packet_is_given_up_after_a_while() -> None:
    line = Line()
    line.take(1, 3)
    line.clock.turn(HOLD_SECONDS * 0.9)
    assert line.numbers == [1]
    line.clock.turn(HOLD_SECONDS * 0.2)
    assert line.given == [(1, 0), (3, 1)]
    line.take(2, 4)
    assert line.given == [(1, 0), (3, 1), (4, 0)]
    assert line.jitter.late == 1
    assert not line.clock.timers


def test_a_lost_packet_is_given_up_when_others_press() -> None:
    line = Line()
    line.take(1, 4, 5, 6)
    assert line.given == [(1, 0), (4, 2), (5, 0), (6, 0)]
    assert not line.clock.timers


def test_two_gaps_are_given_up_each_in_its_time() -> None:
    line = Line()
    line.take(1, 3)
    line.clock.turn(HOLD_SECONDS / 2)
    line.take(5)
    line.clock.turn(HOLD_SECONDS * 0.6)
    assert line.given == [(1, 0), (3, 1)]
    line.clock.turn(HOLD_SECONDS / 2)
    assert line.given == [(1, 0), (3, 1), (5, 1)]
    assert not line.clock.timers


def test_a_packet_that_comes_twice_is_given_once() -> None:
    line = Line()
    line.take(1, 1, 3, 3, 2, 3)
    assert line.numbers == [1, 2, 3]
    assert line.jitter.late == 3


def test_a_sender_that_begins_anew_is_followed() -> None:
    line = Line()
    line.take(10, 12, 30_000, 30_001, 5, 6)
    assert line.given == [(10, 0), (30_000, 0), (30_001, 0), (5, 0), (6, 0)]
    assert not line.clock.timers


def test_after_a_reset_nothing_waits() -> None:
    line = Line()
    line.take(10, 12)
    line.jitter.reset()
    assert not line.clock.timers
    line.take(11)
    assert line.given == [(10, 0), (11, 0)]


@given(
    st.lists(st.integers(0, HELD_MAX), min_size=1, max_size=60),
    st.sets(st.integers(1, 59), max_size=12),
    st.integers(0, (1 << 16) - 1),
)
def test_whatever_is_late_by_no_more_than_waits_comes_in_order(
    delays: list[int], lost: set[int], first: int
) -> None:
    """Packet n arrives after packet n + delay; those in `lost` never do."""
    sent = [n for n in range(len(delays)) if n == 0 or n not in lost]
    arriving = sorted(sent, key=lambda n: (n + (delays[n] if n else 0) + 0.5 * (delays[n] > 0), n))
    line = Line()
    for number in arriving:
        line.take(first + number)
        line.clock.turn(0.001)
    line.clock.turn(1.0)
    steps = [(number - first) % (1 << 16) for number in line.numbers]
    assert steps == sorted(set(steps))
    missing = sum(count for _, count in line.given)
    assert len(steps) + missing == steps[-1] + 1
    assert len(steps) + line.jitter.late == len(sent)
    if not lost:
        assert line.jitter.late == 0
    assert not line.clock.timers
