"""How much a client may send, each limit once.

Read by the API, which refuses more by name and shows the limits in its documents, and by the
actors. All fields of a request together, at their longest, fit one packet of the control
channel (`runtime.packets.PACKET_LIMIT`), whatever letters they are made of. Owns nothing.
"""

from typing import Final

SDP_BYTES: Final = 50_000
"""Of an offer, in UTF-8; a browser's has some 10 thousand."""
SDP_LINES: Final = 1000
"""Of an offer; a browser's has some 250."""
SDP_SECTIONS: Final = 32
"""Of an offer; a browser's has one for each track."""
SDP_CANDIDATES: Final = 64
"""Of an offer that are tried; a machine with many networks has some twenty."""
SDP_ANSWER_BYTES: Final = 150_000
"""An offer whose answer would be longer is refused: a short line may stand for many."""
SESSION_ID: Final = 64
"""Characters, as of all that follow. Ids have 16 digits."""
AVATAR: Final = 64
BACKGROUND: Final = 128
"""A colour has 7, a picture's id 32."""
TASK_ID: Final = 64
ACTION: Final = 64
CUSTOM_CONFIG: Final = 10_000
"""Sixty items of a `custom_config`."""
VOICE: Final = 128
"""Also of an emotion."""
INSTRUCTIONS: Final = 500
"""How to speak, in words."""
LANGUAGE: Final = 35
"""The longest that RFC 5646, 4.4.1, asks programs to take."""
REFERENCE: Final = 2048
"""A URL's length that every server takes."""
ROOM_TOKEN: Final = 8192
"""An access token of LiveKit with attributes and metadata."""
REFERENCE_TEXT: Final = 2000
TEXT: Final = 40_000
"""The most that the setting `max_text` may allow: 45 minutes of speech."""
FRAMES_PER_SECOND: Final = 2000
"""Of a WebSocket, on average: messages, fragments, pings. Sound in pieces of 20 ms is 50."""
FRAMES_AT_ONCE: Final = 8000
"""Of a WebSocket, in a burst: 30 s of sound in pieces of 4 ms."""
