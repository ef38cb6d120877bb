"""The frames that an avatar is made from: a video at one frame a tick, or a photo.

In: a file, whatever its name. Out: uint8 BGR pictures, no larger than 1080p, as often as they are
asked for. Runs where avatars are made; owns the open file while it reads. Errors are `CannotMake`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from data.making.clip_colours import ClipColours
from data.making.clip_file import OpenClip, open_clip
from data.making.errors import CannotMake
from data.making.upright import upright
from data.picture_file import HEAD_BYTES, BadPicture, is_picture, read_picture
from data.transparency import SourcePicture, composed
from data.units import TICKS_PER_SECOND

LONG_SIDE: Final = 1920
SHORT_SIDE: Final = 1080
LEAST_FRAMES: Final = TICKS_PER_SECOND // 2
MOST_SECONDS: Final = 30
_SLACK_SECONDS: Final = 0.5
"""A clip that was cut to the second ends some frames later, and its sound after that."""
_MOST_SQUEEZED: Final = 4.0
"""How far a pixel may be from a square; what says more is not believed."""


class FrameSource(Protocol):
    """Pictures that can be gone through more than once, always the same. expected: how many there
    will be, as far as that is known before; 0: not at all."""

    @property
    def expected(self) -> int:
        """Of pictures."""
        ...

    def pictures(self) -> Iterator[SourcePicture]:
        """One a tick, all of one size, with even sides."""
        ...


class VideoSource:
    """A video at 25 frames a second, upright, in sRGB."""

    def __init__(self, path: Path, most_seconds: int = MOST_SECONDS) -> None:
        """most_seconds: how long it may be."""
        self._path = path
        self._most = most_seconds
        self._pixels, self._transparent = 0, False

    @property
    def expected(self) -> int:
        """As the file's head says, which may be wrong. CannotMake as for `pictures`."""
        with open_clip(self._path) as clip:
            return round(min(clip.seconds, self._most) * TICKS_PER_SECOND)

    def frame_bytes(self, cut_out: bool = False) -> int:
        """What a picture takes as it is kept, see `Clip`; 0 before the first was seen. cut_out:
        whether its background will be replaceable even if the file's is not."""
        return self._pixels * 3 // 2 + (self._pixels if cut_out or self._transparent else 0)

    def pictures(self) -> Iterator[SourcePicture]:
        """CannotMake if the file holds no video that can be read, or too much of it."""
        count, size = 0, None
        for picture in self._ticks():
            self._check_length(count / TICKS_PER_SECOND)
            size = size or self._measured(picture)
            if picture.seen.shape != size:
                raise CannotMake(f"{self._path.name}: its pictures change their size")
            yield picture
            count += 1
        if count < LEAST_FRAMES:
            seconds = count / TICKS_PER_SECOND
            raise CannotMake(
                f"{self._path.name}: holds {seconds:.2f} s of video, "
                f"{LEAST_FRAMES / TICKS_PER_SECOND:.2f} s at least are needed"
            )

    def _check_length(self, seconds: float) -> None:
        if seconds > self._most + _SLACK_SECONDS:
            raise CannotMake(f"{self._path.name}: longer than {self._most} s; 5 to 20 s are enough")

    def _measured(self, picture: SourcePicture) -> tuple[int, ...]:
        self._pixels = picture.seen.shape[0] * picture.seen.shape[1]
        self._transparent = picture.clear is not None
        return picture.seen.shape

    def _ticks(self) -> Iterator[SourcePicture]:
        """One picture a tick: the last frame that had begun by then."""
        began: float | None = None
        ticks = 0
        last: VideoFrame | None = None
        with ClipColours() as colours, open_clip(self._path) as clip:
            self._check_length(clip.seconds)
            for frame in clip.frames:
                at = frame.time if frame.time is not None else ticks / TICKS_PER_SECOND
                began = at if began is None else began
                while last is not None and began + ticks / TICKS_PER_SECOND < at - 1e-3:
                    yield _shown(last, clip, colours)
                    ticks += 1
                last = frame
            if last is not None:
                yield _shown(last, clip, colours)


def _shown(frame: VideoFrame, clip: OpenClip, colours: ClipColours) -> SourcePicture:
    believed = 1 / _MOST_SQUEEZED <= clip.aspect <= _MOST_SQUEEZED
    width = round(frame.width * clip.aspect) if believed else frame.width
    pixels = upright(frame, colours.picture(frame, fitting(width, frame.height)))
    return composed(pixels[: pixels.shape[0] & ~1, : pixels.shape[1] & ~1])


def read_photo(path: Path) -> NDArray[np.uint8]:
    """uint8 BGR [H, W, 3], or BGRA [H, W, 4] if it is transparent somewhere; upright, no larger
    than 1080p. CannotMake if it is no photo that is read."""
    try:
        return fit(read_picture(path, (LONG_SIDE, SHORT_SIDE)))
    except BadPicture as error:
        raise CannotMake(f"{path.name}: {error}") from error
    except OSError as error:
        raise CannotMake(f"{path.name}: cannot be read ({error.strerror or error})") from error


def fit(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, made smaller if it is larger than 1080p, with even sides."""
    height, width = picture.shape[:2]
    size = fitting(width, height)
    if size != (width, height):
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(picture[: picture.shape[0] & ~1, : picture.shape[1] & ~1])


def fitting(width: int, height: int) -> tuple[int, int]:
    """Width and height, made smaller if they are larger than 1080p; not yet even."""
    scale = min(1.0, LONG_SIDE / max(height, width), SHORT_SIDE / min(height, width))
    if scale == 1:
        return width, height
    return max(2, round(width * scale)), max(2, round(height * scale))


def is_photo(path: Path) -> bool:
    """By its content."""
    try:
        with path.open("rb") as file:
            return is_picture(file.read(HEAD_BYTES))
    except OSError as error:
        raise CannotMake(f"{path.name}: cannot be read ({error.strerror or error})") from error
