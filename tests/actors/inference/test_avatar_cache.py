"""Who uses which avatar of an engine."""

import numpy as np
import pytest

from actors.inference.avatar_cache import Cast
from data.clip import Clip
from tests.actors.inference.toy_engine import ToyEngine
from tests.actors.session_rig import plain_clip


def heavy(size: int) -> Clip:
    clip = plain_clip()
    arrays = {"faces": np.zeros(size, np.uint8)}
    return Clip(clip.name, clip.engine, clip.frames, clip.placements, clip.mask, arrays)


def test_an_avatar_is_bound_once_for_all_its_users() -> None:
    engine = ToyEngine()
    cast = Cast(engine)
    first, second = cast.take("anna", heavy(1)), cast.take("anna", heavy(1))
    assert first == second
    assert first.frames == 3
    assert engine.bound == [first.number]


def test_an_avatar_that_nobody_uses_stays_while_there_is_room() -> None:
    engine = ToyEngine()
    cast = Cast(engine, most_bytes=10)
    seat = cast.take("anna", heavy(6))
    cast.leave("anna")
    assert cast.take("anna", heavy(6)) == seat
    cast.leave("anna")
    cast.take("ben", heavy(6))
    assert seat.number not in engine.bound


def test_who_has_waited_longest_goes_first_and_who_is_used_stays() -> None:
    engine = ToyEngine()
    cast = Cast(engine, most_bytes=10)
    seats = {name: cast.take(name, heavy(3)) for name in ("anna", "ben", "cleo")}
    cast.leave("ben")
    cast.leave("anna")
    dora = cast.take("dora", heavy(4))
    assert engine.bound == [seats["anna"].number, seats["cleo"].number, dora.number]


def test_what_is_used_may_pass_the_limit_and_goes_when_it_is_left() -> None:
    engine = ToyEngine()
    cast = Cast(engine, most_bytes=10)
    cast.take("anna", heavy(8))
    ben = cast.take("ben", heavy(8))
    cast.leave("anna")
    assert engine.bound == [ben.number]
    with pytest.raises(KeyError):
        cast.leave("anna")
