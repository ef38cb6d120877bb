"""What a connection may take of the server, for every protocol that runs on one.

In: the settings. Out: `ConnectionLimits`, in the configuration that uvicorn hands to each
protocol. Types only: owns nothing.
"""

import asyncio
import resource
from dataclasses import dataclass
from typing import Any, Self

import uvicorn
from fastapi import FastAPI

from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """headers, rest, unread in seconds: until a request's headers are there; until the body of a
    request that is answered already has passed; until a client takes something of what waits for
    it. connections: at once, so that there are descriptors left for sessions and restarts."""

    headers: float
    rest: float
    unread: float
    connections: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings say."""
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return cls(
            settings.header_seconds,
            settings.body_seconds,
            settings.unread_seconds,
            min(settings.max_connections, descriptors // 2),
        )


class LimitedConfig(uvicorn.Config):
    """uvicorn's configuration, with the limits of a connection."""

    def __init__(self, app: FastAPI, limits: ConnectionLimits, **options: Any) -> None:
        super().__init__(app, **options)
        self.limits = limits


class UnreadTimer:
    """Cuts a connection whose client leaves what it is sent unread: nothing else of the server
    waits for that, but the memory would.

    Told by the transport: `paused` when much waits to be sent, `resumed` when little does."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def paused(self, transport: asyncio.Transport) -> None:
        """The clock runs from here on."""
        self.resumed()
        self._timer = self._loop.call_later(self._seconds, transport.abort)

    def resumed(self) -> None:
        """It was read, or the connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
