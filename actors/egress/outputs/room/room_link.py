"""An output to a LiveKit room, in a process of its own that gets the ticks as they are.

In: the session's ticks; a descriptor of the agent line (`runtime.agent_line`), whose other end the
supervisor has. Out: the ticks to `room_process`, which encodes them. What it does not take waits up
to a limit, then pictures are left out. Runs in the egress process's event loop; owns the process
and the descriptor.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from actors.egress.options import MediaOptions
from actors.egress.outputs.link import OutputBroke
from actors.egress.outputs.output_process import OutputProcess
from actors.egress.outputs.room.room_target import RoomTarget
from actors.egress.outputs.room.tick_taps import TickTaps
from runtime.messages import OutputTarget

MODULE: Final = "actors.egress.outputs.room.room_process"
CONNECT_SECONDS: Final = 30.0
"""The library alone takes a second to be there, and tries a server for some."""
END_SECONDS: Final = 3.0
"""For a goodbye to the room."""
PICTURES_AHEAD: Final = 3
"""Pictures that may wait for the process."""
SOUND_AHEAD: Final = 1_000_000
"""Bytes of sound that may wait beside them."""


class RoomLink:
    """A `Link` and a `TickTap`."""

    def __init__(
        self, target: OutputTarget, options: MediaOptions, taps: TickTaps, line: int
    ) -> None:
        """`line` is the agent line's descriptor; it is handed on, and closed by its owner."""
        self._taps, self._line = taps, line
        width, height = taps.size
        self._target = RoomTarget(target.url, target.token, width, height, options.bitrate)
        self._most = PICTURES_AHEAD * width * height * 3 // 2
        self._process = OutputProcess(MODULE, self._most + SOUND_AHEAD, self._untap)

    async def run(self, on_live: Callable[[], None]) -> None:
        """See `Link.run`."""
        line = os.dup(self._line)
        try:
            await self._process.start(self._target.frame(), [line])
        finally:
            os.close(line)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                news = await self._process.news.get()
        except TimeoutError:
            raise OutputBroke(f"no connection in {CONNECT_SECONDS:.0f} s") from None
        if news.live:
            on_live()
            self._taps.add(self)
            news = await self._process.news.get()
        raise OutputBroke(news.why, final=news.final)

    async def close(self) -> None:
        """See `Link.close`."""
        self._untap()
        await self._process.close(END_SECONDS)

    def tick(self, whole: bytes, sound_only: bytes) -> None:
        """See `TickTap`."""
        if self._process.waiting <= self._most:
            self._process.write(whole)
        elif self._process.waiting <= self._most + SOUND_AHEAD:
            self._process.write(sound_only)

    def hush(self, frame: bytes) -> None:
        """See `TickTap`."""
        self._process.write(frame)

    def _untap(self) -> None:
        self._taps.remove(self)
