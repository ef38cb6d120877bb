"""How eSpeak NG tells what it says: the events of its C library, as ctypes sees them.

In: nothing; out: types. Follows espeak-ng's speak_lib.h. Used by the voice that speaks in
ingest and by the scripts that make speech to learn from; owns nothing.
"""

import ctypes
from typing import Final


class EventId(ctypes.Union):
    """`espeak_EVENT.id`."""

    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class EspeakEvent(ctypes.Structure):
    """`espeak_EVENT`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", EventId),
    )


Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(EspeakEvent)
)
"""`t_espeak_callback`: samples, their number, the events among them."""

LIST_END: Final = 0
PHONEME: Final = 7
"""espeak_EVENT_TYPE: the end of the list, a phoneme."""
