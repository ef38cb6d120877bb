"""Milliseconds of one core for one tick of the built-in face: from 40 ms of sound to a picture.

In: nothing. Out: a table, and JSON: log-mel, network and drawing, pasting, the session's own
background, and all of it, for one session, tick by tick over bursts of a vowel; then what a face
costs in a batch of sessions. Each avatar in turns with the others, and in the thread's own time, so
that a busy machine matters less. `python -m perf.faces.builtin --help`. Runs in this process, on
one thread; prepares the avatars in a folder of its own and removes it.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from actors.avatars import clip_of
from actors.compositor.scene import Scene
from data.backdrop import backdrop
from data.i420 import i420_from_bgr
from data.units import FEATURE_TICK
from models.face.builtin import BuiltinEngine
from models.picture.background import Background
from models.picture.paste import Paster
from perf.report import Machine, Report, Spread
from perf.sounds import bursts

PACKAGES: Final = ("numpy", "onnxruntime", "opencv-python-headless")
AVATARS: Final = ("mira", "pip", "mira-landscape", "mira-portrait")
COLOUR: Final = (0x60, 0x40, 0x20)
BATCH: Final = 16
STEPS: Final = ("mel", "network and drawing", "pasting", "own background", "all")


class Case:
    """One avatar and a session that shows it."""

    def __init__(self, name: str, cache: Path) -> None:
        clip = clip_of(name, cache)
        if clip.clear is None or clip.behind is None:
            raise ValueError(f"{name} has no background of its own")
        self._engine = BuiltinEngine()
        self._engine.warm()
        self._avatar = np.array([self._engine.bind(clip)], np.int32)
        self._scene = Scene(clip, Paster(clip.mask))
        wall = i420_from_bgr(backdrop((clip.height, clip.width), COLOUR))
        self._background = Background(clip.clear, clip.behind, wall)
        self._face = np.empty((1, *self._engine.face.shape), np.uint8)
        self._picture = np.empty_like(clip.frames[0])
        self._frames = len(clip.frames)

    def turn(self, sound: NDArray[np.float32]) -> list[tuple[float, ...]]:
        """Milliseconds of every step, `STEPS`, for each tick of float32 [n, 640] sound."""
        stream = self._engine.stream()
        pose = np.zeros(1, np.int32)
        taken = []
        for number, chunk in enumerate(sound):
            times = [time.thread_time_ns()]
            features = stream.push(chunk)
            times.append(time.thread_time_ns())
            for feature in features:
                self._engine.render(feature[None], self._avatar, pose, self._face)
            times.append(time.thread_time_ns())
            self._scene.show(number, self._face[0], self._picture, cut=False)
            times.append(time.thread_time_ns())
            self._background.apply(self._picture, number % self._frames)
            times.append(time.thread_time_ns())
            if features:
                steps = np.diff(times) / 1e6
                taken.append((*steps, steps.sum()))
        return taken

    def batch(self, features: NDArray[np.float32]) -> float:
        """Milliseconds a face of a batch of `BATCH` sessions."""
        out = np.empty((BATCH, *self._engine.face.shape), np.uint8)
        avatars, poses = np.repeat(self._avatar, BATCH), np.zeros(BATCH, np.int32)
        began = time.thread_time_ns()
        self._engine.render(features, avatars, poses, out)
        return (time.thread_time_ns() - began) / 1e6 / BATCH


def main(
    turns: Annotated[int, typer.Option(min=2, help="of 12 s of sound, for each avatar")] = 3,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Time it; the first turn of each avatar is not counted."""
    cv2.setNumThreads(1)
    report = Report("the built-in face, one tick of one session", Machine.here(PACKAGES))
    report.begin()
    sound = bursts(24, 0.3, [0.2] * 24)
    whole = sound[: len(sound) // FEATURE_TICK * FEATURE_TICK].reshape(-1, FEATURE_TICK)
    ticks: NDArray[np.float32] = (whole / 32768).astype(np.float32)
    stream = BuiltinEngine().stream()
    features = np.stack([feature for chunk in ticks for feature in stream.push(chunk)][-BATCH:])
    with TemporaryDirectory() as home:
        cases = {name: Case(name, Path(home)) for name in AVATARS}
        taken: dict[str, list[tuple[float, ...]]] = {name: [] for name in AVATARS}
        batches: dict[str, list[float]] = {name: [] for name in AVATARS}
        for turn in range(turns + 1):
            for name, case in cases.items():
                times = case.turn(ticks)
                if turn:
                    taken[name] += times
                    batches[name] += [case.batch(features) for _ in range(BATCH)]
    for name in AVATARS:
        rows = {
            step: Spread.of(column)
            for step, column in zip(STEPS, np.array(taken[name]).T, strict=True)
        }
        rows[f"a face in a batch of {BATCH}"] = Spread.of(batches[name])
        report.spreads(f"{name}: the thread's own time", "ms", rows)
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
