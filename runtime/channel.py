"""The control channel: messages over a Unix socket, descriptors beside them.

In: a SOCK_SEQPACKET socket, one end in the supervisor and one in an actor process.
Out: requests that are awaited, and notices that are not. A packet is one envelope,
so there is no framing and no half message; its descriptors ride with it
(SCM_RIGHTS). Owns the socket and every request that waits for its reply.
"""

import asyncio
import errno
import logging
import os
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final, TypeVar

import msgspec

from runtime.backlog import Backlog
from runtime.errors import REFUSALS, NotReady, RingtalkError
from runtime.messages import ControlMessage, Envelope, LargeBody, MessageBody, Refusal
from runtime.packets import PACKET_LIMIT, pack, read_large, unpack

DESCRIPTOR_LIMIT: Final = 24
PATIENCE_SECONDS: Final = 10.0
GONE: Final = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN})
NO_DESCRIPTORS: Final = "it has no descriptor left (ulimit -n); try again in a second"

logger = logging.getLogger(__name__)
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
        self._number = 0
        self._waiting: dict[int, asyncio.Future[MessageBody]] = {}
        self._backlog = Backlog()
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
        key: str = "",
        until: int = 0,
    ) -> None:
        """Send and forget; the descriptors are duplicated, the caller keeps his.

        key: if a notice with the same key waits for the peer already, this one says no more.
        until: see `Envelope`.
        Raises ChannelClosed when the peer is gone, NotReady when the descriptors cannot be sent,
        ValueError for a body over packets.BODY_LIMIT."""
        if self._socket.fileno() < 0:
            raise ChannelClosed("the actor process is gone")
        if self._backlog and self._backlog.spares(body, key):
            return
        packet, memory = pack(Envelope(number, reply, actor, body, until))
        with ExitStack() as after:
            beside = list(descriptors)
            if memory is not None:
                after.callback(os.close, memory)
                beside.append(memory)
            if self._backlog or not self._sent(packet, beside):
                self._wait_to_write(packet, beside, key)

    async def request(
        self,
        body: MessageBody,
        expect: type[Reply],
        *,
        actor: str = "",
        descriptors: Sequence[int] = (),
        patience: float = PATIENCE_SECONDS,
        expires: bool = False,
    ) -> Reply:
        """Send and await the reply.

        Raises the RingtalkError that a Refusal names, ChannelClosed when the peer
        goes first, NotReady when it does not answer in `patience` seconds, or has no descriptor
        left for what is beside the message. `expires`: what the peer reads later than that it
        leaves, so that a text that was refused is not spoken."""
        until = time.monotonic_ns() + int(patience * 1e9) if expires else 0
        self._number += 1
        number = self._number
        future: asyncio.Future[MessageBody] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            async with asyncio.timeout(patience):
                await self._backlog.room()
                self.send(body, actor=actor, number=number, descriptors=descriptors, until=until)
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
        self._backlog.clear()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ChannelClosed("the actor process is gone"))
        if self._closed is not None:
            self._closed()

    def _sent(self, packet: bytes, descriptors: Sequence[int]) -> bool:
        """Send it now; False if the socket has no room. Raises ChannelClosed, or NotReady when
        the kernel will not pass on the descriptors."""
        try:
            socket.send_fds(self._socket, [packet], list(descriptors))
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in GONE:
                raise NotReady(f"an actor process cannot be told: {error.strerror}") from error
            self.close()
            raise ChannelClosed(f"the actor process is gone ({error.strerror})") from error
        return True

    def _wait_to_write(self, packet: bytes, descriptors: Sequence[int], key: str) -> None:
        try:
            self._backlog.add(packet, descriptors, key)
        except OSError as error:
            raise NotReady(f"an actor process cannot be told: {error.strerror}") from error
        if len(self._backlog) == 1:
            asyncio.get_running_loop().add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        while self._backlog:
            waiting = self._backlog.head
            try:
                if not self._sent(waiting.packet, waiting.descriptors):
                    return
            except ChannelClosed:
                return
            except NotReady as error:
                logger.error("a message was lost: %s", error)  # its request is not answered
            self._backlog.pop()
        asyncio.get_running_loop().remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            packet, descriptors, flags, _ = socket.recv_fds(
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
        envelope = unpack(packet)
        if flags & socket.MSG_CTRUNC:
            self._cut_off(envelope, descriptors)
        elif isinstance(envelope.body, LargeBody):
            *beside, memory = descriptors
            body = read_large(envelope.body, memory)
            self._take(msgspec.structs.replace(envelope, body=body), beside)
        else:
            self._take(envelope, list(descriptors))

    def _take(self, envelope: Envelope, descriptors: list[int]) -> None:
        if envelope.reply:
            future = self._waiting.get(envelope.number)
            if future is not None and not future.done():
                future.set_result(envelope.body)
        elif self._receive is not None and not _is_late(envelope):
            self._receive(envelope, descriptors)
        else:
            _close_all(descriptors)

    def _cut_off(self, envelope: Envelope, descriptors: Sequence[int]) -> None:
        """This process had no descriptor free for all that was beside the message (recvmsg(2),
        MSG_CTRUNC): who asked is told."""
        _close_all(descriptors)
        refusal = Refusal(NotReady.__name__, NO_DESCRIPTORS)
        if envelope.reply:
            self._take(Envelope(envelope.number, True, envelope.actor, refusal), [])
        elif envelope.number:
            self.send(refusal, number=envelope.number, reply=True)
        else:
            logger.error("a message was lost: %s", NO_DESCRIPTORS)


def _is_late(envelope: Envelope) -> bool:
    """Whether nobody waits for the answer any more."""
    return 0 < envelope.until < time.monotonic_ns()


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
