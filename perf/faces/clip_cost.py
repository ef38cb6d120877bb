"""What an avatar of a clip costs in every tick, on disk, and when its loop begins.

    sound ─ mel ─ network ─ own mouth ─ paste ─▶ picture      the thread's own time, one session

In: nothing. Out: tables, and JSON. The first built-in person speaks in clips of 512 x 512, 720p and
1080p, of which avatars with their own mouths are made; they speak in turns with the built-in person
herself. Then each loop is played from a cold page cache, a tick every 40 ms, with what the
compositor reads ahead and without. `python -m perf.faces.clip_cost --help`. Runs in this process,
on one thread; owns a temporary folder.
"""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from actors.avatars import clip_of
from actors.compositor.read_ahead import read_ahead
from actors.compositor.scene import Scene
from actors.latents import order_of
from actors.spoken_avatar import said
from data.clip import Clip
from data.making.clip_avatar import ClipFigures
from data.making.make import make_avatar
from data.units import TICK_MS, TICKS_PER_SECOND
from models.face.builtin import BuiltinEngine
from models.picture.paste import Paster
from perf.faces.spoken_clips import speaking, write_spoken
from perf.report import Machine, Report, Spread

PACKAGES: Final = ("numpy", "onnxruntime", "opencv-python-headless", "av")
SIZES: Final = {"512 x 512": (512, 512), "720p": (1280, 720), "1080p": (1920, 1080)}
BUILTIN: Final = "mira, built in, 512 x 512"
TEXT: Final = (
    "Peter bought five of my blue boats. Who would choose all these teeth? Every morning the small "
    "village wakes up before the sun, and people open their windows to see what happened there."
)
_MB: Final = 1_000_000
_COLD_TICKS: Final = 8 * TICKS_PER_SECOND


def clip_at(path: Path, ticks: NDArray[np.float32], size: tuple[int, int]) -> Path:
    """She says the ticks, before grey, in pictures of this width and height."""
    width, height = size
    pictures = (_framed(picture, width, height) for picture in speaking(ticks))
    return write_spoken(path, pictures, ticks)


def _framed(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    side = min(width, height)
    scaled = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    beside = (width - side) // 2
    edges = (0, height - side, beside, width - side - beside)
    return np.asarray(cv2.copyMakeBorder(scaled, *edges, cv2.BORDER_REPLICATE), np.uint8)


class Session:
    """One avatar that a session shows."""

    def __init__(self, clip: Clip) -> None:
        self._engine = BuiltinEngine()
        self._engine.warm()
        self._avatar = np.array([self._engine.bind(clip)], np.int32)
        self._scene = Scene(clip, Paster.of(clip))
        self._face = np.empty((1, *self._engine.face.shape), np.uint8)
        self._picture = np.empty_like(clip.frames[0])

    def speak(self, ticks: NDArray[np.float32]) -> list[float]:
        """Milliseconds of the thread's own time for every tick."""
        stream, pose, taken = self._engine.stream(), np.zeros(1, np.int32), []
        for number, tick in enumerate(ticks):
            began = time.thread_time_ns()
            features = stream.push(tick)
            for feature in features:
                self._engine.render(feature[None], self._avatar, pose, self._face)
            self._scene.show(number, self._face[0], self._picture, cut=False)
            if features:
                taken.append((time.thread_time_ns() - began) / 1e6)
        return taken


def cold(folder: Path, ahead: bool) -> list[float]:
    """Milliseconds until each tick's idle picture is there, one every 40 ms, from the disk."""
    with (folder / "frames.npy").open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    clip = Clip.load(folder)
    if ahead:
        read_ahead(clip)
    picture, taken = np.empty_like(clip.frames[0]), []
    due = time.monotonic()
    for tick in range(min(_COLD_TICKS, len(clip.loop))):
        began = time.monotonic()
        np.copyto(picture, clip.frames[int(clip.loop[tick])])
        taken.append((time.monotonic() - began) * 1e3)
        due += TICK_MS / 1e3
        time.sleep(max(0.0, due - time.monotonic()))
    return taken


def private_mb(clip: Clip) -> float:
    """Of the mapped frames, what no other process shares: written pages (proc(5), smaps). What the
    disk has not got yet counts as such, too, so it is waited for."""
    with Path(str(clip.frames.filename)).open("rb") as file:  # type: ignore[attr-defined]
        os.fsync(file.fileno())
    np.asarray(clip.frames).sum()
    name, inside, found = str(clip.frames.filename), False, 0.0  # type: ignore[attr-defined]
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ", 1)[0]:
            inside = line.endswith(name)
        elif inside and line.startswith("Private_Dirty"):
            found += float(line.split()[1]) * 1024 / _MB
    return found


def main(
    seconds: Annotated[int, typer.Option(min=4, help="of every clip")] = 14,
    turns: Annotated[int, typer.Option(min=1)] = 3,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Make them and time them."""
    cv2.setNumThreads(1)
    report = Report("an avatar of a clip, one tick of one session", Machine.here(PACKAGES))
    report.begin()
    spoken = said(TEXT).ticks
    spoken = np.concatenate([spoken] * 3)[: seconds * TICKS_PER_SECOND]
    with TemporaryDirectory() as home:
        folders: dict[str, Path] = {}
        rows: dict[str, dict[str, str | float]] = {}
        for name, size in SIZES.items():
            folder = Path(home) / "avatars" / f"{size[1]}"
            path = clip_at(Path(home) / f"{size[1]}.mov", spoken, size)
            began = time.thread_time()
            clip, figures = make_avatar(
                path, order_of(Path(home), folder.name, "builtin"), folder, _quiet
            )
            assert isinstance(figures, ClipFigures)
            folders[name] = folder
            disk = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
            rows[name] = {
                "made in, s of one thread": round(time.thread_time() - began, 1),
                "own mouths": str(figures.own.own if figures.own else figures.why),
                "frames kept": len(clip.frames),
                "on disk, MB": round(disk / _MB),
                "private, MB": round(private_mb(clip), 2),
            }
        report.table("made", rows)
        _time_ticks(report, folders, spoken, turns, Path(home))
        report.spreads(
            "idle pictures from a cold cache",
            "ms",
            {
                f"{name}, {'read ahead' if ahead else 'as mapped'}": Spread.of(cold(folder, ahead))
                for name, folder in folders.items()
                for ahead in (False, True)
            },
        )
    if json is not None:
        report.write(json)


def _time_ticks(
    report: Report, folders: dict[str, Path], spoken: NDArray[np.float32], turns: int, home: Path
) -> None:
    clips = {name: Clip.load(folder) for name, folder in folders.items()}
    sessions = {BUILTIN: Session(clip_of("mira", home))}
    sessions |= {name: Session(clip) for name, clip in clips.items()}
    taken: dict[str, list[float]] = {name: [] for name in sessions}
    for turn in range(turns + 1):
        for name, session in sessions.items():
            times = session.speak(spoken)
            taken[name] += times if turn else []
    report.spreads("the thread's own time", "ms", {n: Spread.of(t) for n, t in taken.items()})
    usual = float(np.median(taken[BUILTIN]))
    report.table(
        "against the built-in person",
        {n: {"times as much": round(float(np.median(t)) / usual, 2)} for n, t in taken.items()},
    )


def _quiet(what: str, done: int, total: int | None) -> None:
    pass


if __name__ == "__main__":
    typer.run(main)
