"""Whether an avatar of a photo or a clip still looks like its source while it speaks, in figures.

In: folders of prepared avatars of the engine `builtin`, and what they were made of. Out: a table, a
row for each. Sentences are spoken over the idle loop. same, away: identity, see `identity`: the
pictures in speech are as much like the photo as the idle ones, 0.85 at least, and no further from
it than one person's pictures are, 0.60. Without `--sources` they are compared with the first idle
picture. sharp: fine detail to coarser about the mouth against that about the
eyes, in speech to at rest: 1 is as sharp as the person's own lips, 0.8 to 1.25 is aimed for.
step: levels by which the picture jumps across the mask's edge, 1.5 at most. flicker: what is left
of a pixel after its neighbours in time, of the idle loop and of speech, in levels. shut: of the
ticks in which the lips are drawn shut (p, b, m), those in which the landmark nets see them touch.
Runs by hand, in this process. `python -m perf.faces.likeness --help`.
"""

from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from data.clip import Clip
from data.landmarks.finder import Face, FaceFinder
from data.making.lips import LipLines
from data.making.shut_mouth import TOUCHING
from data.making.source import is_photo, read_photo
from data.transparency import composed
from models.face.builtin import BuiltinEngine
from models.face.builtin_renderer import BuiltinRenderer
from models.face.mouth import PARAMETERS, SHUT_FROM
from models.picture.paste_figures import INSIDE, flicker, seam, sharpness
from perf.faces import respoken
from perf.faces.identity import FaceEmbedder, identity
from perf.faces.strip import features_of, sentence_ticks, spoken
from perf.report import Machine, Report

PACKAGES: Final = ("numpy", "opencv-python-headless", "onnxruntime", "ai-edge-litert")
_EVERY: Final = 8
"""Every so many pictures are compared with the source."""
_LEVELS: Final = 0.015
"""What nets see lips apart more in one picture than in another, in mouth widths."""


def row(
    clip: Clip,
    ticks: NDArray[np.float32],
    embed: FaceEmbedder,
    source: NDArray[np.uint8] | None = None,
) -> dict[str, str | float]:
    """The avatar's figures; source: what it was made of, uint8 BGR."""
    idle, speaking = spoken(clip, ticks)
    faces, resting = _followed(speaking), _followed(idle)
    origin = idle[0] if source is None else source
    alike = identity(
        embed(origin, _followed([origin])[0]),
        _embedded(embed, idle, resting),
        _embedded(embed, speaking, faces),
    )
    masks = np.stack([_mask(clip, number) for number in range(len(idle))])
    still, moved = (np.stack([_grey(each) for each in part]) for part in (idle, speaking))
    inside = masks >= INSIDE
    return {
        "same": round(alike.cosine, 3),
        "away": round(alike.distance, 2),
        "sharp": round(sharpness(list(moved), faces) / sharpness(list(still), resting), 2),
        "step": round(seam(still, moved, masks)[1], 2),
        "flicker idle": round(flicker(still, inside), 2),
        "flicker speech": round(flicker(moved, inside), 2),
        "shut": _shut(faces, ticks),
    }


def _followed(pictures: list[NDArray[np.uint8]]) -> list[Face]:
    finder = FaceFinder()
    found = finder.find(pictures[0])
    if not found:
        raise ValueError("no face is seen in the avatar's first picture")
    faces = [found[0]]
    for picture in pictures[1:]:
        faces.append(finder.follow(picture, faces[-1]) or faces[-1])
    return faces


def _embedded(
    embed: FaceEmbedder, pictures: list[NDArray[np.uint8]], faces: list[Face]
) -> NDArray[np.float64]:
    """float64 [N, 128] of every few pictures."""
    pairs = list(zip(pictures, faces, strict=True))[::_EVERY]
    return np.stack([embed(*pair) for pair in pairs])


def _shut(faces: list[Face], ticks: NDArray[np.float32]) -> str:
    shapes, _ = BuiltinRenderer().hear(np.stack(features_of(BuiltinEngine(), ticks)))
    closed = np.flatnonzero(shapes[:, PARAMETERS.index("close")] >= SHUT_FROM)
    gaps = [LipLines.of(faces[number].landmarks).gap for number in closed]
    return f"{sum(gap <= TOUCHING + _LEVELS for gap in gaps)} of {len(gaps)}"


def _mask(clip: Clip, number: int) -> NDArray[np.uint8]:
    frame = int(clip.loop[number % len(clip.loop)])
    onto = clip.placements[frame].astype(np.float64)
    there = cv2.warpAffine(clip.mask_of(frame), onto, (clip.width, clip.height))
    return np.asarray(there, np.uint8)


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32)


def _source_of(sources: Path | None, name: str) -> NDArray[np.uint8] | None:
    """The picture in the folder whose name is the avatar's, but for its ending."""
    found = [] if sources is None else sorted(sources.rglob(f"{name}.*"))
    photos = [path for path in found if is_photo(path)]
    return composed(read_photo(photos[0])).seen if photos else None


def main(
    avatars: Annotated[list[Path], typer.Argument(help="folders of avatars")],
    sources: Annotated[
        Path | None, typer.Option(help="where their photos are, each named as its avatar")
    ] = None,
    clip: Annotated[
        list[Path] | None, typer.Option(help="with sound: its second half is spoken again")
    ] = None,
) -> None:
    """Measure each avatar."""
    report = Report("likeness of avatars in speech", Machine.here(PACKAGES))
    report.begin()
    ticks = sentence_ticks()
    embed = FaceEmbedder()
    rows = {
        folder.name: row(Clip.load(folder), ticks, embed, _source_of(sources, folder.name))
        for folder in avatars
    }
    report.table("in speech", rows)
    if clip:
        finder = FaceFinder()
        again = {path.stem: respoken.row(path, finder) for path in clip}
        report.table("own sentences spoken again, see perf.faces.respoken", again)


if __name__ == "__main__":
    typer.run(main)
