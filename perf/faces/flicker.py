"""Flicker, seam and likeness of pasted faces, in figures, for a clip that moves.

In: a clip (the astronaut before a moving camera, the built-in head, or a video). Out: a table for
each engine's boxes, as found and as steadied, and `flicker.json` beside each contact sheet.
`python -m perf.faces.flicker --help`. Owns a temporary folder, or the one that is named.

The engines that paint here are none: `same` gives back the source's crop, which is the test of
boxes, masks and paste; `still` gives the first crop for every frame, so that whatever trembles is
the box; `cast` gives the crop in other colours that tremble, as a network's do, pasted without and
with its colours matched. With `--weights` the avatar's own engine paints to a vowel as well.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from data.clip import Clip
from data.i420 import i420_from_bgr, planes
from data.making.boxes import STEADY_FRAMES
from data.making.make import AvatarOrder, Latents, make_avatar, needs_latents
from data.units import TICKS_PER_SECOND
from models.face.builtin import BuiltinEngine
from models.face.engines import engine_for, load_engine
from models.picture.paste import Paster
from models.picture.tint import Tint
from perf.faces.flicker_clips import astronaut, played, write_video
from perf.faces.flicker_figures import Figures, figures
from perf.report import Machine, Report
from perf.sounds import vowel

PACKAGES: Final = ("numpy", "opencv-python-headless", "torch")
FIGURES: Final = "flicker.json"
Faces = Callable[[int], NDArray[np.uint8]]
"""From a frame's number to its face, I420."""


def same(clip: Clip) -> Faces:
    """The source's own crop of every frame."""
    return lambda number: i420_from_bgr(np.ascontiguousarray(clip.engine_arrays["faces"][number]))


def still(clip: Clip) -> Faces:
    """The first frame's crop, always."""
    first = same(clip)(0)
    return lambda number: first


def cast(clip: Clip) -> Faces:
    """The crop with less contrast and another colour, both trembling."""
    rng = np.random.default_rng(3)
    tremble = rng.normal(0, 1.0, (len(clip.frames), 3))

    def face(number: int) -> NDArray[np.uint8]:
        made = same(clip)(number)
        for plane, gain, shift, more in zip(
            planes(made), (0.92, 0.9, 0.9), (16, 18, 8), tremble[number], strict=True
        ):
            plane[:] = np.rint(plane * gain + shift + more).clip(0, 255)
        return made

    return face


def own(clip: Clip, weights: Path) -> Faces:
    """The avatar's engine saying "ah"."""
    engine = load_engine(engine_for(clip), weights)
    ticks = len(clip.frames) + TICKS_PER_SECOND
    sound = vowel(ticks / TICKS_PER_SECOND).astype(np.float32) / np.float32(32768)
    features = engine.stream().push(sound)
    avatar = np.array([engine.bind(clip)], np.int32)

    def face(number: int) -> NDArray[np.uint8]:
        out = np.empty(engine.face.shape, np.uint8)
        engine.render(features[number][None], avatar, np.array([number], np.int32), out[None])
        return out

    return face


def pasted(clip: Clip, faces: Faces, matched: bool) -> NDArray[np.uint8]:
    """uint8 [N, H, W], the luma of every frame with its face."""
    paster, tint = Paster(clip.mask), Tint() if matched else None
    out = np.empty_like(clip.frames[0])
    made = np.empty((len(clip.frames), clip.height, clip.width), np.uint8)
    for number, frame in enumerate(clip.frames):
        place = clip.placements[number]
        paster.paste(out, frame, faces(number), place, number=number, tint=tint)
        made[number] = planes(out)[0]
    return made


def masks_in(clip: Clip) -> NDArray[np.uint8]:
    """uint8 [N, H, W]: the mask as it lies in every frame."""
    size = (clip.width, clip.height)
    laid = [
        cv2.warpAffine(clip.mask_of(number), onto.astype(np.float64), size)
        for number, onto in enumerate(clip.placements)
    ]
    return np.asarray(np.stack(laid), np.uint8)


def look(clip: Clip, weights: Path | None) -> Iterator[tuple[str, Figures]]:
    """The figures of every painter on a clip."""
    masks, base = masks_in(clip), clip.frames[:, : clip.height]
    painters: list[tuple[str, Faces, bool]] = [
        ("same", same(clip), False),
        ("same, matched", same(clip), True),
        ("still", still(clip), False),
        ("cast", cast(clip), False),
        ("cast, matched", cast(clip), True),
    ]
    if weights is not None:
        painters += [("own", own(clip, weights), False), ("own, matched", own(clip, weights), True)]
    for name, faces, matched in painters:
        yield name, figures(base, pasted(clip, faces, matched), masks)


def _latents(engine: str, weights: Path | None) -> Latents | None:
    """What encodes MuseTalk's latents; without weights nobody looks at them."""
    if not needs_latents(engine):
        return None
    if weights is None:
        return lambda faces: iter([np.zeros((len(faces), 8, 32, 32), np.float16)])
    from models.face.musetalk.encode import LatentEncoder  # noqa: PLC0415 - torch comes with it

    return LatentEncoder(weights).encode


def _source(source: str, seconds: float, home: Path) -> Path:
    count = round(seconds * TICKS_PER_SECOND)
    if source == "astronaut":
        return write_video(home / "astronaut.mp4", astronaut(count))
    if source == "builtin":
        clip = BuiltinEngine().prepare(home / "builtin")
        return write_video(home / "builtin.mp4", played(clip, count))
    return Path(source)


def _quiet(what: str, done: int, total: int | None) -> None:
    pass


def main(
    source: Annotated[str, typer.Option(help="astronaut, builtin, or a video.")] = "astronaut",
    engines: Annotated[
        str, typer.Option(help="for whose crops.")
    ] = "wav2lip256,musetalk,ultralight",
    seconds: Annotated[float, typer.Option(help="of astronaut and builtin.")] = 4.0,
    weights: Annotated[Path | None, typer.Option(help="the engines' folder of weights.")] = None,
    keep: Annotated[Path | None, typer.Option(help="keep the avatars and sheets here.")] = None,
) -> None:
    """Paste faces that are known back into a clip that moves; say what that adds to it."""
    cv2.setNumThreads(1)
    report = Report(f"flicker of pasted faces, {source}, in grey levels", Machine.here(PACKAGES))
    report.begin()
    with TemporaryDirectory() as temporary:
        home = keep or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        path = _source(source, seconds, home)
        for engine, spread in product(engines.split(","), (0.0, STEADY_FRAMES)):
            name = f"{path.stem}-{engine}" + ("" if spread else "-raw")
            wanted = AvatarOrder(name, engine, _latents(engine, weights), spread)
            clip, made = make_avatar(path, wanted, home / name, _quiet)
            rows = dict(look(clip, weights))
            report.table(f"{name}: {made}", {row: found.row for row, found in rows.items()})
            written = {row: asdict(found) for row, found in rows.items()}
            (home / name / FIGURES).write_text(json.dumps(written, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
