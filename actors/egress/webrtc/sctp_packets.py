"""Whether an SCTP packet is one that may be handed to aiortc (RFC 9260, RFC 3758, RFC 6525).

In: a decrypted packet of a client. Out: nothing, or ValueError that says what is wrong with it.
aiortc checks a packet's length and checksum, and believes what stands in its chunks: the lengths
of parameters, and the number of packets that a SACK says have arrived. Runs in the egress
process's event loop (some µs a packet). Pure; owns nothing.
"""

from itertools import pairwise
from struct import unpack_from
from typing import Final

PACKET_HEADER: Final = 12
CHUNK_HEADER: Final = 4
GAP_END_MAX: Final = 4096
"""How far ahead a SACK may speak: far more packets than are ever on their way."""

_DATA, _INIT, _INIT_ACK, _SACK, _FORWARD_TSN = 0, 1, 2, 3, 192
_LENGTHS: Final = {_DATA: 12, _INIT: 16, _INIT_ACK: 16, _SACK: 12, _FORWARD_TSN: 4, 7: 4}
"""Bytes that the body of a chunk must have, by type; 7 is SHUTDOWN."""
_PARAMETERS: Final = {_INIT: 16, _INIT_ACK: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0}
"""Where the parameters of a chunk begin: HEARTBEAT and its ACK, ABORT, ERROR, RE-CONFIG."""


def check_packet(data: bytes) -> None:
    """Raise ValueError for a packet with a chunk that is malformed."""
    at = PACKET_HEADER
    while at + CHUNK_HEADER <= len(data):
        kind, _, length = unpack_from("!BBH", data, at)
        if length < CHUNK_HEADER or at + length > len(data):
            raise ValueError(f"a chunk of type {kind} says it has {length} bytes")
        _check_chunk(kind, data[at + CHUNK_HEADER : at + length])
        at += length + -length % 4


def _check_chunk(kind: int, body: bytes) -> None:
    if len(body) < _LENGTHS.get(kind, 0):
        raise ValueError(f"a chunk of type {kind} has {len(body)} bytes: too few")
    if kind == _DATA and len(body) == _LENGTHS[_DATA]:
        raise ValueError("a DATA chunk has no data (RFC 9260 section 6.2)")
    if kind in _PARAMETERS:
        _check_parameters(body[_PARAMETERS[kind] :])
    elif kind == _SACK:
        _check_sack(body)
    elif kind == _FORWARD_TSN and len(body) % 4:
        raise ValueError("a FORWARD-TSN chunk ends within a stream")


def _check_parameters(body: bytes) -> None:
    at = 0
    while at + 4 <= len(body):
        kind, length = unpack_from("!HH", body, at)
        if length < 4 or at + length > len(body):
            raise ValueError(f"a parameter of type {kind} says it has {length} bytes")
        at += length + -length % 4


def _check_sack(body: bytes) -> None:
    gaps, duplicates = unpack_from("!HH", body, 8)
    if len(body) < 12 + 4 * (gaps + duplicates):
        raise ValueError(f"a SACK of {len(body)} bytes says it has {gaps + duplicates} blocks")
    bounds = unpack_from(f"!{2 * gaps}H", body, 12)
    if any(one > next_ for one, next_ in pairwise(bounds)) or (gaps and bounds[-1] > GAP_END_MAX):
        raise ValueError("a SACK's gap blocks are out of order, or of packets never sent")
