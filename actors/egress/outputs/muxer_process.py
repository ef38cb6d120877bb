"""The process of one output: `python -m actors.egress.outputs.muxer_process FD`.

In: frames on the socket FD (`wire`). Out: an RTMP stream, a file or the pictures of a virtual
camera; what becomes of it, as lines on the socket. It ends with the socket, and dies with the
process that started it even in the midst of a call that does not return. Owns the socket and the
output.
"""

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import BinaryIO, Final

import av
import msgspec

from actors.egress.outputs.container_output import ContainerOutput
from actors.egress.outputs.virtual_camera import NoCamera, VirtualCamera
from actors.egress.outputs.wire import HEADER, FrameKind, MuxerNews, MuxerTarget

PR_SET_PDEATHSIG: Final = 1
"""prctl(2): the signal that this process gets when its parent is gone."""


def main(descriptor: int) -> None:
    """Until the socket ends, or the output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    with socket.socket(fileno=descriptor) as sock, sock.makefile("rb") as stream:
        frames = _frames(stream)
        _, _, data = next(frames)
        target = msgspec.json.decode(data, type=MuxerTarget)
        try:
            _send(target, frames, sock)
        except (NoCamera, FileExistsError) as error:
            _tell(sock, MuxerNews(live=False, why=_why(error), final=True))
        except (av.FFmpegError, OSError) as error:
            _tell(sock, MuxerNews(live=False, why=_why(error), final=target.kind == "file"))


def _send(
    target: MuxerTarget, frames: Iterator[tuple[FrameKind, int, bytes]], sock: socket.socket
) -> None:
    if target.kind == "virtualcam":
        output: ContainerOutput | VirtualCamera = VirtualCamera(target)
    else:
        output = ContainerOutput(target)
    with output:
        live = False
        for kind, timestamp, data in frames:
            output.take(kind, timestamp, data)
            if output.begun and not live:
                live = True
                _tell(sock, MuxerNews(live=True))


def _frames(stream: BinaryIO) -> Iterator[tuple[FrameKind, int, bytes]]:
    while len(head := stream.read(HEADER.size)) == HEADER.size:
        kind, timestamp, size = HEADER.unpack(head)
        yield FrameKind(kind), timestamp, stream.read(size)


def _why(error: Exception) -> str:
    """FFmpeg's errors name the address, with its key: only the reason is told."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)


def _tell(sock: socket.socket, news: MuxerNews) -> None:
    sock.sendall(msgspec.json.encode(news) + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
    os._exit(0)  # a stream that is stuck must not hold the process
