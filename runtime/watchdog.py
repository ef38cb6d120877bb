"""How long nothing was heard, in seconds in which the listener itself ran.

In: `feed`, whenever something is heard. Out: one call when nothing was for too long. A machine
that slept, a virtual machine that was paused and a loop that lagged have not listened either, so
that time does not count: what waited to be read is read before the next second is over. Runs in
the supervisor's loop; owns a timer.
"""

import asyncio
from collections.abc import Callable
from typing import Final

CHECK_SECONDS: Final = 1.0


class Watchdog:
    """Barks once."""

    def __init__(self, most: int, bark: Callable[[], None]) -> None:
        """most: silent seconds after which `bark` is called."""
        self._most = most
        self._bark = bark
        self._silent = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def silent(self) -> int:
        """Seconds of silence so far."""
        return self._silent

    def start(self) -> None:
        """Count from now on."""
        self._silent = 0
        self._again()

    def feed(self) -> None:
        """Something was heard."""
        self._silent = 0

    def stop(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)

    def _check(self) -> None:
        self._silent += 1
        if self._silent >= self._most:
            self._timer = None
            self._bark()
        else:
            self._again()
