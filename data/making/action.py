"""From a clip to an action of an avatar: boxes, masks, the engine's arrays, the way back.

In: a video or a folder of pictures, an avatar's folder. Out: a saved `Action` with its contact
sheet. Runs in the command that makes actions, or in a thread of whoever does; frees everything but
the files. Two passes over the source, as for an avatar (`data.making.make`); the action appears
whole, under its name, or not at all.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import cv2
import numpy as np
from numpy.typing import NDArray

from data.action import MOST, NAME, NAMES_ALLOWED, Action, ActionHead, action_folder, heads
from data.clip import Clip
from data.landmarks.finder import FaceFinder
from data.making.action_seam import ActionFigures, returns_of, thumbs_of
from data.making.action_source import Resized
from data.making.boxes import CROPS, boxes_of, cut, placement
from data.making.errors import CannotMake
from data.making.face_fit import followed
from data.making.follow import Track, follow, only_face
from data.making.loop import loop_order, thumb
from data.making.make import Latents, face_arrays
from data.making.masks import masks_of
from data.making.photo_avatar import ENGINE as DRAWN
from data.making.progress import Tell, until
from data.making.reel import Reel, there_and_back
from data.making.sheet import SHEET, write_sheet
from data.making.source import FrameSource
from data.staging import staged


@dataclass(frozen=True)
class ActionWish:
    """What is wanted. head: how it is played. engine: the face engine's name that draws the
    avatar's face. mirrored: whether it runs forward and backward, as LiveTalking plays it; else a
    loop is looked for where it is to be one. latents: only MuseTalk's. sound: its own, whose file
    was looked at before. ValueError for a name that is none."""

    head: ActionHead
    engine: str
    mirrored: bool = False
    latents: Latents | None = None
    sound: Path | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.head.name):
            raise ValueError(f"{self.head.name!r} is no name for an action: {NAMES_ALLOWED}")


def make_action(
    source: FrameSource,
    called: str,
    wanted: ActionWish,
    avatar: Path,
    tell: Tell,
    cancel: Event | None = None,
) -> tuple[Action, ActionFigures]:
    """Make an action of a source for the avatar in a folder, and save it there.

    called: the source's name, for messages. tell, cancel: as in `make_avatar`; so is what is left
    when it ends early. CannotMake says what is wrong with the source; LandmarksMissing without
    ai-edge-litert where a face has to be found.
    """
    tell = until(cancel, tell)
    idle = Clip.load(avatar)
    others = {head.name for head in heads(avatar)} - {wanted.head.name}
    if len(others) >= MOST:
        raise CannotMake(f"{idle.name!r} has {len(others)} actions already, {MOST} at most")
    sized = Resized(source, (idle.width, idle.height), called)
    track = _track(sized, wanted, tell)
    order = _order(track.thumbs, wanted)
    kept, played = np.unique(order, return_inverse=True)
    folder = action_folder(avatar, wanted.head.name)
    with staged(folder) as new:
        clip = _clip(sized, called, wanted, idle, track, kept, played, new, tell)
        tell("saving", 0, None)
        returns, figures = returns_of(thumbs_of(clip), thumbs_of(idle))
        head = wanted.head
        if wanted.sound is not None:
            head = _with_sound(head, wanted.sound, new)
        Action(head, clip, returns).write(new)
        write_sheet(clip, new / SHEET, f"{idle.name}: {head.name}: {figures}")
        tell("saving", 1, 1)
    return Action.load(folder), figures


def _track(source: FrameSource, wanted: ActionWish, tell: Tell) -> Track:
    """The face through the source, if one is pasted into it; else what its frames look like."""
    pictures = (picture.seen for picture in source.pictures())
    if wanted.head.faces:
        finder = FaceFinder()
        return follow(pictures, finder, lambda done: tell("finding the face", done, None))
    thumbs = []
    for number, picture in enumerate(pictures):
        thumbs.append(thumb(picture))
        tell("reading", number + 1, None)
    return Track(np.empty((len(thumbs), 0, 3)), np.stack(thumbs))


def _order(thumbs: NDArray[np.float32], wanted: ActionWish) -> NDArray[np.int64]:
    if wanted.mirrored:
        return there_and_back(len(thumbs), twice_at_ends=True)
    return loop_order(thumbs) if wanted.head.loop else np.arange(len(thumbs))


def _clip(
    source: FrameSource,
    called: str,
    wanted: ActionWish,
    idle: Clip,
    track: Track,
    kept: NDArray[np.int64],
    played: NDArray[np.int64],
    folder: Path,
    tell: Tell,
) -> Clip:
    """The action's clip; its frames and faces are cut out of the source in one pass."""
    boxes, places, mask = _places(wanted, idle, track, kept)
    reel = Reel(len(kept), folder)
    faces = _cut(
        source, boxes, CROPS[wanted.engine].size if boxes is not None else 0, reel, kept, tell
    )
    if idle.replaceable and reel.clear is None:
        raise CannotMake(
            f"{called}: has no transparency; the background of {idle.name!r} can be replaced, so "
            "that of its actions must be as well: bring it with alpha (WebM with VP9, PNG)"
        )
    return Clip(
        name=wanted.head.name,
        engine=idle.engine,
        frames=reel.frames,
        placements=places,
        mask=mask,
        engine_arrays={}
        if faces is None
        else face_arrays(faces, wanted.engine, wanted.latents, tell),
        matched=idle.matched or wanted.engine == DRAWN,
        clear=reel.clear if idle.replaceable else None,
        behind=reel.behind if idle.replaceable else None,
        order=played,
    )


