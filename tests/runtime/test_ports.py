"""Inlets and outlets over real rings: headers, stamps, epochs, room."""

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringbuf import RingClosed
from runtime.layouts import Flag, Stage
from server.sessions.rings import FEATURE_SLOTS
from tests.actors.session_rig import Rig, marked, put, told, turn


def test_a_frame_is_stamped_by_its_stage_and_keeps_the_stamps_of_the_others() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
        before = time.monotonic_ns()
        put(outlet, marked(seen=7))
        slot = inlet.take()
        assert slot is not None
        mark = inlet.mark(slot)
        after = time.monotonic_ns()
    stamps = mark.stamps
    assert stamps[Stage.INGEST].tolist() == [7, 0]
    assert stamps[Stage.FEATURES, 0] == 0, "who only gives has taken nothing"
    assert before <= stamps[Stage.FEATURES, 1] <= stamps[Stage.INFERENCE, 0] <= after
    assert not stamps[Stage.COMPOSITOR :].any()


def test_a_header_goes_through_as_it_is() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("speech"), rig.inlet("speech")
        epoch = rig.control.advance()
        put(outlet, marked(epoch, utterance=12, flags=Flag.FIRST | Flag.BREAK, tick=34))
        slot = inlet.take()
        assert slot is not None
        mark = inlet.mark(slot)
        assert mark[:4] == (epoch, 12, Flag.FIRST | Flag.BREAK, 34)


def test_a_mark_is_a_copy() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
        put(outlet, marked(seen=1))
        slot = inlet.take()
        assert slot is not None
        mark = inlet.mark(slot)
        inlet.release()
        for seen in range(2, 2 + FEATURE_SLOTS):
            put(outlet, marked(seen=seen))
        assert mark.stamps[Stage.INGEST, 0] == 1


def test_a_frame_comes_again_until_it_is_released() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
        put(outlet, marked(tick=1))
        put(outlet, marked(tick=2))
        seen = [int(slot["tick"]) for _ in range(2) if (slot := inlet.take()) is not None]
        inlet.release()
        later = inlet.take()
        assert later is not None
        assert (seen, int(later["tick"])) == ([1, 1], 2)


def test_frames_of_an_older_epoch_are_dropped_on_sight() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("speech"), rig.inlet("speech")
        for tick in range(3):
            put(outlet, marked(tick=tick))
        epoch = rig.control.advance()
        put(outlet, marked(epoch, tick=9))
        slot = inlet.take()
        assert slot is not None
        assert int(slot["tick"]) == 9
        assert rig.rings.counters()["speech"].dropped == 3


def test_a_frame_in_hand_knows_that_it_became_stale() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("speech"), rig.inlet("speech")
        put(outlet, marked())
        assert inlet.take() is not None
        assert inlet.is_live()
        rig.control.advance()
        assert not inlet.is_live()
        assert inlet.take() is None


def test_what_is_stale_when_it_is_published_is_never_seen() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
        slot = outlet.claim()
        assert slot is not None
        rig.control.advance()
        assert not outlet.publish(slot, marked(0))
        assert inlet.take() is None
        assert (outlet.free, inlet.depth) == (FEATURE_SLOTS, 0)


def test_stale_frames_can_be_freed_without_being_taken() -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
        for _ in range(FEATURE_SLOTS):
            put(outlet, marked())
        rig.control.advance()
        assert outlet.claim() is None
        inlet.drop_stale()
        assert outlet.free == FEATURE_SLOTS


def test_a_writer_waits_for_room_and_a_reader_for_frames() -> None:
    async def story() -> None:
        with Rig() as rig:
            outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
            waiting = asyncio.ensure_future(inlet.next())
            await turn()
            assert not waiting.done()
            for tick in range(FEATURE_SLOTS):
                put(outlet, marked(tick=tick))
            assert int((await waiting)["tick"]) == 0

            room = asyncio.ensure_future(outlet.room())
            await turn()
            assert not room.done()
            inlet.release()
            outlet.publish(await room, marked(tick=99))
            assert rig.rings.counters()["feature"].stalls > 0

    told(story())


def test_an_armed_end_is_called_once_there_is_something() -> None:
    async def story() -> None:
        with Rig() as rig:
            outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
            filled, freed = asyncio.Event(), asyncio.Event()
            assert inlet.arm(filled.set)
            assert not outlet.arm(freed.set), "there is room: nothing to wait for"
            put(outlet, marked())
            await filled.wait()
            assert not inlet.arm(filled.set), "there is a frame: nothing to wait for"
            put(outlet, marked())
            assert outlet.arm(freed.set)
            assert inlet.take() is not None
            inlet.release()
            await freed.wait()

    told(story())


def test_who_waits_on_a_wall_that_is_closed_is_told() -> None:
    async def story() -> None:
        with Rig() as rig:
            outlet, inlet = rig.outlet("feature"), rig.inlet("feature")
            for _ in range(FEATURE_SLOTS):
                put(outlet, marked())
            room = asyncio.ensure_future(outlet.room())
            await turn()
            outlet.close()
            with pytest.raises(RingClosed):
                await room
            inlet.close()

    told(story())


@settings(deadline=None)
@given(st.lists(st.sampled_from(["put", "take", "interrupt"]), max_size=60))
def test_what_is_read_is_what_was_written_in_the_epoch_of_the_reading(steps: list[str]) -> None:
    with Rig() as rig:
        outlet, inlet = rig.outlet("speech"), rig.inlet("speech")
        epoch, number = 0, 0
        waiting: list[tuple[int, int]] = []
        for step in steps:
            if step == "interrupt":
                epoch = rig.control.advance()
                waiting.clear()
            elif step == "put" and outlet.free:
                number += 1
                assert put(outlet, marked(epoch, tick=number))
                waiting.append((epoch, number))
            elif step == "take":
                slot = inlet.take()
                assert (slot is None) == (not waiting)
                if slot is not None:
                    mark = inlet.mark(slot)
                    assert (mark.epoch, mark.tick) == waiting.pop(0)
                    inlet.release()
