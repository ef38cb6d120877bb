"""How near a clip's avatar comes to the person's own frames, saying what they say in them.

In: clips with sound in which somebody speaks. Out: a table, a row for each. The first half of a
clip gives the mouths; the sound of the second half moves them, and every frame there in which the
person speaks in about the usual pose is compared with what it should be: PSNR of luma, where the
mask of the harvested mouth is opaque, for all ways.

    own: the harvested atlas · drawn: the photo's way, lips moved as a rendered head's
    copied: the frame of the first half that sounds most alike · shut: lips that do not move

The first clip is rendered: the built-in person's. Runs by hand, in this process; keeps nothing.
`python -m perf.faces.respoken --help`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from actors.mouth_hearing import mouth_hearing
from actors.spoken_avatar import said
from data.atlas import CANVAS
from data.head import lending_head
from data.i420 import i420_from_bgr, i420_shape, planes
from data.landmarks.finder import FaceFinder
from data.making.clip_avatar import MOST_SECONDS
from data.making.clip_mouths import FollowedClip, fitted, heard_clip, shut_frame
from data.making.errors import CannotMake
from data.making.follow import follow
from data.making.frame_choice import near_pose
from data.making.idle_stretch import idle_stretch
from data.making.own_mouths import own_mouths
from data.making.photo_face import PhotoFace, photo_face
from data.making.source import VideoSource
from models.face.drawing import Drawing
from models.picture.colour_field import ColourField
from models.picture.paste import Paster
from models.picture.paste_figures import INSIDE
from perf.faces.spoken_clips import speaking, write_spoken
from perf.report import Machine, Report

PACKAGES: Final = ("numpy", "opencv-python-headless", "onnxruntime", "ai-edge-litert")
TEXTS: Final = (
    "Peter bought five of my blue boats. Who would choose all these teeth?",
    "Every morning the small village wakes up before the sun.",
    "People open their windows to see what happened, and move about. You saw how fast they were.",
    "Why do you believe that wolves eat so many green apples?",
)
_MOST_FRAMES: Final = 60
"""That are compared, spread evenly over the second half."""
_SHUT: Final = np.zeros(8, np.float32)

Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class Way:
    """One way to make the mouth of a frame. face: None where `mouths` gives whole canvases. place:
    of the canvas in a frame of that number. mouth: the canvas, I420, for a frame of that number."""

    mask: NDArray[np.uint8]
    place: Callable[[int], NDArray[np.float32]]
    mouth: Callable[[int], Frame]


def drawn_by(face: PhotoFace, mouths: NDArray[np.float32]) -> Callable[[int], Frame]:
    """The atlas's face for the mouth that is heard with a frame."""
    drawing = Drawing(face.atlas)

    def mouth(number: int) -> Frame:
        out = np.empty(i420_shape(*CANVAS), np.uint8)
        drawing.draw(mouths[number], 0.0, out)
        return out

    return mouth


def psnr(frame: Frame, way: Way, number: int, region: NDArray[np.bool_]) -> float:
    """dB of the frame, I420, with the way's mouth on it, against itself, in a part of its luma."""
    out = np.empty_like(frame)
    paster = Paster(way.mask)
    paster.paste(out, frame, way.mouth(number), way.place(number), tint=ColourField())
    off = planes(out)[0][region].astype(np.float64) - planes(frame)[0][region]
    return float(10 * np.log10(255**2 / max(1e-2, float(np.square(off).mean()))))


