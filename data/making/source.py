"""The frames that an avatar is made from: a video at one frame a tick, or a photo.

In: a file. Out: uint8 BGR pictures, no larger than 1080p, as often as they are asked for.
Runs where avatars are made; owns the open file while it reads. Errors are `CannotMake`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.errors import CannotMake
from data.units import TICKS_PER_SECOND

LONG_SIDE: Final = 1920
SHORT_SIDE: Final = 1080
LEAST_FRAMES: Final = TICKS_PER_SECOND // 2
MOST_SECONDS: Final = 30
PHOTOS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})


class FrameSource(Protocol):
    """Pictures that can be gone through more than once, always the same."""

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """uint8 BGR [H, W, 3] each, one a tick, all of one size."""
        ...


class VideoSource:
    """A video at 25 frames a second, upright."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """CannotMake if the file holds no video that can be read, or too much of it."""
        count, size = 0, None
        for picture in self._ticks():
            if count >= MOST_SECONDS * TICKS_PER_SECOND:
                raise CannotMake(
                    f"{self._path.name}: longer than {MOST_SECONDS} s; 5 to 20 s are enough"
                )
            fitted = fit(picture)
            size = size or fitted.shape
            if fitted.shape != size:
                raise CannotMake(f"{self._path.name}: its pictures change their size")
            yield fitted
            count += 1
        if count < LEAST_FRAMES:
            seconds = count / TICKS_PER_SECOND
            raise CannotMake(
                f"{self._path.name}: holds {seconds:.2f} s of video, "
                f"{LEAST_FRAMES / TICKS_PER_SECOND:.2f} s at least are needed"
            )

    def _ticks(self) -> Iterator[NDArray[np.uint8]]:
        """One picture a tick: the last frame that had begun by then."""
        began: float | None = None
        ticks = 0
        last: av.VideoFrame | None = None
        for frame in self._frames():
            at = frame.time if frame.time is not None else ticks / TICKS_PER_SECOND
            began = at if began is None else began
            while last is not None and began + ticks / TICKS_PER_SECOND < at - 1e-3:
                yield _upright(last)
                ticks += 1
            last = frame
        if last is not None:
            yield _upright(last)

    def _frames(self) -> Iterator[av.VideoFrame]:
        try:
            with av.open(str(self._path)) as container:
                if not container.streams.video:
                    raise CannotMake(f"{self._path.name}: there is no video in it")
                container.streams.video[0].thread_type = "AUTO"
                yield from container.decode(video=0)
        except (av.FFmpegError, OSError) as error:
            raise CannotMake(
                f"{self._path.name}: cannot be read as a video ({error.strerror or error})"
            ) from error


def _upright(frame: av.VideoFrame) -> NDArray[np.uint8]:
    picture = frame.to_ndarray(format="bgr24")
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, turns)).astype(np.uint8, copy=False)


def read_photo(path: Path) -> NDArray[np.uint8]:
    """uint8 BGR [H, W, 3], upright, no larger than 1080p. CannotMake if it is no photo."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise CannotMake(f"{path.name}: cannot be read as a photo")
    return fit(np.asarray(picture, np.uint8))


def fit(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, made smaller if it is larger than 1080p, with even sides."""
    height, width = picture.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width), SHORT_SIDE / min(height, width))
    if scale < 1:
        size = (max(2, round(width * scale)), max(2, round(height * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(picture[: picture.shape[0] & ~1, : picture.shape[1] & ~1])


def is_photo(path: Path) -> bool:
    """By its name."""
    return path.suffix.lower() in PHOTOS
