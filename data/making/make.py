"""From a clip or a photo to an avatar: landmarks, boxes, mask, loop, the engine's arrays.

In: a file, an engine's name. Out: a saved `Clip` and its contact sheet. Runs in the command
that makes avatars, or in a thread of whoever does; frees everything but the files. Two passes
over the source: the first finds the face, the second cuts it, so no more than one picture is in
memory. The avatar appears whole, under its name, or not at all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.landmarks.finder import FaceFinder
from data.making.boxes import CROPS, STEADY_FRAMES, Crop, boxes_of, cut, jitter, placement
from data.making.clip_avatar import ClipFigures, make_of_clip
from data.making.errors import CannotMake
from data.making.follow import Track, check, chosen_face, follow
from data.making.heard_mouths import Hearing
from data.making.loop import loop_order, seam
from data.making.masks import masks_of
from data.making.photo import PhotoSource
from data.making.photo_avatar import ENGINE as DRAWN
from data.making.photo_avatar import PhotoFigures, make_of_photo
from data.making.photo_layers import Background, PhotoLayers, layers_of
from data.making.progress import MakingStep, Tell, until
from data.making.reel import Reel
from data.making.sheet import SHEET, write_sheet
from data.making.source import FrameSource, VideoSource, is_photo, read_photo
from data.staging import staged
from data.transparency import composed

Latents = Callable[[NDArray[np.uint8]], Iterator[NDArray[np.float16]]]
"""From BGR faces [N, 256, 256, 3] to what MuseTalk's network sees of them, [n, 8, 32, 32] each
time, N in all."""


@dataclass(frozen=True)
class AvatarOrder:
    """What is wanted: an avatar of this name for the face engine of that name. latents: only
    MuseTalk's. spread: how steady its boxes are, see `boxes_of`. face: the number of the one
    among several that is meant, 1 the first from the left. background: instead of a photo's own,
    or, for the built-in engine, a clip's. hearing: only the built-in engine's, to know a clip's
    mouths by its sound. ValueError names what is allowed."""

    name: str
    engine: str
    latents: Latents | None = None
    spread: float = STEADY_FRAMES
    face: int | None = None
    background: Background | None = None
    hearing: Hearing | None = None

    def __post_init__(self) -> None:
        if self.engine not in (DRAWN, *CROPS):
            allowed = ", ".join(sorted((DRAWN, *CROPS)))
            raise ValueError(
                f"no avatar is made for the engine {self.engine!r}; allowed: {allowed}"
            )
        if needs_latents(self.engine) and self.latents is None:
            raise ValueError(f"an avatar for {self.engine} needs what encodes its latents")


@dataclass(frozen=True)
class AvatarFigures:
    """How steady the clip is. jitter: of the box, in pixels, as found and as kept. seam: the
    step over the loop's end and the usual one, in grey levels."""

    frames: int
    jitter: tuple[float, float]
    seam: tuple[float, float]

    def __str__(self) -> str:
        return (
            f"{self.frames} frames, box jitter {self.jitter[0]:.2f} -> {self.jitter[1]:.3f} px, "
            f"seam {self.seam[0]:.2f} (usual step {self.seam[1]:.2f}) grey levels"
        )


def needs_latents(engine: str) -> bool:
    """Whether the engine reads latents of the face, not the face."""
    return engine.startswith("musetalk")


