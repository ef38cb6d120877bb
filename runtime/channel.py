"""The control channel: messages over a Unix socket, descriptors beside them.

In: a SOCK_SEQPACKET socket, one end in the supervisor and one in an actor process.
Out: requests that are awaited, and notices that are not. A packet is one envelope,
so there is no framing and no half message; its descriptors ride with it
(SCM_RIGHTS). Owns the socket and every request that waits for its reply.
"""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from runtime.errors import REFUSALS, NotReady, RingtalkError
from runtime.messages import ControlMessage, Envelope, MessageBody, Refusal

PACKET_LIMIT: Final = 192 * 1024
"""Bytes of the largest envelope; a Unix socket's packet must fit its send buffer."""
DESCRIPTOR_LIMIT: Final = 16
PATIENCE_SECONDS: Final = 10.0
BACKLOG_LIMIT: Final = 4096
"""Envelopes that may wait for a peer that does not read, before it counts as gone."""

Receive = Callable[[Envelope, list[int]], None]
Reply = TypeVar("Reply", bound=ControlMessage)


class ChannelClosed(NotReady):
    """The other side is gone; what waited for it will not be answered."""


class Channel:
    """One end of the socket pair, attached to the running loop by `open`.

    `receive` is called in the loop for every envelope that is no reply, and owns
    the descriptors that it is given; `closed` once, when the peer is gone.
    """

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * PACKET_LIMIT)
        self._socket = end
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Envelope)
        self._number = 0
        self._waiting: dict[int, asyncio.Future[MessageBody]] = {}
        self._backlog: deque[tuple[bytes, list[int]]] = deque()
        self._receive: Receive | None = None
        self._closed: Callable[[], None] | None = None

    def open(self, receive: Receive, closed: Callable[[], None]) -> None:
        """Begin to read."""
        self._receive, self._closed = receive, closed
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def send(
        self,
        body: MessageBody,
        *,
        actor: str = "",
        number: int = 0,
        reply: bool = False,
        descriptors: Sequence[int] = (),
    ) -> None:
        """Send and forget; the descriptors are duplicated, the caller keeps his.

        Raises ChannelClosed when the peer is gone, ValueError for an envelope over
        PACKET_LIMIT."""
        packet = self._encoder.encode(Envelope(number, reply, actor, body))
        if len(packet) > PACKET_LIMIT:
            raise ValueError(f"a message of {len(packet)} bytes is over {PACKET_LIMIT}")
        if self._socket.fileno() < 0:
            raise ChannelClosed("the actor process is gone")
        if self._backlog:
            self._wait_to_write(packet, descriptors)
            return
        try:
            socket.send_fds(self._socket, [packet], list(descriptors))
        except BlockingIOError:
            self._wait_to_write(packet, descriptors)
        except OSError as error:
            self.close()
            raise ChannelClosed(f"the actor process is gone ({error.strerror})") from error

    async def request(
        self,
        body: MessageBody,
        expect: type[Reply],
        *,
        actor: str = "",
        descriptors: Sequence[int] = (),
        patience: float = PATIENCE_SECONDS,
    ) -> Reply:
        """Send and await the reply.

        Raises the RingtalkError that a Refusal names, ChannelClosed when the peer
        goes first, NotReady when it does not answer in `patience` seconds."""
        self._number += 1
        number = self._number
        future: asyncio.Future[MessageBody] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self.send(body, actor=actor, number=number, descriptors=descriptors)
            async with asyncio.timeout(patience):
                answer = await future
        except TimeoutError as error:
            raise NotReady(
                f"{actor or 'the process'} did not answer {type(body).__name__} in {patience:g} s"
            ) from error
        finally:
            self._waiting.pop(number, None)
        if isinstance(answer, Refusal):
            raise REFUSALS.get(answer.kind, RingtalkError)(answer.message)
        if not isinstance(answer, expect):
            raise TypeError(f"{type(body).__name__} was answered by {type(answer).__name__}")
        return answer

    def close(self) -> None:
        """Close the socket; every waiting request ends with ChannelClosed."""
        if self._socket.fileno() < 0:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket)
        loop.remove_writer(self._socket)
        self._socket.close()
        for _, descriptors in self._backlog:
            for descriptor in descriptors:
                os.close(descriptor)
        self._backlog.clear()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ChannelClosed("the actor process is gone"))
        if self._closed is not None:
            self._closed()

    def _wait_to_write(self, packet: bytes, descriptors: Sequence[int]) -> None:
        if len(self._backlog) >= BACKLOG_LIMIT:
            self.close()
            raise ChannelClosed("the actor process does not read its messages")
        self._backlog.append((packet, [os.dup(descriptor) for descriptor in descriptors]))
        if len(self._backlog) == 1:
            asyncio.get_running_loop().add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        while self._backlog:
            packet, descriptors = self._backlog[0]
            try:
                socket.send_fds(self._socket, [packet], descriptors)
            except BlockingIOError:
                return
            except OSError:
                self.close()
                return
            self._backlog.popleft()
            for descriptor in descriptors:
                os.close(descriptor)
        asyncio.get_running_loop().remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(
                self._socket, PACKET_LIMIT, DESCRIPTOR_LIMIT
            )
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if not packet:
            self.close()
            return
        envelope = self._decoder.decode(packet)
        if envelope.reply:
            future = self._waiting.get(envelope.number)
            if future is not None and not future.done():
                future.set_result(envelope.body)
        elif self._receive is not None:
            self._receive(envelope, list(descriptors))
