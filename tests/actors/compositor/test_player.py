"""One session's ticks, decided at times that the test gives."""

import asyncio
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.compositor.clock import TickClock
from actors.compositor.player import LEAD_IN, LEAD_OUT
from actors.compositor.scene import FADE_IN
from data.units import TICK_NS
from models.sound.ramp import SAMPLES
from runtime.control_words import ControlWord
from runtime.layouts import NO_FACE, Flag, Stage
from server.sessions.rings import PICTURE_SLOTS
from tests.actors.compositor.played import LATE_TICKS, LEAD, Left, numbers, staged
from tests.actors.session_rig import told


def test_nothing_leaves_before_its_time_and_each_tick_once() -> None:
    with staged() as it:
        assert it.at(0, late=-1) == []
        assert [left.tick for left in it.at(0)] == [0]
        assert it.at(0, late=TICK_NS - 1) == []
        assert [left.tick for left in it.at(1)] == [1]


def test_without_speech_the_clip_plays_and_nothing_is_heard() -> None:
    with staged() as it:
        [left] = it.at(0)
        assert (left.utterance, left.flags, left.opacity) == (0, Flag(0), 0)
        assert not left.sound.any()
        assert left.stamps[Stage.COMPOSITOR, 0] > 0


def test_speech_begins_with_the_next_tick() -> None:
    with staged() as it:
        it.at(0)
        it.speak(1, flags=Flag.FIRST)
        it.speak(2)
        [first] = it.at(1)
        [second] = it.at(2)
        assert (first.tick, first.flags, first.utterance) == (1, Flag.FIRST, 1)
        assert first.opacity == pytest.approx(FADE_IN[0], abs=0.02)
        assert second.opacity == pytest.approx(1, abs=0.02)
        assert numbers([first, second]) == [1, 2]
        taken, given_on = second.stamps[Stage.COMPOSITOR]
        assert second.stamps[Stage.INFERENCE, 1] <= taken <= given_on


def test_speech_that_pauses_ends_in_a_ramp_and_goes_on() -> None:
    with staged() as it:
        it.speak(1000)
        it.at(0)
        [pause] = it.at(1)
        assert pause.sound[0] == 1000
        assert not pause.sound[SAMPLES:].any()
        it.speak(3)
        assert numbers(it.at(2)) == [3]


@pytest.mark.parametrize("word", [ControlWord.HELD, ControlWord.CLIENT_HELD])
def test_speech_that_is_held_goes_on_where_it_was(word: ControlWord) -> None:
    with staged() as it:
        for number in (1000, 1001, 1002):
            it.speak(number)
        assert numbers(it.at(0)) == [1000]
        it.rig.control.store(word, 1)
        held = [left for tick in (1, 2, 3) for left in it.at(tick)]
        assert [left.utterance for left in held] == [0, 0, 0]
        assert held[0].sound[0] == 1000, "it ends in a ramp"
        assert numbers(held) == [0, 0, 0]
        it.rig.control.store(word, 0)
        [first] = it.at(4)
        [second] = it.at(5)
        assert numbers([first, second]) == [1001, 1002], "nothing was lost"
        assert first.sound[0] == 0, "and begins in one"
        assert (first.tick, first.frame, second.frame) == (4, 1001, 1002)


def test_speech_waits_for_its_listener_and_begins_at_its_first_word() -> None:
    with staged(listener_wait_ms=400) as it:
        it.speak(1000)
        it.speak(1001)
        assert numbers([left for tick in range(4) for left in it.at(tick)]) == [0] * 4
        it.rig.control.store(ControlWord.CONNECTED, 1)
        assert numbers([left for tick in (4, 5) for left in it.at(tick)]) == [1000, 1001]


def test_a_listener_that_does_not_come_is_not_waited_for_for_ever() -> None:
    with staged(listener_wait_ms=400) as it:
        it.speak(1000)
        assert numbers([left for tick in range(11) for left in it.at(tick)]) == [*[0] * 10, 1000]


def test_speech_that_is_held_and_then_interrupted_is_gone() -> None:
    with staged() as it:
        it.rig.control.store(ControlWord.HELD, 1)
        it.speak(1)
        it.at(0)
        epoch = it.rig.control.advance()
        it.rig.control.store(ControlWord.HELD, 0)
        it.speak(7, epoch)
        assert numbers(it.at(1)) == [7]


