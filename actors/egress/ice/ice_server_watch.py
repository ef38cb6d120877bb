"""Which STUN and TURN servers answer, so that no offer waits for one that does not.

In: the servers of the settings, and what offers met. Out: those that are worth asking, with
credentials of now; one line in the log when a server falls silent, and one when it is back. All are
asked when egress starts; a silent one again when an offer would have needed it, beside that offer.
Runs in the egress process's event loop. Owns at most one task; `close` ends it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Final

from aiortc import RTCIceServer

from actors.egress.ice.ice_servers import GATHER_SECONDS, name_of, probe_all, usable
from runtime.media_network import IceAddress

logger = logging.getLogger(__name__)

START_SECONDS: Final = 1.0
"""So long a server has to answer when it is asked beside the offers."""
AGAIN_SECONDS: Final = 10.0
"""A silent server is not asked more often."""


class IceServerWatch:
    """Remembers which servers are silent."""

    def __init__(
        self, servers: tuple[IceAddress, ...] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        """clock: seconds."""
        self._servers = servers
        self._clock = clock
        self._silent: set[str] = set()
        self._asked_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Ask all of them, beside whatever else is done."""
        if any(usable(server) for server in self._servers):
            self._asked_at = self._clock()
            self._asking = asyncio.ensure_future(self._ask())

    def answering(self) -> list[RTCIceServer]:
        """aiortc's form of the servers that are worth asking, with credentials of now."""
        if self._silent and self._clock() - self._asked_at >= AGAIN_SECONDS and not self.asking:
            self.start()
        now = time.time()
        found: list[RTCIceServer] = []
        for server in (server.signed(now) for server in self._servers):
            urls = [url for url in usable(server) if name_of(server, url) not in self._silent]
            if urls:
                found.append(RTCIceServer(urls, server.username, server.credential))
        return found

    def missed(self, names: Iterable[str]) -> None:
        """An offer was answered without these, which did not answer in time."""
        for name in sorted(names):
            self._falls_silent(name)

    def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    @property
    def asking(self) -> set[asyncio.Task[None]]:
        """The task that asks the servers, while it does."""
        running = self._asking is not None and not self._asking.done()
        return {self._asking} if self._asking is not None and running else set()

    async def _ask(self) -> None:
        answers = await probe_all(self._servers, START_SECONDS)
        names = {url: name_of(server, url) for server in self._servers for url in usable(server)}
        for url, took in answers.items():
            if took is None or took > GATHER_SECONDS:
                self._falls_silent(names[url])
            elif names[url] in self._silent:
                self._silent.discard(names[url])
                logger.info("a server of ice_servers answers again", extra=_fields(names[url]))

    def _falls_silent(self, name: str) -> None:
        if name not in self._silent:
            self._silent.add(name)
            logger.warning(
                "a server of ice_servers did not answer in time; offers are answered without it",
                extra=_fields(name),
            )


def _fields(name: str) -> dict[str, object]:
    return {"fields": {"server": name, "offers_wait_ms": round(1000 * GATHER_SECONDS)}}
