"""A camera of this machine that shows the session: v4l2loopback on Linux, through pyvirtualcam.

In: frames of `wire`. Out: the pictures, on the device. It has no sound. Runs in an output's
process; owns the device and a decoder; the end of the context frees them.
"""

from types import TracebackType
from typing import Self

import av
from av.video.codeccontext import VideoCodecContext

from actors.egress.outputs.wire import FrameKind, MuxerTarget
from data.units import TICKS_PER_SECOND


class NoCamera(Exception):
    """There is none to show the session on; the message says what to install."""


class VirtualCamera:
    """A context; see the module."""

    def __init__(self, target: MuxerTarget) -> None:
        """Raises NoCamera."""
        try:
            import pyvirtualcam  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise NoCamera("pyvirtualcam is not installed: the extra `virtualcam`") from error
        try:
            self._camera = pyvirtualcam.Camera(
                target.width,
                target.height,
                TICKS_PER_SECOND,
                fmt=pyvirtualcam.PixelFormat.I420,
                device=target.url or None,
            )
        except (RuntimeError, OSError) as error:
            raise NoCamera(f"no virtual camera: {error} (the kernel's v4l2loopback)") from error
        self.begun = False
        decoder = av.CodecContext.create("h264", "r")
        assert isinstance(decoder, VideoCodecContext)
        self._decoder = decoder

    def take(self, kind: FrameKind, timestamp: int, data: bytes) -> None:
        """One frame; sound is not shown."""
        if kind is FrameKind.SOUND:
            return
        for picture in self._decoder.decode(av.Packet(data)):
            self._camera.send(picture.to_ndarray(format="yuv420p"))
            self.begun = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._camera.close()
