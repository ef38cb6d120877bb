"""Who uses which avatar of an engine."""

import numpy as np
import pytest

from actors.inference.avatar_cache import AvatarCache
from data.clip import Clip
from tests.actors.inference.toy_engine import ToyEngine
from tests.actors.session_rig import plain_clip


def heavy(size: int) -> Clip:
    clip = plain_clip()
    arrays = {"faces": np.zeros(size, np.uint8)}
    return Clip(clip.name, clip.engine, clip.frames, clip.placements, clip.mask, arrays)


def test_an_avatar_is_bound_once_for_all_its_users() -> None:
    engine = ToyEngine()
    cache = AvatarCache(engine)
    first, second = cache.take("anna", heavy(1)), cache.take("anna", heavy(1))
    assert first == second
    assert first.loop.tolist() == [0, 1, 2]
    assert engine.bound == [first.number]


def test_an_avatar_that_nobody_uses_stays_while_there_is_room() -> None:
    engine = ToyEngine()
    cache = AvatarCache(engine, most_bytes=10)
    avatar = cache.take("anna", heavy(6))
    cache.leave("anna")
    assert cache.take("anna", heavy(6)) == avatar
    cache.leave("anna")
    cache.take("ben", heavy(6))
    assert avatar.number not in engine.bound


def test_who_has_waited_longest_goes_first_and_who_is_used_stays() -> None:
    engine = ToyEngine()
    cache = AvatarCache(engine, most_bytes=10)
    avatars = {name: cache.take(name, heavy(3)) for name in ("anna", "ben", "cleo")}
    cache.leave("ben")
    cache.leave("anna")
    dora = cache.take("dora", heavy(4))
    assert engine.bound == [avatars["anna"].number, avatars["cleo"].number, dora.number]


def test_what_is_used_may_pass_the_limit_and_goes_when_it_is_left() -> None:
    engine = ToyEngine()
    cache = AvatarCache(engine, most_bytes=10)
    cache.take("anna", heavy(8))
    ben = cache.take("ben", heavy(8))
    cache.leave("anna")
    assert engine.bound == [ben.number]
    with pytest.raises(KeyError):
        cache.leave("anna")


def test_what_is_forgotten_goes_at_once_or_with_its_last_user_and_its_actions_with_it() -> None:
    engine = ToyEngine()
    cache = AvatarCache(engine)
    other = cache.take("anna2", heavy(1))
    cache.take("anna", heavy(1))
    cache.take("anna/wave", heavy(1))
    cache.leave("anna/wave")
    cache.forget("anna")
    assert len(engine.bound) == 2
    cache.leave("anna")
    assert engine.bound == [other.number]
    cache.leave("anna2")
    assert engine.bound == [other.number], "it was another"
    cache.forget("nobody")
