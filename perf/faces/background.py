"""Microseconds to put a session's own background behind a person, at 512 x 512, 720p and upright.

In: nothing. Out: a table, and JSON: a plain colour, and a picture of all colours. A matte as a
head and shoulders have it: background at both sides and above, and hair's edge in between, in a
loop of 50 frames, warmed up; each size is timed in turns with the others, so that a busy machine
slows all of them alike. `python -m perf.faces.background --help`. Owns nothing; runs in this
process, on one thread.
"""

import time
from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from data.backdrop import backdrop
from data.i420 import i420_from_bgr, i420_shape
from models.picture.background import Background
from perf.report import Machine, Report

PACKAGES: Final = ("numpy", "opencv-python-headless")
PICTURES: Final = ((512, 512), (1280, 720), (720, 1280))
FRAMES: Final = 50
COLOUR: Final = (0x60, 0x40, 0x20)
EDGE: Final = 12
"""Pixels over which hair becomes background."""


class Case:
    """One size of picture: frames, their matte, and two backgrounds."""

    def __init__(self, width: int, height: int) -> None:
        rng = np.random.default_rng(0)
        self._frame = rng.integers(16, 235, i420_shape(width, height), dtype=np.uint8)
        self._out = np.empty_like(self._frame)
        clear = np.stack([_matte(width, height, number) for number in range(FRAMES)])
        behind = i420_from_bgr(backdrop((height, width)))
        picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        plain = i420_from_bgr(backdrop((height, width), COLOUR))
        self._plain = Background(clear, behind, plain)
        self._picture = Background(clear, behind, i420_from_bgr(picture))

    def turn(self) -> tuple[float, float, float]:
        """Mean microseconds of one frame: a colour, a picture, and copying the frame alone."""
        return self._timed(self._plain), self._timed(self._picture), self._timed(None)

    def _timed(self, background: Background | None) -> float:
        taken = 0
        for number in range(FRAMES):
            began = time.perf_counter_ns()
            if background is None:
                np.copyto(self._out, self._frame)
            else:
                background.apply(self._out, number)
            taken += time.perf_counter_ns() - began
        return taken / 1000 / FRAMES


def _matte(width: int, height: int, number: int) -> NDArray[np.uint8]:
    """An oval head over an oval body, which sway a little."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    side, middle = min(width, height), width / 2 + 3 * np.sin(2 * np.pi * number / FRAMES)
    head = np.hypot((x - middle) / 0.22, (y - 0.4 * height) / 0.3) - side
    body = np.hypot((x - middle) / 0.42, (y - 1.05 * height) / 0.35) - side
    away = np.minimum(head, body) * 0.25 / EDGE
    matte: NDArray[np.uint8] = (255 * np.clip(away, 0, 1)).astype(np.uint8)
    return matte


def main(
    turns: Annotated[int, typer.Option(min=3, help="of all frames, for each size")] = 20,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Time it; p50 and p95 are over turns of 50 frames."""
    cv2.setNumThreads(1)
    report = Report("a background of the session's own", Machine.here(PACKAGES))
    report.begin()
    cases = {f"{width}x{height}": Case(width, height) for width, height in PICTURES}
    for case in cases.values():
        case.turn()
    times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in cases}
    for _ in range(turns):
        for name, case in cases.items():
            times[name].append(case.turn())
    rows: dict[str, dict[str, str | float]] = {}
    for name, taken in times.items():
        colour, picture, copied = np.array(taken).T
        rows[name] = {
            "colour p50 us": round(float(np.percentile(colour, 50)), 1),
            "colour p95 us": round(float(np.percentile(colour, 95)), 1),
            "picture p50 us": round(float(np.percentile(picture, 50)), 1),
            "picture p95 us": round(float(np.percentile(picture, 95)), 1),
            "copy p50 us": round(float(np.percentile(copied, 50)), 1),
        }
    title = f"microseconds per frame, by picture, over {turns * FRAMES} frames each"
    report.table(title, rows)
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
