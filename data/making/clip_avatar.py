"""From a clip to an avatar of the built-in engine: the clip idles, mouths are put into each frame.

In: a video of one person. Out: a saved `Clip` and its contact sheet. Runs where avatars are made;
frees everything but the files. The mouths are the person's own where they speak in the clip, else
those of the frame that looks most like the others, moved as those of a photo are; landmarks say
where they lie in every frame, and the compositor gives them its light. The source is gone through a
few times, a picture at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.head import lending_head
from data.landmarks.finder import Face, FaceFinder
from data.making.boxes import jitter
from data.making.clip_layers import ClipFrame, ClipStage
from data.making.clip_mouths import ClipMouths, FollowedClip, clip_mouths
from data.making.follow import follow
from data.making.heard_mouths import Hearing
from data.making.idle_stretch import MOST_FRAMES, IdleStretch, idle_stretch
from data.making.lips import LipLines
from data.making.loop import loop_order
from data.making.own_mouths import OwnFigures
from data.making.photo_layers import Background
from data.making.progress import MakingStep, Tell
from data.making.reel import Reel
from data.making.sampling import smooth
from data.making.sheet import SHEET, write_sheet
from data.making.shut_mouth import shut_picture
from data.making.source import VideoSource
from data.staging import staged
from data.transparency import SourcePicture

MOST_SECONDS: Final = 300
MOST_BYTES: Final = 360_000_000
"""Of all frames that are kept: with its mouths an avatar takes less than 400 MB of disk."""
_APART: Final = (0.03, 0.07)
"""Gaps, in mouth widths, between which lips are brought together more and more."""


@dataclass(frozen=True)
class ClipFigures:
    """What was made of the clip. mouth: its width in pixels. scale: as in `PhotoFigures`.
    shut: idle frames whose lips were brought together. jitter: how much the mouth's place
    trembles, pixels. own: None where the mouths are drawn, for the reason `why`. cut_out: whether
    the person was cut out of the background."""

    frames: int
    states: int
    mouth: float
    scale: float
    shut: int
    jitter: float
    own: OwnFigures | None
    why: str
    cut_out: bool = False

    def __str__(self) -> str:
        drawn = f", drawn at 1/{self.scale:.2f} of its size" if self.scale > 1 else ""
        lips = f"its lips brought together in {self.shut} frames" if self.shut else "lips at rest"
        mouths = str(self.own) if self.own else f"{self.states} mouths drawn ({self.why})"
        behind = ", cut out, any background" if self.cut_out else ""
        return (
            f"{self.frames} frames, mouth {self.mouth:.0f} pixels wide{drawn}, {lips}, "
            f"jitter {self.jitter:.2f} px, {mouths}{behind}"
        )


def make_of_clip(
    path: Path,
    name: str,
    folder: Path,
    tell: Tell,
    number: int | None = None,
    hearing: Hearing | None = None,
    background: Background | None = None,
) -> tuple[Clip, ClipFigures]:
    """Make an avatar of the clip at `path`, save it to `folder` with its sheet.

    number: as of `make_of_photo`. hearing: what tells the mouths that are heard in the clip.
    background: instead of the clip's own; it takes room, so that the loop is shorter.
    CannotMake says what is wrong with the clip. However it ends, `folder` is whole or what it was.
    """
    finder, source = FaceFinder(), VideoSource(path, MOST_SECONDS)
    seen = (picture.seen for picture in source.pictures())
    expected = source.expected

    def found(done: int) -> None:
        tell(MakingStep.FINDING, done, max(done, expected) if expected else None)

    track = follow(seen, finder, found, number)
    room = MOST_BYTES // source.frame_bytes(cut_out=background is not None)
    idle = idle_stretch(track.landmarks, min(MOST_FRAMES, room))
    followed = FollowedClip.of(path, source, track, idle)
    order = idle.first + loop_order(track.thumbs[idle.first : idle.end])
    kept, played = np.unique(order, return_inverse=True)
    mouths = clip_mouths(followed, kept, lending_head(), finder, tell, hearing)
    made = mouths.face
    stage = None if background is None else _stage(background, followed)
    with staged(folder) as new:
        reel = Reel(len(kept), new, None if stage is None else stage.picture)
        shut = _keep(followed, kept, stage, reel, tell)
        figures = _figures(mouths, len(played), shut, stage is not None)
        clip = Clip(
            name=name,
            engine="builtin",
            frames=reel.frames,
            placements=mouths.places,
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


def _stage(background: Background, clip: FollowedClip) -> ClipStage:
    """What stands behind, once it is clear in the usual frame who is in front."""
    usual = clip.idle.usual
    picture = next(clip.pictures(np.array([usual])))
    frame = ClipFrame(usual, picture, Face(clip.marks[usual], 1.0))
    return ClipStage(background, picture.seen.shape, frame)


def _keep(
    clip: FollowedClip, kept: NDArray[np.int64], stage: ClipStage | None, reel: Reel, tell: Tell
) -> int:
    """Put the idle frames into the reel; in how many lips were brought together."""
    shut = 0

    def frames() -> Iterator[ClipFrame]:
        nonlocal shut
        for number, picture in zip(kept.tolist(), clip.pictures(kept), strict=True):
            face = Face(clip.marks[number], 1.0)
            closed, was_open = _idle(picture, face, clip.idle)
            shut += was_open
            yield ClipFrame(number, closed, face)

    shown = (each.picture for each in frames()) if stage is None else stage.before(frames())
    for place, picture in enumerate(shown):
        reel.put(place, picture)
        tell(MakingStep.KEEPING, place + 1, len(kept))
    return shut


def _figures(mouths: ClipMouths, frames: int, shut: int, cut_out: bool) -> ClipFigures:
    face = mouths.face
    trembles = jitter(mouths.places[:, :, 2].astype(np.float64))
    return ClipFigures(
        frames, len(face.atlas.mouths), face.mouth, face.scale, shut, trembles, mouths.own,
        mouths.why, cut_out,
    )  # fmt: skip


def _idle(picture: SourcePicture, face: Face, idle: IdleStretch) -> tuple[SourcePicture, bool]:
    """The picture with the lips brought together, unless the whole stretch has them so."""
    gap = LipLines.of(face.landmarks).gap
    share = float(smooth(np.array((gap - _APART[0]) / (_APART[1] - _APART[0]))))
    if idle.shut or share == 0:
        return picture, False
    return SourcePicture(shut_picture(picture.seen, face, share), picture.clear), True
