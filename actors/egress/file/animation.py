"""An animated WebP that is being written: pictures without sound, for a page or a README.

Runs in the recorder's thread. Owns the open file and its encoder; `close` or `drop` frees
them. An animation has a picture every 80 ms, half of those of a film: it is a third smaller,
and a browser that shows it beside others keeps up.
"""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import av.error

from actors.egress.encoder_frame import EncoderFrame
from actors.egress.file.movie import MovieTick
from data.units import TICKS_PER_SECOND

QUALITY: Final = 72
"""Of libwebp, 0 to 100."""
_EVERY: Final = 2
_FOREVER: Final = "0"


class Animation:
    """See `Movie`: tick numbers may skip, the last picture then stays. The sound is dropped."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """`size` is (width, height). The file is made with its first packet."""
        self._canvas = EncoderFrame(size)
        self._first: int | None = None
        self._file = av.open(str(path), "w", format="webp", options={"loop": _FOREVER})
        self._pictures = self._file.add_stream("libwebp_anim", rate=TICKS_PER_SECOND)
        self._pictures.width, self._pictures.height = size
        self._pictures.pix_fmt = "yuv420p"
        self._pictures.time_base = Fraction(1, TICKS_PER_SECOND)
        self._pictures.options = {"quality": str(QUALITY), "compression_level": "6"}

    def write(self, tick: MovieTick) -> None:
        """Add a tick. Raises av.error.FFmpegError or OSError."""
        if self._first is None:
            self._first = tick.tick
        if tick.picture is not None:
            self._canvas.fill(tick.picture)
        place = tick.tick - self._first
        if place % _EVERY:
            return
        frame = self._canvas.frame
        frame.pts = place
        frame.time_base = Fraction(1, TICKS_PER_SECOND)
        self._file.mux(self._pictures.encode(frame))

    def close(self) -> None:
        """Write what the encoder holds: libwebp gives the whole animation at its end."""
        self._file.mux(self._pictures.encode(None))
        self._file.close()

    def drop(self) -> None:
        """Close a file that will be removed, so that its end may be missing."""
        with suppress(OSError, av.error.FFmpegError):
            self._file.close()
