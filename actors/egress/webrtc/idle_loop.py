"""An avatar's idle loop, coded once for all sessions that show it.

In: an avatar, the mark in its pictures, a codec, and the places of the loop that sessions show.
Out: the coded picture of a place, if it is there. The loop is cut into groups of pictures that
begin with a keyframe and need nothing before it, so a client may come in at the beginning of any
group; a group is coded as a whole when it is first asked for, beside the sessions' own pictures.
What is coded stays: a face that rests costs no encoder. The mapped clip is shared with the
processes that draw on it.

Runs in the egress process's event loop, but for coding and loading, which a thread of lower
priority does. Owns the thread and at most MOST_BYTES of packets.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from actors.egress.encoder_frame import EncoderFrame
from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.sink import Picture
from actors.egress.webrtc.codecs import open_encoder
from data.clip import AvatarError, Clip
from data.marking import VisibleMark
from data.units import TICKS_PER_SECOND
from models.picture.visible_mark import MarkPatch
from runtime.errors import RingtalkError
from runtime.idle_place import IdlePlace, edition_number

GROUP_TICKS: Final = 3 * TICKS_PER_SECOND
"""A client waits so long at most to come in; a keyframe so often costs a tenth of the bits."""
Made = TypeVar("Made")
MOST_BYTES: Final = 64 << 20
NICE: Final = 10


class LoopPicture(NamedTuple):
    """A coded picture of a loop; without `keyframe` it needs the one of the place before."""

    data: bytes
    keyframe: bool


class _Loop(NamedTuple):
    """edition: its number. length: of the loop, in ticks."""

    edition: int
    length: int
    picture: Callable[[int], Picture]


_GroupKey = tuple[int, VisibleMark | None, VideoCodec, int]
"""The avatar's edition, the mark, the codec, and the group's number."""


class IdleLoops:
    """Of all avatars whose sessions rest."""

    def __init__(self, cache: Path, options: MediaOptions) -> None:
        self._cache, self._options = cache, options
        self._thread = ThreadPoolExecutor(1, "idle", initializer=_yield_to_others)
        self._loops: dict[tuple[str, VisibleMark | None], Future[_Loop | None]] = {}
        self._groups: dict[_GroupKey, Future[list[LoopPicture]]] = {}
        self._bytes = 0

    def picture(
        self, avatar: str, mark: VisibleMark | None, codec: VideoCodec, number: int
    ) -> LoopPicture | None:
        """The coded picture of the `IdlePlace` with this number; None while, or where, there is
        none: it is being coded, the avatar was changed meanwhile, or there is no room for it."""
        shown = avatar, mark
        if shown not in self._loops:
            self._loops[shown] = self._thread.submit(self._load, avatar, mark)
        loop = _result(self._loops[shown])
        edition, place = IdlePlace.of(number)
        if loop is None or loop.edition != edition or place >= loop.length:
            return None
        key = edition, mark, codec, place // GROUP_TICKS
        if key not in self._groups:
            if self._bytes > MOST_BYTES:
                return None
            self._groups[key] = self._thread.submit(self._code, loop, codec, key[3])
        group = _result(self._groups[key])
        return None if group is None else group[place % GROUP_TICKS]

    def close(self) -> None:
        """End the thread; what it does is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _load(self, avatar: str, mark: VisibleMark | None) -> _Loop | None:
        """Map its clip."""
        from actors.avatars import edition_of  # noqa: PLC0415 - 15 MB, only where a face rests

        try:
            key, clip = edition_of(avatar, self._cache)
            patch = None if mark is None else MarkPatch(mark, clip.width, clip.height)
        except (AvatarError, RingtalkError, ValueError):
            return None  # who draws it says what is wrong with it
        return _Loop(edition_number(key), len(clip.loop), partial(_picture, clip, patch))

    def _code(self, loop: _Loop, codec: VideoCodec, group: int) -> list[LoopPicture]:
        """All pictures of a group."""
        rows, width = loop.picture(0).shape
        canvas = EncoderFrame((width, rows * 2 // 3))
        encoder = open_encoder(codec, (width, rows * 2 // 3), self._options)
        first = group * GROUP_TICKS
        coded = []
        for place in range(first, min(first + GROUP_TICKS, loop.length)):
            canvas.fill(loop.picture(place))
            begins = place == first
            picture = LoopPicture(
                *encoder.encode(
                    canvas.frame, place - first, keyframe=begins, bitrate=self._options.bitrate
                )
            )
            coded.append(picture)
        self._bytes += sum(len(picture.data) for picture in coded)
        return coded


def _picture(clip: Clip, patch: MarkPatch | None, place: int) -> Picture:
    """A place of the loop as the compositor shows it."""
    frame: Picture = clip.frames[int(clip.loop[place])]
    if patch is not None:
        frame = frame.copy()
        patch.draw(frame)
    return frame


def _result(future: Future[Made]) -> Made | None:
    """What was made, None while it is not; raises what went wrong."""
    return future.result() if future.done() else None


def _yield_to_others() -> None:
    """Begins the thread: sessions' own pictures go first (setpriority(2), per thread on Linux)."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
