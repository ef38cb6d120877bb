"""A strip of pictures of an avatar in speech, to be looked at at full size.

In: the folder of a prepared avatar of the engine `builtin`. Out: a PNG: above, ten pictures of a
sentence, from its widest mouth to shut lips; below, the mouths enlarged. Runs by hand.
`python -m perf.faces.strip --help`.
"""

from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from data.clip import Clip
from data.landmarks.finder import FaceFinder
from data.making.lips import LipLines
from data.units import FEATURE_RATE, FEATURE_TICK
from models.face.builtin import BuiltinEngine
from models.picture.paste import Paster, colour_match
from models.sound.resample import Resampler
from models.voice.hibari import HibariVoice

SENTENCES: Final = (
    "Peter bought five of my blue boats.",
    "Who would choose all these teeth?",
)
PICTURES: Final = 10
_ZOOM: Final = 260
"""Side of an enlarged mouth."""

Picture = NDArray[np.uint8]


def sentence_ticks() -> NDArray[np.float32]:
    """The sentences as float32 [n, 640]: ticks of 40 ms at 16 kHz, in the built-in voice."""
    voice = HibariVoice()
    pieces = [piece.sound for text in SENTENCES for piece in voice.speak(text)]
    narrow = Resampler(voice.rate, FEATURE_RATE)
    sound = np.concatenate([narrow.push(np.concatenate(pieces)), narrow.finish()])
    return sound[: len(sound) // FEATURE_TICK * FEATURE_TICK].reshape(-1, FEATURE_TICK)


def features_of(engine: BuiltinEngine, ticks: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The engine's features of every tick whose right context is there."""
    stream = engine.stream()
    return [
        feature for tick in ticks for half in np.split(tick, 2) for feature in stream.push(half)
    ]


def spoken(clip: Clip, ticks: NDArray[np.float32]) -> tuple[list[Picture], list[Picture]]:
    """The idle frame and the frame in speech, BGR, of every tick."""
    engine = BuiltinEngine()
    avatar = np.array([engine.bind(clip)], np.int32)
    paster, tint = Paster.of(clip), colour_match(clip)
    features = features_of(engine, ticks)
    face = np.empty((1, *engine.face.shape), np.uint8)
    out = np.empty_like(clip.frames[0])
    idle, speaking = [], []
    for number, feature in enumerate(features):
        frame = int(clip.loop[number % len(clip.loop)])
        engine.render(feature[None], avatar, np.zeros(1, np.int32), face)
        paster.paste(
            out, clip.frames[frame], face[0], clip.placements[frame], number=frame, tint=tint
        )
        idle.append(_bgr(clip.frames[frame]))
        speaking.append(_bgr(out))
    return idle, speaking


def _bgr(frame: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_YUV2BGR_I420), np.uint8)


def strip(clip: Clip, ticks: NDArray[np.float32]) -> Picture:
    """The strip, BGR: idle, then `PICTURES` of speech."""
    idle, speaking = spoken(clip, ticks)
    finder = FaceFinder()
    faces = finder.find(idle[0])
    if not faces:
        raise ValueError("no face is seen in the avatar's first frame")
    chosen = np.linspace(0, len(speaking) - 1, PICTURES + 2)[1:-1].astype(int)
    shown = [idle[0], *(speaking[number] for number in chosen)]
    face = faces[0]
    marks = face.landmarks
    middle, side = marks[:, :2].mean(axis=0), 1.7 * face.width
    lips = LipLines.of(marks)
    cells = [
        (
            _part(each, middle, side, 320),
            _part(each, lips.middle.mean(axis=0), 2 * lips.width, _ZOOM),
        )
        for each in shown
    ]
    rows = [np.concatenate([pair[0] for pair in cells], axis=1)]
    below = np.concatenate([pair[1] for pair in cells], axis=1)
    rows.append(np.pad(below, ((0, 0), (0, rows[0].shape[1] - below.shape[1]), (0, 0))))
    return np.concatenate(rows, axis=0)


def _part(picture: Picture, middle: NDArray[np.float64], side: float, size: int) -> Picture:
    scale = side / size
    onto = np.array([[scale, 0, middle[0] - side / 2], [0, scale, middle[1] - side / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, onto, (size, size), flags=flags), np.uint8)


def main(
    avatars: Annotated[list[Path], typer.Argument(help="folders of avatars")],
    to: Annotated[Path, typer.Option(help="where the strips go, NAME.png each")] = Path("strips"),
) -> None:
    """Draw a strip for each avatar."""
    ticks = sentence_ticks()
    to.mkdir(parents=True, exist_ok=True)
    for folder in avatars:
        cv2.imwrite(str(to / f"{folder.name}.png"), strip(Clip.load(folder), ticks))


if __name__ == "__main__":
    typer.run(main)
