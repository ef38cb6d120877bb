"""How many pictures a viewer's way gets: all, or those from a keyframe on until it is full."""

import pytest

from actors.egress.webrtc.viewer_flow import FULL_SECONDS, LEAST, ViewerFlow

SIZE = 5000
"""Bytes of a picture: 25 a second are 1 Mbit/s."""


def sent(flow: ViewerFlow, seconds: int, begin: int = 0) -> int:
    """How many of the pictures of these seconds are taken."""
    return sum(flow.takes(SIZE, begin + tick / 25) for tick in range(25 * seconds))


def test_a_way_of_which_nothing_is_known_takes_all() -> None:
    assert sent(ViewerFlow(), 10) == 250


@pytest.mark.parametrize("bitrate", [500_000, 250_000])
def test_a_narrow_way_takes_its_part(bitrate: int) -> None:
    flow = ViewerFlow()
    sent(flow, 2)
    flow.estimate(bitrate)
    taken = sent(flow, 10, begin=2)
    assert taken * SIZE * 8 <= bitrate * (10 + FULL_SECONDS) + SIZE * 8
    assert taken * SIZE * 8 >= 0.9 * bitrate * 10


def test_an_estimate_above_what_is_sent_is_no_limit() -> None:
    flow = ViewerFlow()
    sent(flow, 2)
    flow.estimate(300_000)
    assert flow.rate == 300_000
    flow.estimate(5_000_000)
    assert [flow.rate] == [None]
    assert sent(flow, 2, begin=4) == 50


def test_losses_bound_it_and_their_end_frees_it() -> None:
    flow = ViewerFlow()
    sent(flow, 2)
    for _ in range(3):
        flow.report(0.3)
    assert flow.rate is not None and LEAST <= flow.rate < 700_000
    for _ in range(40):
        flow.report(0.0)
    assert [flow.rate] == [None]


def test_a_few_losses_are_left_to_retransmission() -> None:
    flow = ViewerFlow()
    sent(flow, 2)
    flow.report(0.05)
    assert flow.rate is None


def test_there_is_room_for_a_keyframe_when_half_is_drained() -> None:
    flow = ViewerFlow()
    sent(flow, 2)
    flow.estimate(400_000)
    while flow.takes(SIZE, 2.0):
        pass
    assert not flow.has_room(2.0)
    assert flow.has_room(3.0)
