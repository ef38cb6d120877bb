"""How much sound an Opus packet holds, by its first bytes (RFC 6716 section 3.1).

In: a packet's payload. Out: ms. Pure.
"""

from typing import Final

_SILK, _HYBRID, _CELT = (10.0, 20.0, 40.0, 60.0), (10.0, 20.0), (2.5, 5.0, 10.0, 20.0)
HYBRID_FROM: Final = 12
CELT_FROM: Final = 16


def length_ms(payload: bytes) -> float:
    """0 for a packet without a byte."""
    if not payload:
        return 0.0
    kind, code = payload[0] >> 3, payload[0] & 3
    if kind < HYBRID_FROM:
        frame = _SILK[kind & 3]
    elif kind < CELT_FROM:
        frame = _HYBRID[kind & 1]
    else:
        frame = _CELT[kind & 3]
    if code < 3:
        return frame * (1, 2, 2)[code]
    return frame * (payload[1] & 63) if len(payload) > 1 else 0.0
