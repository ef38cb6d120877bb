"""One actor process, as the supervisor holds it: spawned, watched, stopped.

In: the actors that it hosts. Out: its channel, and one call when it has died. It
is spawned, never forked; its death is seen through a pidfd in the loop, and a loop
that no longer turns through missing heartbeats. Runs in the supervisor; owns the
child, its pidfd and its channel.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Final

from runtime.channel import Channel, ChannelClosed, Receive
from runtime.messages import ActorNews, Begin, Envelope, Heartbeat, Ready, Stop

START_SECONDS: Final = 180.0
"""Gigabytes of weights may have to be read from a slow disk."""
SILENCE_SECONDS: Final = 10.0
"""A process without a heartbeat for so long is killed and restarted."""


class Process:
    """A child process that hosts actors."""

    def __init__(
        self, begin: Begin, on_event: Callable[[ActorNews], None], on_death: Callable[[], None]
    ) -> None:
        self._begin = begin
        self._on_event = on_event
        self._on_death = on_death
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "runtime.host", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self.channel = Channel(ours)
        self._pidfd = os.pidfd_open(self._child.pid)
        self._watchdog: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()

    @property
    def pid(self) -> int:
        return self._child.pid

    async def start(self) -> None:
        """Begin; returns when all its actors have started.

        Raises NotReady when they do not within START_SECONDS or refuse."""
        asyncio.get_running_loop().add_reader(self._pidfd, self._died)
        receive: Receive = self._receive
        self.channel.open(receive, lambda: None)
        try:
            await self.channel.request(self._begin, Ready, patience=START_SECONDS)
        except BaseException:
            self.kill()
            raise
        self._feed_watchdog()

    async def stop(self, patience: float) -> None:
        """Ask it to end, and kill it when it has not in `patience` seconds."""
        self._on_death = lambda: None
        try:
            self.channel.send(Stop())
        except ChannelClosed:
            self.kill()
        try:
            async with asyncio.timeout(patience):
                await self._gone.wait()
        except TimeoutError:
            self.kill()
            await self._gone.wait()

    def kill(self) -> None:
        """SIGKILL; `on_death` follows from the pidfd."""
        if not self._gone.is_set():
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _receive(self, envelope: Envelope, descriptors: list[int]) -> None:
        for descriptor in descriptors:
            os.close(descriptor)
        if isinstance(envelope.body, Heartbeat):
            self._feed_watchdog()
        elif isinstance(envelope.body, ActorNews):
            self._on_event(envelope.body)

    def _feed_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._watchdog = asyncio.get_running_loop().call_later(SILENCE_SECONDS, self.kill)

    def _died(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._child.wait()
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._gone.set()
        self.channel.close()
        self._on_death()
