"""The life of an actor process: four states, each left in bounded time.

    starting ──Ready──▶ ready ──its socket ends, or Stop──▶ draining ──▶ dead
        └──────────────────┴───────────────────────────────────────────▶

In: what is seen of a process. Out: its state, `gone` once it is dead, and a kill when a state
lasts too long: starting START_SECONDS, ready SILENCE_SECONDS without a heartbeat, draining
DRAIN_SECONDS. That it is dead is known from its pidfd alone; what its socket says, or that it
says nothing more, can only make it draining. Runs in the supervisor's loop; owns the timers.
"""

import asyncio
import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from runtime.errors import NotReady
from runtime.watchdog import Watchdog

logger = logging.getLogger(__name__)

START_SECONDS: Final = 180.0
"""Gigabytes of weights may have to be read from a slow disk."""
SILENCE_SECONDS: Final = 10
"""Time in which the supervisor itself did not run does not count."""
DRAIN_SECONDS: Final = 6.0
"""A process whose socket has ended closes its sessions and exits."""


class ProcessState(StrEnum):
    """See the module."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    DEAD = "dead"


class ProcessLife:
    """Of one process. gone: set when it is dead."""

    def __init__(self, name: str, kill: Callable[[], None]) -> None:
        self._name = name
        self._kill = kill
        self.state = ProcessState.STARTING
        self.gone = asyncio.Event()
        self._silence = Watchdog(SILENCE_SECONDS, self._is_silent)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def silent_seconds(self) -> int:
        """How long it gave no sign, in seconds in which the supervisor ran."""
        return self._silence.silent

    def starts(self) -> None:
        """It is there and was told to begin."""
        self._kill_in(START_SECONDS)

    def is_ready(self) -> None:
        """Its actors have started; raises NotReady if it is over already."""
        if self.state is not ProcessState.STARTING:
            raise NotReady(f"{self._name} ended as it was ready")
        self._cancel()
        self.state = ProcessState.READY
        self._silence.start()

    def beats(self) -> None:
        """A heartbeat was read."""
        self._silence.feed()

    def drains(self) -> None:
        """Its socket has ended, or it was asked to stop."""
        if self.state in (ProcessState.STARTING, ProcessState.READY):
            self.state = ProcessState.DRAINING
            self._silence.stop()
            self._kill_in(DRAIN_SECONDS)

    def died(self) -> None:
        """Its pidfd says so."""
        self.state = ProcessState.DEAD
        self._silence.stop()
        self._cancel()
        self.gone.set()

    def _is_silent(self) -> None:
        logger.error("%s gave no sign for %d s", self._name, SILENCE_SECONDS)
        self._kill()

    def _kill_in(self, seconds: float) -> None:
        self._cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._kill)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
