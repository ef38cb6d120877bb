"""What a LiveKit agent has a session say: the supervisor's end of the agent line.

In: frames of `runtime.agent_line` from the process of the room. Out: the same as a client of `/ws`
does: sound into utterances, interrupts, holds; back to the room, which utterance each became. A
process that does not keep to the wire is let go of. Runs on the supervisor's loop; owns the socket
and a task for each room.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Final

import msgspec

from runtime.agent_line import (
    LineKind,
    SegmentBegins,
    SegmentQueued,
    line_frame,
    read_line_frame,
)
from runtime.errors import RingtalkError, UnknownSession
from server.sessions.pcm_stream import SECONDS_AHEAD, PcmStream
from server.sessions.session import Session
from server.sessions.speech import Speech

logger = logging.getLogger(__name__)

SAMPLE_BYTES: Final = 2
FASTEST: Final = 48_000


class RoomSpeech:
    """Of one session's room; `run` until the room's process is gone for good."""

    def __init__(self, session: Session, speech: Speech, end: socket.socket) -> None:
        """It owns `end` from now on."""
        self._session, self._speech, self._end = session, speech, end
        self._rates: dict[str, int] = {}
        self._name = ""
        self._holds = False
        most = SECONDS_AHEAD * FASTEST * SAMPLE_BYTES
        self._stream = PcmStream(self._begin, self._epoch, self._trouble, most, self._missed)

    async def run(self) -> None:
        """Serve the room."""
        self._end.setblocking(False)
        reader, self._writer = await asyncio.open_unix_connection(sock=self._end)
        streaming = asyncio.ensure_future(self._stream.run())
        try:
            with suppress(UnknownSession):
                await self._listen(reader)
        except (ValueError, msgspec.DecodeError) as error:
            fields = {"session": self._session.id}
            logger.error("a room's process is let go of: %s", error, extra={"fields": fields})
        finally:
            self._writer.close()
            self._stream.finish()
            with suppress(UnknownSession):
                self._resume()
                await streaming

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while (came := await read_line_frame(reader)) is not None:
            try:
                await self._take(*came)
            except UnknownSession:
                raise
            except RingtalkError as error:
                await self._trouble(str(error))

    async def _take(self, kind: LineKind, data: bytes) -> None:
        match kind:
            case LineKind.BEGIN:
                begins = msgspec.json.decode(data, type=SegmentBegins)
                self._stream.commit()
                self._name = begins.name
                self._rates[begins.name] = begins.rate
            case LineKind.SOUND:
                await self._stream.put(data, self._name)
            case LineKind.COMMIT:
                self._stream.commit()
            case LineKind.CLEAR:
                self._holds = False
                self._speech.silence(self._speech.session(self._session.id))
            case LineKind.HOLD:
                self._holds = True
                self._speech.hold(self._session.id)
            case LineKind.RESUME:
                self._resume()
            case LineKind.QUEUED:
                raise ValueError("QUEUED is told to the room, not by it")

    def _resume(self) -> None:
        if self._holds:
            self._holds = False
            self._speech.resume(self._session.id)

    async def _begin(self, name: str) -> socket.socket:
        utterance, epoch, end = await self._speech.stream(self._session.id, self._rates.pop(name))
        self._tell(SegmentQueued(name, utterance, epoch))
        return end

    async def _missed(self, name: str) -> None:
        self._rates.pop(name, None)
        self._tell(SegmentQueued(name, 0))

    def _tell(self, news: SegmentQueued) -> None:
        if not self._writer.is_closing():
            self._writer.write(line_frame(LineKind.QUEUED, msgspec.json.encode(news)))

    def _epoch(self) -> int:
        return self._speech.epoch(self._session.id)

    async def _trouble(self, why: str) -> None:
        """Sound that is not said."""
        self._speech.tell_trouble(self._session, why)
