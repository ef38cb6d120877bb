"""One output of a session: tried until it works, and again when it breaks.

In: where it leads. Out: its states, told as they change: connecting, live, waiting, failed. Runs in
the egress process's event loop; owns its attempt, the wait between two, and a room's agent line;
`close` ends all.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Final

from actors.egress.options import MediaOptions
from actors.egress.outputs.link import Link, OutputBroke
from actors.egress.outputs.process_link import ProcessLink
from actors.egress.outputs.room.room_link import RoomLink
from actors.egress.outputs.room.tick_taps import TickTaps
from actors.egress.outputs.room.ticks_link import TicksLink
from actors.egress.outputs.whip_link import WhipLink
from actors.egress.shared.shared_streams import SharedStreams
from actors.egress.webrtc.timeline import Timeline
from runtime.messages import OutputTarget

logger = logging.getLogger(__name__)

WAIT_SECONDS: Final = 1.0
"""After the first failure; twice as long after each that follows."""
WAIT_MOST_SECONDS: Final = 30.0
HELD_SECONDS: Final = 10.0
"""A connection that lived so long begins a new row of failures."""

NO_LINE: Final = -1

Told = Callable[[str, str, int], None]
"""Hears a state, why, and the number of the attempt."""


class Output:
    """Begins as it is made."""

    def __init__(
        self,
        target: OutputTarget,
        size: tuple[int, int],
        streams: SharedStreams,
        options: MediaOptions,
        timeline: Timeline,
        ticks: TickTaps,
        tell: Told,
        line: int = NO_LINE,
    ) -> None:
        """`size` is the pictures' (width, height), `timeline` and `ticks` the session's. `line`:
        the descriptor of a room's agent line, which is closed with the output."""
        self._target, self._size, self._ticks, self._line = target, size, ticks, line
        self._streams, self._options, self._timeline = streams, options, timeline
        self._tell = tell
        self._bound = TicksLink(target.url, ticks) if target.kind == "ticks" else None
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """End it in good order; nothing is told any more."""
        self._tell = lambda state, why, attempt: None
        self._task.cancel()
        await asyncio.wait([self._task])
        if self._bound is not None:
            await self._bound.close()
        if self._line != NO_LINE:
            os.close(self._line)

    async def _run(self) -> None:
        failures, attempt = 0, 0
        while True:
            attempt += 1
            self._tell("connecting", "", attempt)
            broke, lived = await self._try(attempt)
            failures = 1 if lived >= HELD_SECONDS else failures + 1
            if broke.final:
                self._tell("failed", str(broke), attempt)
                return
            self._tell("waiting", str(broke), attempt)
            await asyncio.sleep(min(WAIT_MOST_SECONDS, WAIT_SECONDS * 2 ** (failures - 1)))

    async def _try(self, attempt: int) -> tuple[OutputBroke, float]:
        """One attempt: why it ended, and how long (s) it was live."""
        loop = asyncio.get_running_loop()
        live_at = loop.time()

        def live() -> None:
            nonlocal live_at
            live_at = loop.time()
            self._tell("live", "", attempt)

        link = self._link()
        try:
            await link.run(live)
        except OutputBroke as broke:
            return broke, loop.time() - live_at
        except OSError as error:
            return OutputBroke(error.strerror or "no process can be started"), 0.0
        finally:
            await link.close()
        raise AssertionError("a link ends with an error only")

    def _link(self) -> Link:
        if self._target.kind == "whip":
            return WhipLink(self._target, self._streams, self._options, self._timeline)
        if self._target.kind == "livekit":
            return RoomLink(self._target, self._options, self._ticks, self._line)
        if self._bound is not None:
            return self._bound
        return ProcessLink(self._target, self._size, self._streams)