def test_the_clip_waits_for_faces_that_were_made_for_its_frames() -> None:
    with staged() as it:
        it.speak(1, pose=40)
        it.speak(2, pose=41)
        it.at(0)
        it.rig.control.store(ControlWord.HELD, 1)
        for tick in range(1, 6):
            it.at(tick)
        it.rig.control.store(ControlWord.HELD, 0)
        it.at(6)
        assert it.rig.control.load(ControlWord.FRAME) == 42


def test_late_ticks_keep_their_sound_and_only_the_newest_has_a_picture() -> None:
    with staged() as it:
        for number in range(1, 5):
            it.speak(number)
        left = it.at(3)
        assert [tick.tick for tick in left] == [0, 1, 2, 3]
        assert numbers(left) == [1, 2, 3, 4]
        assert [bool(tick.flags & Flag.SOUND_ONLY) for tick in left] == [True, True, True, False]
        assert left[-1].opacity > 0


def test_what_is_too_late_is_given_up_and_no_sound_with_it() -> None:
    with staged() as it:
        it.speak(1)
        late = 2 * LATE_TICKS
        left = it.at(late)
        assert [tick.tick for tick in left] == [late]
        assert numbers(left) == [1]


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=3 * LATE_TICKS), max_size=12))
def test_ticks_only_go_forward_and_sound_stays_in_order(steps: list[int]) -> None:
    with staged() as it:
        speech = list(range(1, 31))
        for number in speech:
            it.speak(number)
        heard: list[int] = []
        ticks: list[int] = []
        now = 0
        for step in steps:
            now += step
            left = it.at(now)
            assert len(left) <= LATE_TICKS + 1
            heard += [number for number in numbers(left) if number]
            ticks += [tick.tick for tick in left]
            if left and len(left) <= PICTURE_SLOTS:
                assert not left[-1].flags & Flag.SOUND_ONLY or left[-1].tick < now
        assert ticks == sorted(set(ticks))
        assert heard == speech[: len(heard)]


def test_a_full_picture_ring_loses_no_sound() -> None:
    with staged() as it:
        for number in range(1, 9):
            it.speak(number)
        for tick in range(PICTURE_SLOTS):
            it.player.play_due(it.clock.decided_at(tick))
        full = PICTURE_SLOTS
        it.player.play_due(it.clock.decided_at(full))
        assert it.rig.rings.counters()["picture"].published == PICTURE_SLOTS
        waited = it.read()
        later = [left for tick in range(full + 1, full + 5) for left in it.at(tick)]
        assert numbers(waited + later) == list(range(1, 9))
        assert [left.tick for left in later] == [5, 6, 7, 8], "the clock went on without it"


def test_an_interrupt_cuts_to_the_closed_mouth() -> None:
    with staged() as it:
        for number in (1000, 1001, 1002, 1003):
            it.speak(number)
        it.at(0)
        it.at(1)
        epoch = it.rig.control.advance()
        [cut] = it.at(2)
        assert (cut.epoch, cut.utterance, cut.opacity) == (epoch, 0, 0)
        assert cut.sound[0] == 1001, "the ramp begins where the sound was cut"
        assert not cut.sound[SAMPLES:].any()
        assert not it.at(3)[0].sound.any()
        assert it.rig.rings.counters()["face"].dropped == 2


def test_new_speech_behind_an_interrupt_is_shown_at_the_next_tick() -> None:
    with staged() as it:
        it.speak(1)
        it.speak(2)
        it.at(0)
        epoch = it.rig.control.advance()
        it.speak(7, epoch)
        [left] = it.at(1)
        assert (numbers([left]), left.epoch) == ([7], epoch)
        assert left.opacity == pytest.approx(FADE_IN[0], abs=0.02)


def test_pictures_of_an_older_epoch_are_not_shown() -> None:
    with staged() as it:
        it.speak(1)
        it.player.play_due(it.clock.decided_at(0))
        it.rig.control.advance()
        assert it.read() == []


