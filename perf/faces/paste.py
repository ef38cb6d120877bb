"""Microseconds to paste a face into a picture of 512 x 512, 720p and 1080p.

In: nothing. Out: a table, and JSON: pasted as it is, and with its colours matched. Faces as large
as a head and shoulders have them, of the engines' sizes, in a loop of 50 placements, warmed up;
each size is timed in turns with the others, so that a busy machine slows all of them alike.
`python -m perf.faces.paste --help`. Owns nothing; runs in this process, on one thread.
"""

import time
from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from data.i420 import i420_shape
from data.making.boxes import CROPS, Crop, placement
from data.making.masks import usual_mask
from models.picture.paste import Paster
from models.picture.tint import Tint
from perf.report import Machine, Report

PACKAGES: Final = ("numpy", "opencv-python-headless")
PICTURES: Final = ((512, 512), (1280, 720), (1920, 1080))
ENGINES: Final = ("wav2lip", "wav2lip256")
PLACES: Final = 50
PART: Final = 0.35
"""The face's width in parts of the picture's shorter side."""


class Case:
    """One size of picture and face: frames, a face, and where it goes."""

    def __init__(self, width: int, height: int, crop: Crop) -> None:
        face = crop.size
        rng = np.random.default_rng(0)
        self._frame = rng.integers(16, 235, i420_shape(width, height), dtype=np.uint8)
        self._face = rng.integers(16, 235, i420_shape(face, face), dtype=np.uint8)
        self._out = np.empty_like(self._frame)
        self._paster = Paster(usual_mask(crop))
        self._tint = Tint()
        self._places = [_place(width, height, face, number) for number in range(PLACES)]

    def turn(self, opacity: float = 1.0, *, matched: bool = False) -> float:
        """Mean microseconds of one frame over all placements; at opacity 0 it is only copied."""
        tint = self._tint if matched else None
        began = time.perf_counter_ns()
        for place in self._places:
            self._paster.paste(self._out, self._frame, self._face, place, opacity, tint=tint)
        return (time.perf_counter_ns() - began) / 1000 / PLACES


def _place(width: int, height: int, face: int, number: int) -> NDArray[np.float32]:
    side = PART * min(width, height)
    turn = 2 * np.pi * number / PLACES
    x, y = width / 2 + 5 * np.cos(turn), height / 2 + 5 * np.sin(turn)
    box = np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2])
    return placement(box, face, face)


def main(
    turns: Annotated[int, typer.Option(min=3, help="of all placements, for each size")] = 40,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Time pasting; p50 and p95 are over turns of 50 frames."""
    cv2.setNumThreads(1)
    report = Report("pasting a face", Machine.here(PACKAGES))
    report.begin()
    cases = {
        f"{width}x{height}, {CROPS[engine].size}": Case(width, height, CROPS[engine])
        for width, height in PICTURES
        for engine in ENGINES
    }
    for case in cases.values():
        case.turn(matched=True)
    times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in cases}
    for _ in range(turns):
        for name, case in cases.items():
            times[name].append((case.turn(), case.turn(matched=True), case.turn(0.0)))
    rows: dict[str, dict[str, str | float]] = {}
    for name, taken in times.items():
        pasted, matched, copied = np.array(taken).T
        rows[name] = {
            "paste p50 us": round(float(np.percentile(pasted, 50)), 1),
            "paste p95 us": round(float(np.percentile(pasted, 95)), 1),
            "matched p50 us": round(float(np.percentile(matched, 50)), 1),
            "matched p95 us": round(float(np.percentile(matched, 95)), 1),
            "copy p50 us": round(float(np.percentile(copied, 50)), 1),
        }
    title = f"microseconds per frame, by picture and face, over {turns * PLACES} frames each"
    report.table(title, rows)
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
