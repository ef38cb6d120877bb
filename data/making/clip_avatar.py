"""From a clip to an avatar of the built-in engine: the clip idles, mouths are put into each frame.

In: a video of one person. Out: a saved `Clip` and its contact sheet. Runs where avatars are made;
frees everything but the files. The mouths are made of the frame that looks most like the others,
as those of a photo are; the landmarks of every frame say where they lie in it, and the
compositor gives them its light. Three passes over the source: the face is found, the mouths'
frame is read, the idle frames are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.head import load_head
from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making.boxes import jitter, steady
from data.making.errors import CannotMake
from data.making.follow import Track, follow
from data.making.idle_stretch import IdleStretch, idle_stretch
from data.making.lip_motion import affine
from data.making.lips import LipLines
from data.making.loop import loop_order
from data.making.own_teeth import seen_teeth
from data.making.photo_checks import check_face
from data.making.photo_face import PhotoFace, photo_face
from data.making.progress import MakingStep, Tell
from data.making.reel import Reel
from data.making.sampling import smooth
from data.making.sheet import SHEET, write_sheet
from data.making.shut_mouth import MOST_GAP, shut_mouth, shut_picture
from data.making.source import VideoSource
from data.staging import staged
from data.transparency import SourcePicture

MOST_SECONDS: Final = 300
_STEADY: Final = 1.2
"""Standard deviation, in frames, of the Gaussian over time that landmarks are steadied by."""
_FITTED: Final = (2, 98, 327, 4, 5, 195, 50, 280, 205, 425, 187, 411, 132, 361, 58, 288,
                  172, 397, points.CHIN)  # fmt: skip
"""The landmarks by which a mouth is laid into a frame: nose, cheeks, jaw, chin."""
_APART: Final = (0.03, 0.07)
"""Gaps, in mouth widths, between which lips are brought together more and more."""


@dataclass(frozen=True)
class ClipFigures:
    """What was made of the clip. mouth: its width in pixels. scale: as in `PhotoFigures`.
    shut: idle frames whose lips were brought together. jitter: how much the mouth's place
    trembles, pixels."""

    frames: int
    states: int
    mouth: float
    scale: float
    shut: int
    jitter: float

    def __str__(self) -> str:
        drawn = f", drawn at 1/{self.scale:.2f} of its size" if self.scale > 1 else ""
        lips = f"its lips brought together in {self.shut} frames" if self.shut else "lips at rest"
        return (
            f"{self.frames} frames, {self.states} mouths, mouth {self.mouth:.0f} pixels wide"
            f"{drawn}, {lips}, jitter {self.jitter:.2f} px"
        )


def make_of_clip(
    path: Path, name: str, folder: Path, tell: Tell, number: int | None = None
) -> tuple[Clip, ClipFigures]:
    """Make an avatar of the clip at `path`, save it to `folder` with its sheet.

    number: as of `make_of_photo`. CannotMake says what is wrong with the clip. However it
    ends, `folder` is whole or what it was.
    """
    finder, source = FaceFinder(), VideoSource(path, MOST_SECONDS)
    seen = (picture.seen for picture in source.pictures())
    expected = source.expected

    def found(done: int) -> None:
        tell(MakingStep.FINDING, done, max(done, expected) if expected else None)

    track = follow(seen, finder, found, number)
    idle = idle_stretch(track.landmarks)
    marks = _steadied(track)
    made = _mouths(source, track, idle, finder, tell)
    order = idle.first + loop_order(track.thumbs[idle.first : idle.end])
    kept, played = np.unique(order, return_inverse=True)
    places = _placements(marks, idle.usual, kept, made)
    with staged(folder) as new:
        reel = Reel(len(kept), new)
        shut = 0
        for place, picture in enumerate(_chosen(source, kept)):
            closed, was_open = _idle(picture, Face(marks[kept[place]], 1.0), idle)
            shut += was_open
            reel.put(place, closed)
            tell(MakingStep.KEEPING, place + 1, len(kept))
        figures = ClipFigures(
            len(played), len(made.atlas.mouths), made.mouth, made.scale, shut,
            jitter(places[:, :, 2].astype(np.float64)),
        )  # fmt: skip
        clip = Clip(
            name=name,
            engine="builtin",
            frames=reel.frames,
            placements=places,
            mask=made.mask,
            engine_arrays=made.atlas.arrays(),
            matched=True,
            clear=reel.clear,
            behind=reel.behind,
            order=played,
        )
        tell(MakingStep.SAVING, 0, None)
        clip.write(new)
        write_sheet(clip, new / SHEET, f"{name} (builtin): {figures}")
        tell(MakingStep.SAVING, 1, 1)
    return Clip.load(folder), figures


def _steadied(track: Track) -> NDArray[np.float64]:
    count = len(track.landmarks)
    return steady(track.landmarks.reshape(count, -1), _STEADY).reshape(track.landmarks.shape)


def _mouths(
    source: VideoSource, track: Track, idle: IdleStretch, finder: FaceFinder, tell: Tell
) -> PhotoFace:
    """The mouths of the frame that is most like the others, its own shut; teeth of where they are
    seen best."""
    gaps = np.array([LipLines.of(marks).gap for marks in track.landmarks])
    smiles = np.where(gaps <= MOST_GAP, gaps, 0)
    wanted = sorted({idle.usual, int(smiles.argmax())})
    pictures = dict(zip(wanted, _chosen(source, np.array(wanted)), strict=True))
    picture, face = pictures[idle.usual].seen, Face(track.landmarks[idle.usual], 1.0)
    check_face(face, picture.shape, "in the clip")
    toothed = wanted[0] if wanted[0] != idle.usual else wanted[-1]
    teeth = seen_teeth(pictures[toothed].seen, Face(track.landmarks[toothed], 1.0))
    shut = shut_mouth(picture, face, finder)
    return photo_face(shut.picture, shut.face, load_head(), finder, tell, teeth, brows=False)


def _chosen(source: VideoSource, numbers: NDArray[np.int64]) -> Iterator[SourcePicture]:
    """The source's pictures of those numbers, rising."""
    left = iter(numbers.tolist())
    wanted = next(left, None)
    for number, picture in enumerate(source.pictures()):
        if wanted is None:
            return
        if number == wanted:
            yield picture
            wanted = next(left, None)
    if wanted is not None:
        raise CannotMake(f"frame {wanted} is gone: the clip has changed while it was read")


def _idle(picture: SourcePicture, face: Face, idle: IdleStretch) -> tuple[SourcePicture, bool]:
    """The picture with the lips brought together, unless the whole stretch has them so."""
    gap = LipLines.of(face.landmarks).gap
    share = float(smooth(np.array((gap - _APART[0]) / (_APART[1] - _APART[0]))))
    if idle.shut or share == 0:
        return picture, False
    return SourcePicture(shut_picture(picture.seen, face, share), picture.clear), True


def _placements(
    marks: NDArray[np.float64], usual: int, kept: NDArray[np.int64], made: PhotoFace
) -> NDArray[np.float32]:
    """float32 [N, 2, 3]: the canvas's pixels to the picture's, in every kept frame."""
    fitted = list(_FITTED)
    whole = np.vstack([made.onto, (0, 0, 1)])
    start = marks[usual, fitted, :2]
    motions = [affine(start, marks[number, fitted, :2]) for number in kept]
    return np.stack([motion @ whole for motion in motions]).astype(np.float32)
