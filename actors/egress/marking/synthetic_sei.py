"""What a live H264 picture says of itself: a message beside it, which decoders pass over.

In: a coded keyframe. Out: the same with a user_data_unregistered SEI message before its slices
(ITU-T H.264, D.1.7): 16 bytes that name the kind, then the IPTC's term for it. Pure; made once.
"""

from typing import Final
from uuid import UUID

IPTC_SOURCE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC Digital Source Type: made by a trained algorithm."""
SEI_KIND: Final = UUID("c9b8d1de-59d1-4b05-9a7c-6d7bf54e2b1d")
"""Ours; docs/lawful.md tells it."""

_START: Final = b"\x00\x00\x00\x01"
_NAL_SEI: Final = b"\x06"
_USER_DATA: Final = b"\x05"
_END: Final = b"\x80"
_SLICES: Final = frozenset({1, 5})
"""NAL unit types of pictures: of another, and of an IDR one."""


def _message() -> bytes:
    payload = SEI_KIND.bytes + IPTC_SOURCE.encode("ascii")
    assert len(payload) < 255
    assert b"\x00\x00" not in payload, "so that nothing needs emulation prevention"
    return _START + _NAL_SEI + _USER_DATA + bytes([len(payload)]) + payload + _END


MESSAGE: Final = _message()


def marked(keyframe: bytes) -> bytes:
    """An Annex B access unit, with the message before its first slice."""
    at = 0
    while 0 <= (at := keyframe.find(b"\x00\x00\x01", at)) < len(keyframe) - 3:
        if keyframe[at + 3] & 0x1F in _SLICES:
            begin = at - 1 if at and keyframe[at - 1] == 0 else at
            return keyframe[:begin] + MESSAGE + keyframe[begin:]
        at += 3
    return keyframe
