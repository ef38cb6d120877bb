"""What outputs there are, for the API, which checks, and for egress, which opens them. Owns
nothing."""

from typing import Final, Literal

OutputKind = Literal["rtmp", "rtmps", "whip", "file", "virtualcam", "livekit", "ticks"]
SCHEMES: Final[dict[str, tuple[str, ...]]] = {
    "rtmp": ("rtmp", "rtmps"),
    "rtmps": ("rtmps",),
    "whip": ("http", "https"),
    "livekit": ("ws", "wss", "http", "https"),
}
"""Of the URLs of each kind that leads to another server."""
FILE_FORMATS: Final = {".mp4": "mp4", ".mkv": "matroska", ".flv": "flv", ".ts": "mpegts"}
"""FFmpeg's muxers, by the end of a file's name."""
ABSTRACT: Final = "unix:@"
"""How the URL of ticks begins: a name in Linux's abstract namespace follows (unix(7))."""