def test_a_face_that_could_not_be_rendered_is_heard_with_the_mouth_at_rest() -> None:
    with staged() as it:
        it.speak(5, pose=NO_FACE)
        [left] = it.at(0)
        assert (left.opacity, numbers([left]), left.utterance) == (0, [5], 1)


def test_a_restart_goes_on_with_the_ticks_of_the_clock() -> None:
    with staged() as it:
        it.speak(1)
        assert [left.tick for left in it.at(0)] == [0]
        assert [left.tick for left in it.at(1)] == [1]
        assert it.rig.control.load(ControlWord.TICK) == 2
        it.rig.leave("compositor")
        it.speak(2)
        it.begin()
        left = it.at(4)
        assert [tick.tick for tick in left] == [2, 3, 4]
        assert numbers(left)[0] == 2
        it.rig.leave("compositor")
        it.begin()
        later = it.at(4 + 5 * LATE_TICKS)
        assert [tick.tick for tick in later] == [4 + 5 * LATE_TICKS]


def test_live_plays_by_the_clock_until_it_is_cancelled() -> None:
    async def story() -> None:
        with staged() as it:
            it.clock = TickClock(time.monotonic_ns(), LEAD, LATE_TICKS)
            it.rig.leave("compositor")
            it.begin()
            playing = asyncio.ensure_future(it.player.live())
            left: list[Left] = []
            while len(left) < 3:
                await it.pictures.next()
                left += it.read()
            playing.cancel()
            with suppress(asyncio.CancelledError):
                await playing
            ticks = [tick.tick for tick in left]
            assert ticks == sorted(set(ticks))

    told(story())


def test_a_recording_has_silence_around_its_speech_and_an_end() -> None:
    async def story() -> None:
        with staged(live=False) as it:
            for number in range(1, 4):
                it.speak(number, flags=Flag.LAST if number == 3 else Flag(0))
            playing = asyncio.ensure_future(it.player.record())
            left: list[Left] = []
            while not left or Flag.FINAL not in left[-1].flags:
                await it.pictures.next()
                left += it.read()
            await playing
            assert [tick.tick for tick in left] == list(range(LEAD_IN + 3 + LEAD_OUT))
            heard = [0] * LEAD_IN + [1, 2, 3] + [0] * LEAD_OUT
            assert numbers(left) == heard
            assert not any(tick.flags & Flag.SOUND_ONLY for tick in left)
            assert sum(Flag.FINAL in tick.flags for tick in left) == 1

    told(story())


def test_a_recording_waits_for_its_speech_and_its_reader() -> None:
    async def story() -> None:
        with staged(live=False, ahead_ms=80) as it:
            playing = asyncio.ensure_future(it.player.record())
            left: list[Left] = []
            while len(left) < LEAD_IN:
                await it.pictures.next()
                left += it.read()
            for number in range(1, 21):
                while not it.faces.free:
                    await it.pictures.next()
                    left += it.read()
                it.speak(number, flags=Flag.LAST if number == 20 else Flag(0))
            while Flag.FINAL not in left[-1].flags:
                await it.pictures.next()
                left += it.read()
            await playing
            assert [number for number in numbers(left) if number] == list(range(1, 21))
            assert [tick.tick for tick in left] == list(range(LEAD_IN + 20 + LEAD_OUT))

    told(story())


def test_a_posed_face_is_shown_with_its_frame_and_the_clip_goes_on_from_there() -> None:
    with staged() as it:
        it.at(0)
        assert it.rig.control.load(ControlWord.FRAME) == 1
        it.speak(1, pose=41)
        it.at(1)
        assert it.rig.control.load(ControlWord.FRAME) == 42
        it.at(2)
        assert it.rig.control.load(ControlWord.FRAME) == 43
        it.rig.leave("compositor")
        it.begin()
        it.at(3)
        assert it.rig.control.load(ControlWord.FRAME) == 44, "after a restart too"


def test_faces_of_utterances_that_were_heard_without_them_are_left_out() -> None:
    with staged() as it:
        it.at(0)
        it.speak(1)
        it.speak(2)
        it.rig.control.store(ControlWord.HEARD_UTTERANCE, 2)
        assert numbers(it.at(1)) == [0]
        assert it.rig.rings.counters()["face"].depth == 0
