"""The process that makes one avatar, as the supervisor holds it.

In: an order. Out: what it tells, line by line, then how it ended. It is spawned, never forked, as
the first of a process group of its own, which goes with it; its death is seen through a pidfd in
the loop. Runs in the supervisor; owns the child, its pipes and its pidfd.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import IO, Final

import msgspec

from runtime.avatar_messages import LINES, AvatarLine, MakeAvatar

CANCEL_SECONDS: Final = 3.0
"""What was asked to end between two frames, and has not by then, is killed."""
LONGEST_LINE: Final = 1 << 20
COMMAND: Final = (sys.executable, "-m", "actors.avatar_process")


class MakerProcess:
    """One order's process. OSError where there is no descriptor or process to be had."""

    def __init__(self, order: MakeAvatar, command: tuple[str, ...] = COMMAND) -> None:
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._pidfd = os.pidfd_open(self._child.pid)
        self._gone = asyncio.Event()
        self._kill: asyncio.TimerHandle | None = None
        asyncio.get_running_loop().add_reader(self._pidfd, self._died)
        with suppress(BrokenPipeError):  # it died at once; that is told by its death
            self._input.write(msgspec.json.encode(order) + b"\n")
            self._input.flush()

    @property
    def pid(self) -> int:
        return self._child.pid

    async def lines(self) -> AsyncIterator[AvatarLine]:
        """What it tells, to its end. msgspec.DecodeError for what is no line of ours."""
        assert self._child.stdout is not None
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(LONGEST_LINE)
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self._child.stdout
        )
        try:
            while line := await reader.readline():
                yield LINES.decode(line)
        finally:
            transport.close()

    def cancel(self) -> None:
        """Ask it to end; it is killed if it does not."""
        if self._kill is None and not self._gone.is_set():
            with suppress(BrokenPipeError):
                self._input.close()
            self._kill = asyncio.get_running_loop().call_later(CANCEL_SECONDS, self.kill)

    def kill(self) -> None:
        """SIGKILL to it and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)

    async def status(self) -> int:
        """Wait until it is dead; its exit status, or the signal that ended it, negative."""
        await self._gone.wait()
        status = self._child.poll()
        assert status is not None
        return status

    @property
    def _input(self) -> IO[bytes]:
        assert self._child.stdin is not None
        return self._child.stdin

    def _died(self) -> None:
        """Not waited for yet, so that its number is still its group's."""
        asyncio.get_running_loop().remove_reader(self._pidfd)
        if self._kill is not None:
            self._kill.cancel()
        self.kill()
        self._child.wait()
        os.close(self._pidfd)
        with suppress(BrokenPipeError):
            self._input.close()
        self._gone.set()
