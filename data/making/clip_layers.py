"""The person of a clip before another background, frame by frame.

In: frames of a clip with their landmarks, and what shall stand behind. Out: the same frames before
it, and how much of it is seen at each pixel. Runs where avatars are made; owns one net on one
thread and three frames. A frame that is transparent keeps its own alpha. What the net sees is
averaged with the frames beside before the edge is followed in each frame's own colours: the net's
outline trembles, the person's does not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks.finder import Face
from data.making.errors import CannotMake
from data.making.matte import fine_matte, rough_matte
from data.making.photo_layers import Background, cut_out, stage_of
from data.matting.person_segmenter import PersonSegmenter
from data.transparency import SourcePicture, behind, over

_BESIDE: Final = 0.5
"""How much what is seen in the frame before and after counts against what is seen in a frame."""


@dataclass(frozen=True)
class ClipFrame:
    """number: of the frame in its clip."""

    number: int
    picture: SourcePicture
    face: Face


@dataclass(frozen=True)
class _Seen:
    """rough: see `rough_matte`; None for a frame that is transparent."""

    frame: ClipFrame
    rough: NDArray[np.float32] | None


class ClipStage:
    """What stands behind the person of a clip. CannotMake where it is not clear in the first frame
    given who is in front."""

    def __init__(self, background: Background, shape: tuple[int, ...], first: ClipFrame) -> None:
        """shape: height and width of the clip's pictures."""
        self.picture = stage_of(background, shape[0], shape[1])
        self._segmenter = PersonSegmenter()
        self._last: NDArray[np.float32] | None = None
        self._rough(first)

    def before(self, frames: Iterable[ClipFrame]) -> Iterator[SourcePicture]:
        """Each frame, whose numbers rise, before the background."""
        known: list[_Seen] = []
        for frame in frames:
            known.append(_Seen(frame, self._rough(frame)))
            if len(known) > 1:
                yield self._placed(known[-2], known)
            known = known[-2:]
        if known:
            yield self._placed(known[-1], known)

    def _rough(self, frame: ClipFrame) -> NDArray[np.float32] | None:
        """What the net sees; where that is not clear, what it saw in the last frame."""
        if frame.picture.clear is not None:
            return None
        rough = rough_matte(frame.picture.seen, frame.face, self._segmenter)
        if rough is None:
            rough = self._last
        if rough is None:
            raise CannotMake(
                "the background cannot be replaced: it is not clear in the clip who is in front; "
                "film before a plain wall, or make the clip transparent"
            )
        self._last = rough
        return rough

    def _placed(self, seen: _Seen, known: list[_Seen]) -> SourcePicture:
        picture, rough = seen.frame.picture, seen.rough
        if rough is None:
            return self._recomposed(picture)
        matte = fine_matte(picture.seen, _averaged(seen, known), seen.frame.face.width)
        person, _ = cut_out(picture.seen, matte)
        return over(person, matte, self.picture)

    def _recomposed(self, picture: SourcePicture) -> SourcePicture:
        """A transparent frame has the built-in people's background in it: it is taken away."""
        assert picture.clear is not None
        share = cv2.cvtColor(picture.clear, cv2.COLOR_GRAY2BGR)
        usual = cv2.multiply(behind(*picture.clear.shape), share, scale=1 / 255)
        person = np.asarray(cv2.subtract(picture.seen, usual), np.uint8)
        return over(person, np.asarray(cv2.bitwise_not(picture.clear), np.uint8), self.picture)


def _averaged(seen: _Seen, known: list[_Seen]) -> NDArray[np.float32]:
    """With the frames right before and after it, where these are known."""
    assert seen.rough is not None
    total, weight = seen.rough.copy(), 1.0
    for other in known:
        if other.rough is not None and abs(other.frame.number - seen.frame.number) == 1:
            total += np.float32(_BESIDE) * other.rough
            weight += _BESIDE
    return np.asarray(total / np.float32(weight), np.float32)
