"""Notices that a client has vanished without a word.

Runs in the egress process's event loop. Owns one timer; `close` frees it.
aiortc alone notices after 27 to 39 seconds (six of aioice's consent checks, RFC 7675,
4 to 6 s apart and 0.5 s long each); a client's RTCP reports come every second or so.
"""

from collections.abc import Callable
from typing import Final, Protocol

GRAIN: Final = 0.25
"""Seconds between two looks, at least: while nothing is sent, silence does not grow."""


class Timer(Protocol):
    """The part of an asyncio.TimerHandle that is used."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """The part of an event loop that is used."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer: ...


class Liveness:
    """Tells `on_quiet` after `quiet` seconds without a word, `on_back`, `on_lost` after `lost`.

    Only time in which something was sent to the client counts: who is told nothing
    has nothing to report.
    """

    def __init__(
        self,
        clock: Clock,
        quiet: float,
        lost: float,
        on_quiet: Callable[[], None],
        on_back: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._quiet, self._lost = quiet, lost
        self._on_quiet, self._on_back, self._on_lost = on_quiet, on_back, on_lost
        self._heard_at = self._sent_at = clock.time()
        self._is_quiet = False
        self._timer: Timer | None = clock.call_at(self._heard_at + quiet, self._due)

    def heard(self) -> None:
        """The client said something."""
        self._heard_at = self._clock.time()
        if self._is_quiet and self._timer is not None:
            self._is_quiet = False
            self._on_back()

    def sent(self) -> None:
        """Something was sent to the client."""
        self._sent_at = self._clock.time()

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        """The earliest time at which the client can have been silent for too long."""
        silent = max(0.0, self._sent_at - self._heard_at)
        if silent >= self._lost:
            self._timer = None
            self._on_lost()
            return
        if silent >= self._quiet and not self._is_quiet:
            self._is_quiet = True
            self._on_quiet()
        left = (self._lost if silent >= self._quiet else self._quiet) - silent
        self._timer = self._clock.call_at(self._clock.time() + max(left, GRAIN), self._due)