def _places(
    wanted: ActionWish, idle: Clip, track: Track, kept: NDArray[np.int64]
) -> tuple[NDArray[np.float64] | None, NDArray[np.float32], NDArray[np.uint8]]:
    """The boxes [N, 4] that faces are cut out of, if the engine reads them; placements and mask."""
    if not wanted.head.faces:
        return None, np.repeat(idle.placements[:1], len(kept), axis=0), idle.mask_of(0)
    if wanted.engine == DRAWN:
        picture = np.asarray(cv2.cvtColor(idle.frames[0], cv2.COLOR_YUV2BGR_I420), np.uint8)
        first = only_face(picture, FaceFinder(), "in the avatar's first frame").landmarks
        return None, followed(idle.placements[0], first, track.landmarks)[kept], idle.mask_of(0)
    crop = CROPS[wanted.engine]
    boxes = boxes_of(crop, track.landmarks)
    masks = masks_of(track.landmarks, boxes, crop.top, crop.size, crop.size)
    places = np.stack([placement(box, crop.size, crop.size) for box in boxes[kept]])
    return boxes[kept], places, masks[kept] if masks.ndim == 3 else masks


def _cut(
    source: FrameSource,
    boxes: NDArray[np.float64] | None,
    size: int,
    reel: Reel,
    kept: NDArray[np.int64],
    tell: Tell,
) -> NDArray[np.uint8] | None:
    """uint8 BGR faces [N, size, size, 3] in their boxes, if there are any; the source's frames
    `kept` go to the reel."""
    faces = None if boxes is None else np.empty((len(kept), size, size, 3), np.uint8)
    places = {number: place for place, number in enumerate(kept.tolist())}
    for number, picture in enumerate(source.pictures()):
        place = places.get(number)
        if place is None:
            continue
        reel.put(place, picture)
        if faces is not None and boxes is not None:
            faces[place] = cut(picture.seen, boxes[place], size, size)
        tell("cutting", place + 1, len(kept))
    return faces


def _with_sound(head: ActionHead, sound: Path, folder: Path) -> ActionHead:
    """The head that names a copy of the sound in the action's folder."""
    name = f"sound{sound.suffix.lower()}"
    shutil.copyfile(sound, folder / name)
    return ActionHead(head.name, head.faces, head.loop, head.number, name, head.source, head.format)