class Halves:
    """A clip of which the first half gives the mouths. CannotMake where nobody speaks in it."""

    def __init__(self, path: Path, finder: FaceFinder) -> None:
        source = VideoSource(path, MOST_SECONDS)
        track = follow((picture.seen for picture in source.pictures()), finder)
        self.clip = FollowedClip.of(path, source, track, idle_stretch(track.landmarks))
        self.spoken = heard_clip(self.clip, mouth_hearing())
        count = len(track.landmarks)
        self.first = np.arange(count) < count // 2
        shut, teeth = shut_frame(self.clip, finder)
        usual, head = (shut.picture, shut.face), lending_head()
        known = replace(self.spoken, taken=self.first)
        self.own, self.figures = own_mouths(known, usual, head, finder, self.clip.pictures, _quiet)
        self.drawn = photo_face(*usual, head, finder, _quiet, teeth, brows=False)
        self.near = near_pose(self.spoken.turns, self.spoken.usual) & self.spoken.heard.agreed

    @property
    def tested(self) -> NDArray[np.int64]:
        """Frames of the second half in which the person speaks."""
        found = np.flatnonzero(self.near & ~self.first)
        places = np.linspace(0, len(found) - 1, min(len(found), _MOST_FRAMES)).astype(int)
        return np.asarray(found[places], np.int64)

    def place(self, number: int) -> NDArray[np.float32]:
        """Of the harvested mouths in a frame."""
        whole = np.vstack([self.own.onto, (0, 0, 1)])
        return np.asarray(self.spoken.poses.motion(self.spoken.usual, number) @ whole, np.float32)

    def fit(self, number: int) -> NDArray[np.float32]:
        """Of the drawn ones."""
        return np.asarray(fitted(self.clip, np.array([number]), self.drawn)[0], np.float32)

    def ways(self) -> dict[str, Way]:
        """What is compared."""
        mouths, mask = self.spoken.heard.mouths, self.own.mask
        candidates = np.flatnonzero(self.near & self.first)
        looks = self.spoken.hearing.looks(mouths)
        alike = {
            int(n): int(candidates[np.square(looks[candidates] - looks[n]).sum(axis=1).argmin()])
            for n in self.tested
        }
        numbers = np.unique(list(alike.values()))
        canvases = _canvases(self.clip, numbers, self.place, mask.shape)
        return {
            "own": Way(mask, self.place, drawn_by(self.own, mouths)),
            "drawn": Way(self.drawn.mask, self.fit, drawn_by(self.drawn, mouths)),
            "copied": Way(mask, self.place, lambda number: canvases[alike[number]]),
            "shut": Way(mask, self.place, drawn_by(self.own, np.zeros_like(mouths))),
        }


def row(path: Path, finder: FaceFinder) -> dict[str, str | float]:
    """The clip's figures. CannotMake where it is no clip of somebody who speaks."""
    halves = Halves(path, finder)
    ways, mask, tested = halves.ways(), halves.own.mask, halves.tested
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number, picture in zip(tested.tolist(), halves.clip.pictures(tested), strict=True):
        frame = i420_from_bgr(picture.seen)
        size = frame.shape[1], frame.shape[0] * 2 // 3
        region = cv2.warpAffine(mask, halves.place(number).astype(np.float64), size) >= INSIDE
        for name, way in ways.items():
            found[name].append(psnr(frame, way, number, region))
    return {
        "frames": len(tested),
        "own mouths": f"{halves.figures.own} of {halves.figures.states}",
        **{f"{name} dB": round(float(np.mean(each)), 2) for name, each in found.items()},
    }


def _canvases(
    clip: FollowedClip,
    numbers: NDArray[np.int64],
    place: Callable[[int], NDArray[np.float32]],
    shape: tuple[int, ...],
) -> dict[int, Frame]:
    """Frames as they lie on the canvas, I420, by their numbers."""
    found = {}
    for number, picture in zip(numbers.tolist(), clip.pictures(numbers), strict=True):
        onto = place(number).astype(np.float64)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(picture.seen, onto, shape[::-1], flags=flags)
        found[number] = i420_from_bgr(np.asarray(seen, np.uint8))
    return found


def _quiet(what: str, done: int, total: int | None) -> None:
    pass


def main(
    clips: Annotated[list[Path] | None, typer.Argument(help="with sound, of one person")] = None,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Compare each clip's avatar with the clip's own second half."""
    report = Report("own sentences, spoken again", Machine.here(PACKAGES))
    report.begin()
    finder = FaceFinder()
    rows: dict[str, dict[str, str | float]] = {}
    with TemporaryDirectory() as home:
        ticks = np.concatenate([said(text).ticks for text in TEXTS])
        rendered = write_spoken(Path(home) / "mira.mov", speaking(ticks), ticks)
        for path in (rendered, *(clips or ())):
            try:
                rows[path.stem] = row(path, finder)
                report.say(f"{path.name}: {rows[path.stem]}")
            except CannotMake as error:
                report.say(f"{path.name}: {error}")
    report.table("PSNR within the mask, second half of each clip", rows)
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
