"""Which picture of an avatar's idle loop a tick shows, in one number.

In: the avatar's edition and a place of its loop. Out: the number that a picture's mark bears as its
frame where the flag IDLE is set, and back. Two ticks with one number show the same picture, in all
sessions. Written by the compositor, read by egress; owns nothing.
"""

from hashlib import blake2b
from typing import Final, NamedTuple

_PLACE_BITS: Final = 32
_EDITION_BYTES: Final = 3
NOT_IDLE: Final = -1
"""Of a tick that shows anything else."""


def edition_number(key: str) -> int:
    """An edition (`actors.avatars.AvatarEdition`) by its key, as a number that fits."""
    return int.from_bytes(blake2b(key.encode(), digest_size=_EDITION_BYTES).digest(), "big")


class IdlePlace(NamedTuple):
    """edition: `edition_number`. place: from 0 to the loop's length less one."""

    edition: int
    place: int

    @property
    def number(self) -> int:
        """Never negative."""
        return self.edition << _PLACE_BITS | self.place

    @classmethod
    def of(cls, number: int) -> "IdlePlace":
        """The place of a `number`."""
        return cls(number >> _PLACE_BITS, number & ((1 << _PLACE_BITS) - 1))
