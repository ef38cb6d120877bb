"""How far the making of an avatar is, and the end of it when it is no longer wanted.

In: a callback, and an event that another thread may set. Out: one function that is called after
every frame. Runs where avatars are made or imported; owns nothing.
"""

from collections.abc import Callable
from enum import StrEnum
from threading import Event

from data.making.errors import Cancelled


class MakingStep(StrEnum):
    """What is told while an avatar is made."""

    FINDING = "finding the face"
    CUTTING = "cutting the face"
    ENCODING = "encoding the face"
    KEEPING = "keeping the frames"
    MOUTH = "moving the mouth"
    HEAD = "moving the head"
    SAVING = "saving"


Tell = Callable[[str, int, int | None], None]
"""Told what is done, how many frames of it, of how many (None: not known yet)."""


def until(cancel: Event | None, tell: Tell) -> Tell:
    """`tell`, which raises `Cancelled` once `cancel` is set: then the work ends between two
    frames, in the thread that does it."""
    if cancel is None:
        return tell

    def tell_or_end(what: str, done: int, total: int | None) -> None:
        if cancel.is_set():
            raise Cancelled(f"cancelled: {what}, frame {done}")
        tell(what, done, total)

    return tell_or_end
