"""A session's id is the same as text and as a number of JavaScript."""

from server.sessions.session import new_id


def test_an_id_is_digits_that_a_double_holds_exactly() -> None:
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    for made in ids:
        assert made.isascii()
        assert made.isdecimal()
        assert str(int(float(made))) == made
        assert int(made) < 2**53
