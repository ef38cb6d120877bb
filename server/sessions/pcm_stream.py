"""A client's sound on its way to ingest.

In: pieces of int16 sound as they arrive, and the ends of utterances. Out: bytes in sockets that
ingest reads, one for each utterance. Pieces of before an interrupt are dropped by their epoch,
as everywhere in the service. When `most` bytes, or PIECES_AHEAD
pieces, wait, the client waits. Runs in the supervisor's
process; owns what waits, and the socket that is written to.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from runtime.errors import RingtalkError

PIECES_AHEAD: Final = 4096
SECONDS_AHEAD: Final = 30
"""Sound that may wait for the face to speak it: then a `clear` behind it is read at once."""


class PcmPiece(NamedTuple):
    """Some sound of before or after an interrupt; b"" ends its utterance. name: its client's for
    the utterance, "" for none."""

    epoch: int
    sound: bytes
    name: str = ""


async def _nobody(name: str) -> None:
    """Hears of utterances that are not begun."""


class PcmStream:
    """The sound of one client; `run` beside `put`, `commit` and `finish`.

    begin: begins an utterance of this name; epoch is the session's; trouble hears of sound that is
    not said, `missed` of each named utterance that is never begun, because it was refused, or
    interrupted before.
    """

    def __init__(
        self,
        begin: Callable[[str], Awaitable[socket.socket]],
        epoch: Callable[[], int],
        trouble: Callable[[str], Awaitable[None]],
        most: int,
        missed: Callable[[str], Awaitable[None]] = _nobody,
    ) -> None:
        self._begin, self._epoch, self._trouble = begin, epoch, trouble
        self._most, self._missed = most, missed
        self._waiting: deque[PcmPiece] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._finished = False
        self._end: socket.socket | None = None
        self._end_epoch = 0
        self._refused: int | None = None
        self._known = ""

    async def put(self, sound: bytes, name: str = "") -> None:
        """Add sound of an utterance that its client may have named; waits while there is too much
        already."""
        if not sound:
            return
        while self._bytes >= self._most or len(self._waiting) >= PIECES_AHEAD:
            self._room.clear()
            await self._room.wait()
        self._add(PcmPiece(self._epoch(), sound, name))

    def commit(self) -> None:
        """The utterance is complete. Two in a row are one."""
        if not self._waiting or self._waiting[-1].sound:
            self._add(PcmPiece(self._epoch(), b""))

    def finish(self) -> None:
        """Nothing more comes: `run` ends when all was written."""
        self._finished = True
        self._changed.set()

    async def run(self) -> None:
        """Write until finished; raises UnknownSession when the session is over."""
        try:
            while (piece := await self._next()) is not None:
                if not piece.sound:
                    self._close()
                    self._refused = None
                elif piece.epoch == self._epoch():
                    await self._write(piece)
                else:
                    await self._miss(piece)
        finally:
            self._close()

    def _add(self, piece: PcmPiece) -> None:
        self._waiting.append(piece)
        self._bytes += len(piece.sound)
        self._changed.set()

    async def _next(self) -> PcmPiece | None:
        while not self._waiting:
            if self._finished:
                return None
            self._changed.clear()
            await self._changed.wait()
        piece = self._waiting.popleft()
        self._bytes -= len(piece.sound)
        self._room.set()
        return piece

    async def _write(self, piece: PcmPiece) -> None:
        """Into the utterance that is being written, or into a new one."""
        if self._end is not None and self._end_epoch != piece.epoch:
            self._close()
        if self._end is None:
            if self._refused == piece.epoch:
                return
            self._end_epoch = piece.epoch
            try:
                self._end = await self._begin(piece.name)
                self._known = piece.name
            except RingtalkError as error:
                await self._refuse(piece, str(error))
                return
        try:
            await asyncio.get_running_loop().sock_sendall(self._end, piece.sound)
        except OSError:
            self._close()
            if piece.epoch == self._epoch():
                await self._refuse(piece, "the utterance broke off; it is not said to its end")

    async def _refuse(self, piece: PcmPiece, why: str) -> None:
        """The rest of the utterance is dropped, and told of once."""
        self._refused = piece.epoch
        await self._trouble(why)
        await self._miss(piece)

    async def _miss(self, piece: PcmPiece) -> None:
        """Of an utterance that nobody knows it is not begun that is told, once."""
        if piece.name and piece.name != self._known:
            self._known = piece.name
            await self._missed(piece.name)

    def _close(self) -> None:
        if self._end is not None:
            self._end.close()
            self._end = None
