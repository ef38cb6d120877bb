"""So much at once, and then as much as time brings."""

from server.sessions.token_bucket import TokenBucket


def test_it_is_refilled_as_time_goes_by_and_never_over_its_brim() -> None:
    now = 5.0
    bucket = TokenBucket(10, 40, lambda: now)
    assert bucket.take(40)
    assert not bucket.take()
    now += 1.0
    assert not bucket.take(11)
    assert bucket.take(10)
    assert not bucket.take()
    now += 100.0
    assert bucket.take(40)
    assert not bucket.take()
