"""Microseconds of a tick's picture with and without an action, and what a load costs other ticks.

    idle loop ─┐
    action ────┼─▶ Scene.show ─▶ picture          silent and speaking, each in turns with the others
    a fade ────┘
    a 40 ms timer on the loop ◀── ActionCache.of in a thread: how late it fires, with and without

In: built-in avatars, prepared into the cache. Out: two tables, and JSON. Each picture is compared
with what it has to be before anything is timed. `python -m perf.faces.actions --help`. Runs in this
process; owns nothing.
"""

import asyncio
import gc
import time
from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from actors.avatars import action_edition_of, clip_of
from actors.compositor.action_cache import ActionCache
from actors.compositor.crossfade import SHARES
from actors.compositor.scene import Scene
from actors.compositor.shown_clip import ShownClip
from models.picture.paste import Paster
from perf.report import Machine, Report
from runtime.body_timeline import IDLE, WHOLE, ShownSegment
from runtime.settings import Settings

PACKAGES: Final = ("numpy", "opencv-python-headless")
AVATARS: Final = ("mira", "mira-landscape")
ACTION: Final = "nod"
TICK_S: Final = 0.04
SHOWN: Final = 1


class Body:
    """One avatar's scene, and its pictures of one kind one after another."""

    def __init__(self, avatar: str, cache: Path) -> None:
        self._clip = clip_of(avatar, cache)
        self._action = action_edition_of(avatar, ACTION, cache).action
        paster = Paster(self._clip.mask)
        self._scene = Scene(self._clip, paster)
        self._scene.add(SHOWN, ShownClip.of(self._action, Paster(self._action.clip.mask), None))
        width, height = self._clip.face_size
        self._face = np.full((height * 3 // 2, width), 128, np.uint8)
        self._picture = np.empty_like(self._clip.frames[0])
        self._frame = 0

    @property
    def length(self) -> int:
        """Ticks of the action."""
        return self._action.length

    def check(self) -> None:
        """Silent, both are the clips' own frames; RuntimeError if not."""
        for segment, frame, expected in (
            (WHOLE, 7, self._clip.frames[7]),
            (ShownSegment(0, SHOWN, 0), 9, self._action.clip.frames[self._action.frame(9)]),
        ):
            for _ in range(len(SHARES) + 2):  # past a fade
                self._show(segment, frame, None)
            if not np.array_equal(self._picture, expected):
                raise RuntimeError(f"{self._clip.name}: the picture is not the clip's frame")

    def times(self, kind: str, speaks: bool) -> list[float]:
        """This thread's microseconds for each of the action's ticks: idle, action or fade."""
        face = self._face if speaks else None
        segments = {
            "idle": [WHOLE] * self.length,
            "action": [ShownSegment(1, SHOWN, 0)] * self.length,
            "fade": [
                ShownSegment(1 + tick // len(SHARES), (SHOWN, IDLE)[tick // len(SHARES) % 2], 0)
                for tick in range(self.length)
            ],
        }[kind]
        for _ in range(len(SHARES) + 2):  # into it, and past the fade of that
            self._show(segments[0], 1, face)
        taken = []
        for tick, segment in enumerate(segments):
            begun = time.thread_time_ns()
            self._show(segment, 1 + tick, face)
            taken.append((time.thread_time_ns() - begun) / 1000)
        return taken

    def _show(self, segment: ShownSegment, frame: int, face: NDArray[np.uint8] | None) -> None:
        self._scene.show(frame, face, self._picture, cut=False, segment=segment)


async def lateness(avatar: str, cache: Path, ticks: int, *, loads: bool) -> list[float]:
    """Milliseconds by which a timer of 40 ms fires late; an action is loaded in every other."""
    loop = asyncio.get_running_loop()
    late = []
    due = loop.time()
    loading: asyncio.Task[object] | None = None
    for tick in range(ticks):
        due += TICK_S
        await asyncio.sleep(due - loop.time())
        late.append(max(0.0, (loop.time() - due) * 1000))
        if loads and tick % 2 == 0:
            if loading is not None:
                await loading
            loading = asyncio.create_task(_load(avatar, cache))
    if loading is not None:
        await loading
    return late


async def _load(avatar: str, cache: Path) -> object:
    return await ActionCache(cache).of(avatar, ACTION)


def figures(taken: list[float]) -> dict[str, str | float]:
    """p50, p95 and p99, with their count."""
    p50, p95, p99 = np.percentile(taken, (50, 95, 99))
    return {
        "p50": round(float(p50), 2),
        "p95": round(float(p95), 2),
        "p99": round(float(p99), 2),
        "count": len(taken),
    }


def main(
    turns: Annotated[int, typer.Option(min=3, help="of a whole action, for each kind")] = 60,
    ticks: Annotated[int, typer.Option(min=20, help="of the timer, with and without a load")] = 500,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Time pictures with and without an action, in turns, and ticks while one is loaded."""
    cv2.setNumThreads(1)
    cache = Settings().cache_dir
    report = Report("an action of the body", Machine.here(PACKAGES))
    report.begin()
    kinds = [(kind, speaks) for kind in ("idle", "action", "fade") for speaks in (False, True)]
    rows: dict[str, dict[str, str | float]] = {}
    for avatar in AVATARS:
        body = Body(avatar, cache)
        body.check()
        taken: dict[tuple[str, bool], list[float]] = {kind: [] for kind in kinds}
        for turn in range(turns + 1):
            for kind, speaks in kinds:
                times = body.times(kind, speaks)
                if turn:  # the first brings the clips into memory
                    taken[kind, speaks] += times
        for (kind, speaks), times in taken.items():
            rows[f"{avatar}, {kind}, {'speaking' if speaks else 'silent'}"] = figures(times)
    report.table("microseconds of one tick's picture", rows)
    late: dict[bool, list[float]] = {False: [], True: []}
    gc.collect()
    for _ in range(4):
        for loads in (False, True):
            run = lateness(AVATARS[-1], cache, ticks // 4, loads=loads)
            late[loads] += asyncio.run(run)
    table = {
        "nothing is loaded": figures(late[False]),
        f"{AVATARS[-1]}'s {ACTION} is loaded every 80 ms": figures(late[True]),
    }
    report.table("milliseconds by which a tick's timer is late", table)
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
