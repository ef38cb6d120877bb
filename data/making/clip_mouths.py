"""The mouths of a clip's avatar: the person's own where they speak in it, else as a photo's.

In: a clip that was followed. Out: its mouths, where they lie in every frame, and why they are not
the person's own. Runs where avatars are made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.head import Head
from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making.boxes import steady
from data.making.clip_sound import clip_sound
from data.making.errors import CannotMake
from data.making.follow import Track
from data.making.head_pose import head_poses
from data.making.heard_clip import HeardClip
from data.making.heard_mouths import Hearing, NotHeard, heard_mouths
from data.making.idle_stretch import IdleStretch
from data.making.lip_motion import affine
from data.making.lips import LipLines
from data.making.own_mouths import OwnFigures, own_mouths
from data.making.own_teeth import SeenTeeth, seen_teeth
from data.making.photo_checks import check_face
from data.making.photo_face import PhotoFace, photo_face
from data.making.progress import Tell
from data.making.shut_mouth import MOST_GAP, ShutMouth, shut_mouth
from data.making.source import VideoSource
from data.transparency import SourcePicture

_STEADY: Final = 1.2
"""Standard deviation, in frames, of the Gaussian over time that landmarks are steadied by."""
_FITTED: Final = (2, 98, 327, 4, 5, 195, 50, 280, 205, 425, 187, 411, 132, 361, 58, 288,
                  172, 397, points.CHIN)  # fmt: skip
"""The landmarks by which a drawn mouth is laid into a frame: nose, cheeks, jaw, chin."""


@dataclass(frozen=True)
class FollowedClip:
    """path: the file. landmarks: [N, 478, 3] as found. marks: the same, steadied over time."""

    path: Path
    source: VideoSource
    landmarks: NDArray[np.float64]
    marks: NDArray[np.float64]
    idle: IdleStretch

    @classmethod
    def of(cls, path: Path, source: VideoSource, track: Track, idle: IdleStretch) -> "FollowedClip":
        """What was followed, steadied."""
        shape = track.landmarks.shape
        marks = steady(track.landmarks.reshape(len(track.landmarks), -1), _STEADY).reshape(shape)
        return cls(path, source, track.landmarks, marks, idle)

    def pictures(self, numbers: NDArray[np.int64]) -> Iterator[SourcePicture]:
        """The clip's pictures of those numbers, rising."""
        left = iter(numbers.tolist())
        wanted = next(left, None)
        for number, picture in enumerate(self.source.pictures()):
            if wanted is None:
                return
            if number == wanted:
                yield picture
                wanted = next(left, None)
        if wanted is not None:
            raise CannotMake(f"frame {wanted} is gone: the clip has changed while it was read")


@dataclass(frozen=True)
class ClipMouths:
    """places: float32 [K, 2, 3], the canvas's pixels to the picture's, in every kept frame. own:
    None where the mouths are drawn, and then `why`."""

    face: PhotoFace
    places: NDArray[np.float32]
    own: OwnFigures | None
    why: str


def clip_mouths(
    clip: FollowedClip,
    kept: NDArray[np.int64],
    head: Head,
    finder: FaceFinder,
    tell: Tell,
    hearing: Hearing | None,
) -> ClipMouths:
    """hearing: None to draw them in any case. CannotMake says what is wrong with the clip."""
    shut, teeth = shut_frame(clip, finder)
    try:
        spoken = heard_clip(clip, hearing)
        usual = shut.picture, shut.face
        face, own = own_mouths(spoken, usual, head, finder, clip.pictures, tell)
    except NotHeard as error:
        face = photo_face(shut.picture, shut.face, head, finder, tell, teeth, brows=False)
        return ClipMouths(face, fitted(clip, kept, face), None, str(error))
    whole = np.vstack([face.onto, (0, 0, 1)])
    places = [spoken.poses.motion(clip.idle.usual, number) @ whole for number in kept]
    return ClipMouths(face, np.stack(places).astype(np.float32), own, "")


def shut_frame(clip: FollowedClip, finder: FaceFinder) -> tuple[ShutMouth, SeenTeeth | None]:
    """The frame that is most like the others, its mouth shut; teeth, of where they
    are seen best."""
    usual = clip.idle.usual
    gaps = np.array([LipLines.of(marks).gap for marks in clip.landmarks])
    toothed = int(np.where(gaps <= MOST_GAP, gaps, 0).argmax())
    wanted = sorted({usual, toothed})
    pictures = dict(zip(wanted, clip.pictures(np.array(wanted)), strict=True))
    picture, face = pictures[usual].seen, Face(clip.landmarks[usual], 1.0)
    check_face(face, picture.shape, "in the clip")
    teeth = seen_teeth(pictures[toothed].seen, Face(clip.landmarks[toothed], 1.0))
    return shut_mouth(picture, face, finder), teeth


def heard_clip(clip: FollowedClip, hearing: Hearing | None) -> HeardClip:
    """NotHeard where the mouths of the clip are not known by its sound."""
    if hearing is None:
        raise NotHeard("the sound was not asked for")
    sound = clip_sound(clip.path, len(clip.landmarks))
    if sound is None:
        raise NotHeard("there is no sound in it")
    poses = head_poses(clip.marks)
    turns = np.array([Face(marks, 1.0).turn for marks in clip.marks])
    lips = head_poses(clip.landmarks).frontal
    heard = heard_mouths(lips, hearing.hear(sound))
    return HeardClip(clip.landmarks, turns, poses, clip.idle.usual, heard, hearing)


def fitted(clip: FollowedClip, kept: NDArray[np.int64], face: PhotoFace) -> NDArray[np.float32]:
    """Where a drawn mouth lies in every kept frame."""
    used = list(_FITTED)
    whole = np.vstack([face.onto, (0, 0, 1)])
    start = clip.marks[clip.idle.usual, used, :2]
    motions = [affine(start, clip.marks[number, used, :2]) for number in kept]
    return np.stack([motion @ whole for motion in motions]).astype(np.float32)
