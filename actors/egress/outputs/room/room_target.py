"""Where the process of a room joins: what egress tells it first.

Runs in both; owns nothing.
"""

import msgspec

from actors.egress.outputs.room.tick_wire import HEADER, TickFrameKind


class RoomTarget(msgspec.Struct, frozen=True):
    """url and token: of OutputTarget. The pictures' size in pixels, and their bit/s at most."""

    url: str
    token: str
    width: int
    height: int
    bitrate: int

    def frame(self) -> bytes:
        """The first frame on the ticks' socket, in place of its HELLO."""
        body = msgspec.json.encode(self)
        return HEADER.pack(TickFrameKind.HELLO, len(body)) + body
