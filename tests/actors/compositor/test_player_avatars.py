"""A session's avatar changes between two ticks; sound and mouth go on."""

from dataclasses import replace

import pytest

from actors.compositor.action_player import ActionPlayer
from actors.compositor.player import AvatarLook
from actors.compositor.scene import Scene
from models.picture.paste import Paster
from runtime.control_words import ControlWord
from runtime.layouts import Flag
from tests.actors.compositor.played import Left, Played, numbers, staged
from tests.actors.session_rig import IDLE, plain_clip

OTHER = IDLE + 60
"""The other avatar's frames."""


def coming(it: Played, number: int = 1) -> AvatarLook:
    clip = plain_clip(1)
    frames = clip.frames.copy()
    frames[:, : clip.height] = OTHER
    scene = Scene(replace(clip, frames=frames), Paster(clip.mask))
    return AvatarLook(scene, ActionPlayer("s", it.rig.control), number, may_be_shown=False)


def around(left: list[Left]) -> list[int]:
    return [tick.around for tick in left]


def test_who_is_silent_is_another_with_the_next_tick() -> None:
    with staged() as it:
        left = it.at(0) + it.at(1)
        it.player.prepare(coming(it))
        left += it.at(2)
        it.player.may_show(1)
        left += it.at(3) + it.at(4)
        assert around(left) == [IDLE, IDLE, IDLE, OTHER, OTHER]
        repeats = [bool(tick.flags & Flag.REPEAT) for tick in left]
        assert repeats == [False, True, True, False, True]


def test_who_speaks_is_another_behind_the_faces_that_are_made_and_loses_no_sound() -> None:
    with staged() as it:
        for number in (1, 2, 3):
            it.speak(number)
        left = it.at(0)
        it.player.prepare(coming(it))
        it.player.may_show(1)
        for number in (4, 5):
            it.speak(number, look=1)
        left += [tick for at in range(1, 6) for tick in it.at(at)]
        assert numbers(left)[:5] == [1, 2, 3, 4, 5]
        assert around(left) == [IDLE, IDLE, IDLE, OTHER, OTHER, OTHER]
        assert [tick.tick for tick in left] == list(range(6))
        middle = [tick.opacity for tick in left[1:5]]
        assert middle == pytest.approx([1.0] * 4), "the mouth is not faded in again"


def test_a_face_for_the_other_brings_it_before_it_is_said() -> None:
    with staged() as it:
        it.player.prepare(coming(it))
        it.speak(1, look=1)
        left = it.at(0) + it.at(1)
        assert (around(left), numbers(left)[0]) == ([OTHER, OTHER], 1)


def test_a_face_for_one_who_is_gone_is_heard_and_not_shown() -> None:
    with staged() as it:
        it.player.prepare(coming(it))
        it.player.may_show(1)
        left = it.at(0)
        it.speak(1, look=0)
        left += it.at(1)
        assert (around(left), numbers(left)) == ([OTHER, OTHER], [0, 1])
        assert left[1].opacity == left[0].opacity, "there is no face on it"


def test_while_the_face_is_held_the_one_whose_faces_wait_stays() -> None:
    with staged() as it:
        it.speak(1)
        it.rig.control.store(ControlWord.HELD, 1)
        it.player.prepare(coming(it))
        it.player.may_show(1)
        assert around(it.at(0)) == [IDLE]
        it.rig.control.store(ControlWord.HELD, 0)
        assert around(it.at(1) + it.at(2)) == [IDLE, OTHER]


def test_an_interrupt_brings_the_other_at_once() -> None:
    with staged() as it:
        for number in (1, 2, 3):
            it.speak(number)
        left = it.at(0)
        it.player.prepare(coming(it))
        it.player.may_show(1)
        it.rig.control.advance()
        left += it.at(1)
        assert (around(left), numbers(left)) == ([IDLE, OTHER], [1, 0])


def test_of_two_that_come_the_later_is_shown() -> None:
    with staged() as it:
        it.player.prepare(coming(it, 1))
        it.player.prepare(coming(it, 2))
        it.player.may_show(1)
        assert around(it.at(0)) == [IDLE]
        it.player.may_show(2)
        assert around(it.at(1)) == [OTHER]
