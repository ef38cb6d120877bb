"""What a clip that is played there and back costs on disk, when it is loaded, and in every tick.

    each place     a frame for each place of the loop: most are stored twice
    each frame     each frame once, and the loop's order: what avatars are stored as
    compressed     each frame once, as JPEG of quality 95, decoded in every tick: not used

In: nothing. Out: a table, and JSON. A built-in person of 1280 x 720 that moves, with a sensor's
noise. The three are loaded and played in turns, in one process, from the page cache; what each
shows is compared first. A tick is `Scene.show` without speech. `python -m perf.faces.storage
--help`. Owns a temporary folder; runs in this process, on one thread.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from actors.compositor.scene import Scene
from data.clip import Clip
from data.framing import framed
from data.head import load_head
from data.i420 import i420_from_bgr
from data.making.reel import there_and_back
from data.units import TICKS_PER_SECOND
from models.picture.paste import Paster
from perf.report import Machine, Report

PACKAGES: Final = ("numpy", "opencv-python-headless")
_MB: Final = 1_000_000
_NOISE: Final = 1.5
_QUALITY: Final = 95

Show = Callable[[int, NDArray[np.uint8]], None]
"""Writes the picture of a tick."""


def filmed(count: int) -> NDArray[np.uint8]:
    """I420 frames [N, 1080, 1280]."""
    picture = framed(load_head(), "landscape").picture
    rng = np.random.default_rng(0)
    frames = np.empty((count, picture.shape[0] * 3 // 2, picture.shape[1]), np.uint8)
    for number in range(count):
        shift = np.array([[1, 0, 6 * np.sin(number / 20)], [0, 1, 3 * np.sin(number / 13)]])
        moved = cv2.warpAffine(picture, shift, picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
        noisy = moved + rng.normal(0, _NOISE, moved.shape)
        frames[number] = i420_from_bgr(np.rint(noisy).clip(0, 255).astype(np.uint8))
    return frames


def clip_of(frames: NDArray[np.uint8]) -> Clip:
    """An avatar of these frames whose face is nowhere."""
    places = np.tile(np.eye(2, 3, dtype=np.float32), (len(frames), 1, 1))
    return Clip("clip", "wav2lip", frames, places, np.zeros((96, 96), np.uint8))


def scene_of(folder: Path) -> Show:
    """Plays the clip in a folder as the compositor does."""
    clip = Clip.load(folder)
    scene = Scene(clip, Paster(clip.mask))

    def show(tick: int, out: NDArray[np.uint8]) -> None:
        scene.show(tick, None, out, cut=False)

    return show


def compressed_in(folder: Path, order: NDArray[np.int64]) -> Show:
    """Plays JPEG files."""
    files = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]

    def show(tick: int, out: NDArray[np.uint8]) -> None:
        data = np.frombuffer(files[order[tick % len(order)]], np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert picture is not None
        out[:] = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)

    return show


def stored(home: Path, frames: NDArray[np.uint8]) -> dict[str, tuple[Path, Callable[[], Show]]]:
    """The three, by name: a folder, and how it is loaded."""
    order = there_and_back(len(frames))
    clip_of(frames[order]).save(home / "each place")
    replace(clip_of(frames), order=order).save(home / "each frame")
    (home / "compressed").mkdir()
    for number, frame in enumerate(frames):
        bgr = cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420)
        path = home / "compressed" / f"{number:05d}.jpg"
        cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return {
        "each place": (home / "each place", lambda: scene_of(home / "each place")),
        "each frame": (home / "each frame", lambda: scene_of(home / "each frame")),
        "compressed": (
            home / "compressed",
            lambda: compressed_in(home / "compressed", order),
        ),
    }


def main(
    seconds: Annotated[float, typer.Option(min=1.0, help="of the clip")] = 10.0,
    turns: Annotated[int, typer.Option(min=2, help="of the whole loop, for each")] = 5,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Store it, load it and play it."""
    cv2.setNumThreads(1)
    report = Report("storing a clip", Machine.here(PACKAGES))
    report.begin()
    frames = filmed(round(seconds * TICKS_PER_SECOND))
    places = len(there_and_back(len(frames)))
    with TemporaryDirectory(prefix="ringtalk-") as home:
        ways = stored(Path(home), frames)
        loads: dict[str, list[float]] = {name: [] for name in ways}
        ticks: dict[str, list[float]] = {name: [] for name in ways}
        _require_same({name: load() for name, (_, load) in ways.items()}, places, frames[0])
        out = np.empty_like(frames[0])
        for _ in range(turns):
            for name, (_, load) in ways.items():
                began = time.perf_counter_ns()
                show = load()
                loads[name].append((time.perf_counter_ns() - began) / 1e6)
                for tick in range(places):
                    began = time.perf_counter_ns()
                    show(tick, out)
                    ticks[name].append((time.perf_counter_ns() - began) / 1e3)
        sizes = {name: _size(folder) for name, (folder, _) in ways.items()}
    rows: dict[str, dict[str, str | float]] = {
        name: {
            "MB on disk": round(sizes[name] / _MB, 1),
            "load p50 ms": round(float(np.percentile(loads[name], 50)), 1),
            **{
                f"tick p{part} us": round(float(np.percentile(ticks[name], part)), 1)
                for part in (50, 95, 99)
            },
        }
        for name in ways
    }
    title = f"{seconds:g} s at 1280 x 720, there and back; over {turns * places} ticks each"
    report.table(title, rows)
    if json is not None:
        report.write(json)


def _require_same(shows: dict[str, Show], places: int, like: NDArray[np.uint8]) -> None:
    """Stop if two that lose nothing do not show the same at every tick."""
    one, other = np.empty_like(like), np.empty_like(like)
    for tick in range(2 * places):
        shows["each place"](tick, one)
        shows["each frame"](tick, other)
        if not np.array_equal(one, other):
            raise SystemExit(f"tick {tick} is not the same picture")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    typer.run(main)
