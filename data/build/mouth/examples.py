"""What the network is shown: mel columns and the mouth at each of them.

In: clips. Out: examples, in .npz files. Owns nothing.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.blend import bilabials, movement, segments
from data.build.mouth.spoken_clip import Phone, SpokenClip
from data.units import FEATURE_CHUNK, FEATURE_RATE
from models.face.mel import BANDS, MelStream

_COLUMNS_A_TICK = 4
_HOP = FEATURE_RATE // 100


@dataclass(frozen=True)
class Example:
    """mel: float16 [n, 80], a column each 10 ms. parameters: uint8 [n, 8], 255 is 1.

    visemes: uint8 [n]. closures: float64 [m, 2], start and end in s of each p, b and m;
    of neighbours together.
    kind, voice, language: where it comes from.
    """

    mel: NDArray[np.float16]
    parameters: NDArray[np.uint8]
    visemes: NDArray[np.uint8]
    closures: NDArray[np.float64]
    kind: str
    voice: str
    language: str


def example(clip: SpokenClip, factor: float = 1.0) -> Example:
    """Of a clip whose sound was played `factor` times as fast as its phones say."""
    phones = [Phone(phone.start / factor, phone.sign) for phone in clip.phones]
    found = segments(phones, clip.seconds)
    moved = movement(found, clip.seconds)
    mel = columns(clip.sound)[: len(moved.visemes)]
    shut: list[tuple[float, float]] = []
    for start, end, _ in bilabials(found):
        if shut and start <= shut[-1][1]:
            shut[-1] = (shut[-1][0], end)  # mb, pm: the lips meet once
        else:
            shut.append((start, end))
    return Example(
        mel.astype(np.float16),
        np.round(moved.parameters[: len(mel)] * 255).astype(np.uint8),
        moved.visemes[: len(mel)],
        np.array(shut, np.float64).reshape(-1, 2),
        clip.kind,
        clip.voice,
        clip.language,
    )


def columns(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-mel columns float32 [n, 80] of 16 kHz sound, by the running server's own stream."""
    whole = len(sound) // (2 * FEATURE_CHUNK) * 2 * FEATURE_CHUNK
    stream = MelStream()
    windows = stream.push(sound[:whole]) + stream.finish()
    ticks = [window[:, -2 * _COLUMNS_A_TICK - _COLUMNS_A_TICK : -2 * _COLUMNS_A_TICK].T
             for window in windows]  # fmt: skip
    return np.concatenate(ticks) if ticks else np.empty((0, BANDS), np.float32)


def save(path: Path, examples: Sequence[Example]) -> None:
    """Write many into one file, whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            lengths=np.array([len(each.mel) for each in examples]),
            shut=np.array([len(each.closures) for each in examples]),
            mel=np.concatenate([each.mel for each in examples]),
            parameters=np.concatenate([each.parameters for each in examples]),
            visemes=np.concatenate([each.visemes for each in examples]),
            closures=np.concatenate([each.closures for each in examples]),
            about=np.array([[e.kind, e.voice, e.language] for e in examples], np.str_),
        )
    os.replace(part, path)


def load(path: Path) -> list[Example]:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        rows, shut = np.cumsum(file["lengths"])[:-1], np.cumsum(file["shut"])[:-1]
        split = [np.split(file[name], rows) for name in ("mel", "parameters", "visemes")]
        closures = np.split(file["closures"], shut)
        about = file["about"].tolist()
    return [
        Example(mel, parameters, visemes, closed, *names)
        for mel, parameters, visemes, closed, names in zip(*split, closures, about, strict=True)
    ]
