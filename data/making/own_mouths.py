"""A person's own mouths, out of a clip in which they speak, as the atlas of the built-in engine.

In: the clip, its landmarks, what is heard with them. Out: a `PhotoFace` whose mouths are cut out of
the clip's frames, and how many of them show their states. Runs where avatars are made; holds the
canvas of every state (60 MB) and one frame at a time. The idea: Bregler, Covell and Slaney,
"Video Rewrite" (1997); here a state of the atlas takes a triphone's place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.head import Head
from data.i420 import i420_from_bgr
from data.landmarks.finder import Face, FaceFinder
from data.making.face_view import FaceView, mouth_view
from data.making.frame_choice import Chosen, LipTrack, choose
from data.making.heard_clip import HeardClip, lips_track, wanted_lips
from data.making.heard_mouths import HeardMouths, NotHeard
from data.making.lips import LipLines
from data.making.mouth_mask import mouth_mask
from data.making.mouth_moves import Mouths
from data.making.mouth_patch import MouthCutter
from data.making.mouth_targets import gaps_of
from data.making.mouth_warp import Place, Warp
from data.making.patch_light import in_light_of
from data.making.photo_face import PhotoFace, placed
from data.making.progress import MakingStep, Tell
from data.transparency import SourcePicture
from data.units import TICKS_PER_SECOND

LEAST_FRAMES: Final = TICKS_PER_SECOND
"""With speech, of which mouths may be taken."""
_TOUCHING: Final = 0.004
"""Mouth widths between inner lines of lips that touch."""
_TURNED: Final = (CANVAS[1], CANVAS[0])
"""The lower face is wider than tall: it lies on its side on the canvas."""

Pictures = Callable[[NDArray[np.int64]], Iterator[SourcePicture]]
"""The clip's pictures of those numbers, rising."""


@dataclass(frozen=True)
class OwnFigures:
    """own: states that a frame shows; states: of the atlas. frames: of the clip that were used.
    off: mouth widths by which lips were moved, of the median state. delay, match: see
    `HeardMouths`."""

    own: int
    states: int
    frames: int
    off: float
    delay: int
    match: float

    def __str__(self) -> str:
        return (
            f"{self.own} of {self.states} mouths are the person's own, of {self.frames} frames "
            f"(sound {40 * self.delay:+d} ms, lips agree by {self.match:.2f})"
        )


def own_mouths(
    spoken: HeardClip,
    shut: tuple[NDArray[np.uint8], Face],
    head: Head,
    finder: FaceFinder,
    pictures: Pictures,
    tell: Tell,
) -> tuple[PhotoFace, OwnFigures]:
    """shut: the usual frame, uint8 BGR, its mouth shut, and the face in it. head: whose states
    are wanted. CannotMake as `Mouths`; NotHeard where there is too little of it."""
    view = mouth_view(*shut, _TURNED)
    place, rendered = placed(view), Mouths(head, finder)
    track = lips_track(spoken, view.onto, place.lips.width)
    if track.fit.sum() < LEAST_FRAMES:
        raise NotHeard(
            f"in {int(track.fit.sum())} frames somebody speaks in about the pose at rest, "
            f"{LEAST_FRAMES} are needed"
        )
    poses = [rendered.state(number) for number in range(len(head.states))]
    warp = Warp(place, rendered.rest)
    generic = [warp.lips(pose) for pose in poses]
    wanted = wanted_lips(spoken, track, generic, place.lips, head.states)
    touch = gaps_of(wanted) <= _TOUCHING * place.lips.width
    chosen = choose(wanted, spoken.hearing.looks(head.states), touch, track)
    speaking = head.states.any(axis=1)
    mouths = [place.picture] * len(poses)
    for number in np.flatnonzero((chosen.frames < 0) & speaking).tolist():
        mouths[number] = _rounded(warp.picture(poses[number], generic[number]))
    mask = mouth_mask(place)
    lay = _Laying(MouthCutter(place, view.scale), place.picture, mask, track, wanted)
    for number, mouth in lay.mouths(np.where(speaking, chosen.frames, -1), pictures, tell):
        mouths[number] = mouth
    return _on_its_side(view, mask, place, mouths, head, shut), _figures(chosen, head, spoken.heard)


@dataclass(frozen=True)
class _Laying:
    """How mouths are laid on the canvas: cut out of frames of the track, their lips where they are
    wanted, in the light of the picture at rest around the mask."""

    cutter: MouthCutter
    rest: NDArray[np.uint8]
    mask: NDArray[np.float64]
    track: LipTrack
    wanted: NDArray[np.float64]

    def mouths(
        self, frames: NDArray[np.int64], pictures: Pictures, tell: Tell
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """The number of each state that has a frame, not -1, with its mouth, uint8 BGR."""
        rest, border = self.rest.astype(np.float32), 1 - self.mask.astype(np.float32)
        numbers, done = np.unique(frames[frames >= 0]), 0
        for frame, picture in zip(numbers.tolist(), pictures(numbers), strict=True):
            mouth = self.track.mouth(frame)
            for number in np.flatnonzero(frames == frame).tolist():
                cut = self.cutter.cut(picture.seen, mouth, self.wanted[number])
                yield number, _rounded(in_light_of(cut, rest, border))
                done += 1
                tell(MakingStep.MOUTH, done, int((frames >= 0).sum()))


def _rounded(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(picture).clip(0, 255), np.uint8)


def _on_its_side(
    view: FaceView,
    opaque: NDArray[np.float64],
    place: Place,
    mouths: list[NDArray[np.uint8]],
    head: Head,
    shut: tuple[NDArray[np.uint8], Face],
) -> PhotoFace:
    """What was drawn upright, turned by a quarter: its first row is the canvas's last column."""
    width, height = view.size
    mask = np.zeros((CANVAS[1], CANVAS[0]), np.uint8)
    mask[:width, :height] = np.rot90(np.rint(255 * opaque).astype(np.uint8))
    quarter = np.array([[0, -1, width - 1], [1, 0, 0], [0, 0, 1]], np.float64)
    return PhotoFace(
        FaceAtlas(
            rest=_turned(place.picture),
            mouths=np.stack([_turned(mouth) for mouth in mouths]),
            mouth_at=(0, 0),
            states=head.states,
        ),
        mask,
        view.onto @ quarter,
        view.scale,
        LipLines.of(shut[1].landmarks).width,
    )


def _turned(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return i420_from_bgr(np.ascontiguousarray(np.rot90(picture)))


def _figures(chosen: Chosen, head: Head, heard: HeardMouths) -> OwnFigures:
    moved = chosen.off[np.isfinite(chosen.off)]
    return OwnFigures(
        int(chosen.own.sum()),
        len(head.states),
        len(np.unique(chosen.frames[chosen.frames >= 0])),
        float(np.median(moved)) if len(moved) else 0.0,
        heard.delay,
        heard.match,
    )
