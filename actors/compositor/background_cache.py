"""What stands behind the persons of all sessions.

In: a clip, and what a session wants behind its person. Out: a `Background`, made in a thread.
Sessions that want the same behind the same avatar share one. Runs in the compositor; holds
nothing that no session uses.
"""

import asyncio
from pathlib import Path
from weakref import WeakValueDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from data.backdrop import backdrop
from data.clip import Clip
from data.colour import bgr_of, is_colour
from data.i420 import i420_from_bgr
from models.picture.background import Background, covering
from runtime.errors import BadBackground, FixedBackground, UnknownBackground


class BackgroundCache:
    """Those in use, by the avatar's mapped matte, which a background keeps, and by wish."""

    def __init__(self) -> None:
        self._used: WeakValueDictionary[tuple[int, str], Background] = WeakValueDictionary()

    async def of(self, avatar: str, clip: Clip, wanted: str) -> Background | None:
        """wanted: as in `SessionSpec.background`; None for the avatar's own.

        Raises FixedBackground, BadBackground, UnknownBackground."""
        if not wanted:
            return None
        key = id(clip.clear), wanted
        found = self._used.get(key)
        if found is None:
            found = await asyncio.to_thread(_made, avatar, clip, wanted)
            self._used[key] = found
        return found


def _made(avatar: str, clip: Clip, wanted: str) -> Background:
    if clip.clear is None or clip.behind is None:
        raise FixedBackground(
            f"the background of {avatar!r} is part of its pictures and cannot be replaced: the "
            "avatar has no matte; GET /avatars says which have one"
        )
    return Background(clip.clear, clip.behind, _picture(wanted, clip.width, clip.height))


def _picture(wanted: str, width: int, height: int) -> NDArray[np.uint8]:
    """I420 of the clip's size."""
    if is_colour(wanted):
        return i420_from_bgr(backdrop((height, width), bgr_of(wanted)))
    path = Path(wanted)
    if not path.is_absolute():
        raise BadBackground(f"background: {wanted!r} is neither #rrggbb nor the id of a picture")
    picture = cv2.imread(wanted, cv2.IMREAD_COLOR)
    if picture is None:
        raise UnknownBackground(f"the background {path.stem!r} is gone; upload it again")
    return covering(np.asarray(picture, np.uint8), width, height)