def make_avatar(
    path: Path, wanted: AvatarOrder, folder: Path, tell: Tell, cancel: Event | None = None
) -> tuple[Clip, AvatarFigures | PhotoFigures | ClipFigures]:
    """Make an avatar of the clip or photo at `path`, save it to `folder` with its sheet.

    tell: called after every frame. cancel: once it is set, the work ends within a frame, with
    `Cancelled`. CannotMake says what is wrong with the file; LandmarksMissing without
    ai-edge-litert. However it ends, `folder` is whole or what it was, and nothing else is left.
    """
    if not path.is_file():
        raise CannotMake(f"{path}: no such file")
    tell = until(cancel, tell)
    of_photo = is_photo(path)
    if wanted.background is not None and not of_photo and wanted.engine != DRAWN:
        raise CannotMake(
            f"{path.name}: for {wanted.engine} a clip keeps its background; {DRAWN} cuts the "
            "person out, and a clip with transparency takes any"
        )
    if wanted.engine == DRAWN and of_photo:
        return make_of_photo(path, wanted.name, folder, tell, wanted.face, wanted.background)
    if wanted.engine == DRAWN:
        return make_of_clip(
            path, wanted.name, folder, tell, wanted.face, wanted.hearing, wanted.background
        )
    finder = FaceFinder()
    layers, source = _source(path, finder, wanted, of_photo)
    expected = source.expected
    track = follow(
        _seen(source),
        finder,
        lambda done: tell(MakingStep.FINDING, done, max(done, expected) if expected else None),
        wanted.face,
    )
    order = loop_order(track.thumbs) if layers is None else np.arange(len(track.thumbs))
    kept, played = np.unique(order, return_inverse=True)
    crop = CROPS[wanted.engine]
    boxes = boxes_of(crop, track.landmarks, wanted.spread)
    figures = _figures(crop, track, boxes, order)
    with staged(folder) as new:
        reel = Reel(len(kept), new, None if layers is None else layers.behind)
        faces = _cut(source, boxes[kept], crop.size, reel, kept, tell)
        clip = Clip(
            name=wanted.name,
            engine=crop.family,
            frames=reel.frames,
            placements=np.stack([placement(b, crop.size, crop.size) for b in boxes[kept]]),
            mask=_masks(crop, track, boxes, kept),
            engine_arrays=face_arrays(faces, wanted.engine, wanted.latents, tell),
            matched=crop.matched,
            clear=reel.clear,
            behind=reel.behind,
            order=played,
        )
        tell(MakingStep.SAVING, 0, None)
        clip.write(new)
        write_sheet(clip, new / SHEET, f"{wanted.name} ({wanted.engine}): {figures}")
        tell(MakingStep.SAVING, 1, 1)
    return Clip.load(folder), figures


def _source(
    path: Path, finder: FaceFinder, wanted: AvatarOrder, of_photo: bool
) -> tuple[PhotoLayers | None, FrameSource]:
    """A photo's layers, and the file's pictures; a photo's are a loop already."""
    if not of_photo:
        return None, VideoSource(path)
    photo = read_photo(path)
    face = chosen_face(composed(photo).seen, finder, wanted.face, "in the photo")
    check(face, "in the photo")
    layers = layers_of(photo, face, wanted.background)
    return layers, PhotoSource(layers, face)


def _seen(source: FrameSource) -> Iterator[NDArray[np.uint8]]:
    return (picture.seen for picture in source.pictures())


def _masks(
    crop: Crop, track: Track, boxes: NDArray[np.float64], kept: NDArray[np.int64]
) -> NDArray[np.uint8]:
    masks = masks_of(track.landmarks, boxes, crop.top, crop.size, crop.size)
    return masks[kept] if masks.ndim == 3 else masks


def _cut(
    source: FrameSource,
    boxes: NDArray[np.float64],
    size: int,
    reel: Reel,
    kept: NDArray[np.int64],
    tell: Tell,
) -> NDArray[np.uint8]:
    """uint8 BGR faces [N, size, size, 3] of the source's frames `kept`, each in its box; the
    frames go to the reel."""
    faces = np.empty((len(boxes), size, size, 3), np.uint8)
    places = {number: place for place, number in enumerate(kept.tolist())}
    for number, picture in enumerate(source.pictures()):
        place = places.get(number)
        if place is not None:
            reel.put(place, picture)
            faces[place] = cut(picture.seen, boxes[place], size, size)
            tell(MakingStep.CUTTING, place + 1, len(boxes))
    return faces


def face_arrays(
    faces: NDArray[np.uint8], engine: str, latents: Latents | None, tell: Tell
) -> dict[str, NDArray[Any]]:
    """What an engine reads of each frame: the faces, and for MuseTalk their latents."""
    arrays: dict[str, NDArray[Any]] = {"faces": faces}
    if latents is not None and needs_latents(engine):
        parts: list[NDArray[np.float16]] = []
        for part in latents(faces):
            parts.append(part)
            tell(MakingStep.ENCODING, sum(map(len, parts)), len(faces))
        arrays["latents"] = np.concatenate(parts)
    return arrays


def _figures(
    crop: Crop, track: Track, boxes: NDArray[np.float64], order: NDArray[np.int64]
) -> AvatarFigures:
    raw = np.stack([crop.box(marks) for marks in track.landmarks])
    return AvatarFigures(
        frames=len(order),
        jitter=(jitter(raw), jitter(boxes)),
        seam=seam(track.thumbs, order),
    )
