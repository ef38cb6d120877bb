"""Envelopes as packets: one that is too large for a packet has its body in a memfd.

In: envelopes. Out: the bytes of a packet, with one more descriptor beside it where the body is
large; and back. Used by both ends of a control channel; owns a memfd until it is sent or read.
"""

import os
from typing import Final

import msgspec

from runtime.messages import Envelope, LargeBody, MessageBody

PACKET_LIMIT: Final = 192 * 1024
"""Bytes of the largest packet; a Unix socket's packet must fit its send buffer."""
BODY_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of the largest body, well above what the API takes."""

_ENCODER: Final = msgspec.msgpack.Encoder()
_ENVELOPES: Final = msgspec.msgpack.Decoder(Envelope)
_BODIES: Final[msgspec.msgpack.Decoder[MessageBody]] = msgspec.msgpack.Decoder(MessageBody)


def pack(envelope: Envelope) -> tuple[bytes, int | None]:
    """The packet, and the memfd that goes last beside it, or None; the caller closes it.

    Raises ValueError for a body over BODY_LIMIT, OSError where no memfd is to be had."""
    packet = _ENCODER.encode(envelope)
    if len(packet) <= PACKET_LIMIT:
        return packet, None
    body = _ENCODER.encode(envelope.body)
    if len(body) > BODY_LIMIT:
        what = type(envelope.body).__name__
        raise ValueError(f"a {what} of {len(body)} bytes is over {BODY_LIMIT}")
    memory = os.memfd_create("message")
    try:
        _write(memory, body)
    except BaseException:
        os.close(memory)
        raise
    large = LargeBody(len(body))
    return _ENCODER.encode(msgspec.structs.replace(envelope, body=large)), memory


def unpack(packet: bytes) -> Envelope:
    """The envelope; its body is a LargeBody where `read_large` has to fetch it."""
    return _ENVELOPES.decode(packet)


def read_large(body: LargeBody, memory: int) -> MessageBody:
    """The body that lies in `memory`, which is closed."""
    try:
        return _BODIES.decode(os.pread(memory, min(body.size, BODY_LIMIT), 0))
    finally:
        os.close(memory)


def _write(memory: int, body: bytes) -> None:
    left = memoryview(body)
    while left:
        left = left[os.write(memory, left) :]
