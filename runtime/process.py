"""One actor process, as the supervisor holds it: spawned, watched, stopped.

In: the actors that it hosts. Out: its channel, and its state, which lasts no longer than
`ProcessLife` lets it. It is spawned, never forked; its death is seen through a pidfd in the loop,
and a loop that no longer turns through missing heartbeats. Runs in the supervisor; owns the
child, its pidfd and its channel.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack

from runtime.channel import Channel, ChannelClosed, Receive
from runtime.messages import ActorNews, Begin, Envelope, Heartbeat, Ready, Stop
from runtime.process_life import START_SECONDS, ProcessLife, ProcessState

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy's products are small here, and threads that wait for a part of one spin."""


class Process:
    """A child process that hosts actors."""

    def __init__(self, begin: Begin, on_event: Callable[[ActorNews], None]) -> None:
        """Raises OSError when there is no descriptor or process to be had; nothing is left."""
        self._begin = begin
        self._on_event = on_event
        self._life = ProcessLife(begin.process, self.kill)
        with ExitStack() as undo:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            undo.callback(ours.close)
            with theirs:
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "runtime.host", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    env={**ONE_THREAD, **os.environ},
                )
            undo.callback(self._child.wait)
            undo.callback(self._child.kill)
            self._pidfd = os.pidfd_open(self._child.pid)
            undo.pop_all()
        self.channel = Channel(ours)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def state(self) -> ProcessState:
        return self._life.state

    @property
    def silent_seconds(self) -> int:
        return self._life.silent_seconds

    async def gone(self) -> None:
        """Wait until it is dead."""
        await self._life.gone.wait()

    async def start(self) -> None:
        """Begin; returns when all its actors have started.

        Raises NotReady when they do not within START_SECONDS, refuse, or die; it is killed."""
        asyncio.get_running_loop().add_reader(self._pidfd, self._died)
        receive: Receive = self._receive
        self.channel.open(receive, self._life.drains)
        self._life.starts()
        try:
            await self.channel.request(self._begin, Ready, patience=START_SECONDS)
            self._life.is_ready()
        except BaseException:
            self.kill()
            raise

    async def stop(self, patience: float) -> None:
        """Ask it to end, and kill it when it has not in `patience` seconds."""
        try:
            self.channel.send(Stop())
        except ChannelClosed:
            self.kill()
        self._life.drains()
        try:
            async with asyncio.timeout(patience):
                await self.gone()
        except TimeoutError:
            self.kill()
            await self.gone()

    def kill(self) -> None:
        """SIGKILL; the pidfd tells when it is dead."""
        if self.state is not ProcessState.DEAD:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _receive(self, envelope: Envelope, descriptors: list[int]) -> None:
        for descriptor in descriptors:
            os.close(descriptor)
        if isinstance(envelope.body, Heartbeat):
            self._life.beats()
        elif isinstance(envelope.body, ActorNews):
            self._on_event(envelope.body)

    def _died(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        self._child.wait()
        self._life.died()
        os.close(self._pidfd)
        self.channel.close()
