"""From one photo to an avatar of the built-in engine: an idle loop and an atlas of mouths.

In: a photo. Out: a saved `Clip` and its contact sheet. Runs where avatars are made; frees
everything but the files. The mouths are the photo's own lips moved as a rendered head's are, see
`photo_face`; the loop is `PhotoSource`'s, and the face goes with it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.head import lending_head
from data.landmarks.finder import FaceFinder
from data.making.follow import chosen_face
from data.making.photo import FRAMES, PhotoSource
from data.making.photo_checks import check_face
from data.making.photo_face import PhotoFace, photo_face
from data.making.photo_layers import Background, layers_of
from data.making.progress import MakingStep, Tell
from data.making.reel import Reel
from data.making.sheet import SHEET, write_sheet
from data.making.shut_mouth import ShutMouth, shut_mouth
from data.making.source import read_photo
from data.staging import staged
from data.transparency import composed

ENGINE: Final = "builtin"


@dataclass(frozen=True)
class PhotoFigures:
    """What was made of the photo. mouth: its width in the photo, in pixels. scale: photo pixels to
    one of the face as it is drawn: 2 is half as sharp; below 1 the mouth is small and is worked on
    enlarged. any_background: whether a session may have another."""

    frames: int
    states: int
    mouth: float
    scale: float
    blinks: bool
    any_background: bool

    def __str__(self) -> str:
        drawn = "as it is"
        if self.scale > 1:
            drawn = f"drawn at 1/{self.scale:.2f} of its size, so a little softer"
        elif self.scale < 1:
            drawn = f"drawn at {1 / self.scale:.1f} times its size"
        eyes = "blinks" if self.blinks else "does not blink"
        behind = "any background" if self.any_background else "its own background only"
        return (
            f"{self.frames} frames, {self.states} mouths, mouth {self.mouth:.0f} pixels wide, "
            f"{drawn}, {eyes}, {behind}"
        )


def ready_face(
    photo: NDArray[np.uint8], finder: FaceFinder, number: int | None = None
) -> ShutMouth:
    """The photo, uint8 BGR or BGRA, with its mouth shut, and the face in it; number as below.

    CannotMake if no avatar can be made of it."""
    seen = composed(photo).seen
    face = chosen_face(seen, finder, number, "in the photo")
    check_face(face, seen.shape)
    return shut_mouth(photo, face, finder)


def make_of_photo(
    path: Path,
    name: str,
    folder: Path,
    tell: Tell,
    number: int | None = None,
    background: Background | None = None,
) -> tuple[Clip, PhotoFigures]:
    """Make an avatar of the photo at `path`, save it to `folder` with its sheet.

    number: of the face among several, from the left, 1 the first; None if there is but one.
    background: instead of the photo's own.

    CannotMake says what is wrong with the photo. However it ends, `folder` is whole or what it was.
    """
    finder = FaceFinder()
    tell(MakingStep.FINDING, 0, 1)
    shut = ready_face(read_photo(path), finder, number)
    face = shut.face
    layers = layers_of(shut.picture, face, background)
    still = layers.together(layers.person, layers.alpha).seen
    made = photo_face(still, face, lending_head(), finder, tell, shut.teeth)
    source = PhotoSource(layers, face, made.drawn_part(still.shape))
    figures = PhotoFigures(
        FRAMES,
        len(made.atlas.mouths),
        made.mouth,
        made.scale,
        source.blinks,
        layers.alpha is not None,
    )
    with staged(folder) as new:
        reel = Reel(FRAMES, new, layers.behind)
        for number, picture in enumerate(source.pictures()):
            reel.put(number, picture)
            tell(MakingStep.HEAD, number + 1, FRAMES)
        clip = Clip(
            name=name,
            engine=ENGINE,
            frames=reel.frames,
            placements=_placements(source, made),
            mask=made.mask,
            engine_arrays=made.atlas.arrays(),
            clear=reel.clear,
            behind=reel.behind,
        )
        tell(MakingStep.SAVING, 0, None)
        clip.write(new)
        write_sheet(clip, new / SHEET, f"{name} ({ENGINE}): {figures}")
        tell(MakingStep.SAVING, 1, 1)
    return Clip.load(folder), figures


def _placements(source: PhotoSource, made: PhotoFace) -> NDArray[np.float32]:
    """float32 [N, 2, 3]: the canvas's pixels to the picture's, in every frame."""
    whole = np.vstack([made.onto, (0, 0, 1)])
    spots = made.spots
    motions = [source.motion(number, spots) for number in range(FRAMES)]
    return np.stack([motion @ whole for motion in motions]).astype(np.float32)
