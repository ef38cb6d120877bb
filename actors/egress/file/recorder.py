"""Writes a session into an MP4 file or an animated WebP: the sink of `ringtalk speak`.

Runs in the egress process; a thread of its own encodes. Owns that thread and the
unfinished file beside the wanted one; `close` turns the one into the other by a
rename, `abort` and a failure remove it.
"""

import asyncio
import os
import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from actors.egress.file.animation import Animation
from actors.egress.file.kinds import kind_of
from actors.egress.file.movie import Movie, MovieTick
from actors.egress.options import MediaOptions
from actors.egress.sink import Picture, Sound
from data.units import PLAYOUT_TICK
from runtime.idle_place import NOT_IDLE

WAITING_MAX: Final = 8
"""Ticks that may wait for the encoder; 3 MB at 512 x 512."""


class Recorder:
    """A sink as fast as its encoder: await `ready` after every `play`."""

    def __init__(self, path: Path, size: tuple[int, int], options: MediaOptions) -> None:
        """`size` is the pictures' (width, height). Nothing is opened before the first tick.

        Raises ValueError where `kind_of` does."""
        self._path, self._kind = path, kind_of(path)
        self._part = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.part{self._kind}")
        self._size, self._options = size, options
        self._thread = ThreadPoolExecutor(1, "recorder")
        self._movie: Movie | Animation | None = None
        self._waiting: deque[MovieTick] = deque()
        self._job: asyncio.Future[None] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._broken: BaseException | None = None
        self._last_tick: int | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def taps(self) -> None:
        """None: what is written is coded for the file alone."""
        return None

    def play(
        self, tick: int, sound: Sound, picture: Picture, repeat: bool, idle: int = NOT_IDLE
    ) -> None:
        """See `Sink.play`. A repeat's array is not read, unless it is the first.

        Raises OverflowError when WAITING_MAX ticks wait: `ready` was not awaited.
        """
        if self._last_tick is not None and tick <= self._last_tick:
            raise ValueError(f"tick {tick} after tick {self._last_tick}: ticks only go forward")
        if sound.shape != (PLAYOUT_TICK,):
            raise ValueError(f"sound has shape {sound.shape}, a tick's is {(PLAYOUT_TICK,)}")
        if len(self._waiting) >= WAITING_MAX:
            raise OverflowError(f"{WAITING_MAX} ticks wait for the encoder; await ready() first")
        if self._broken or self._ending:
            return
        kept = None if repeat and self._last_tick is not None else picture.copy()
        self._last_tick = tick
        self._waiting.append(MovieTick(tick, sound.copy(), kept))
        if len(self._waiting) >= WAITING_MAX:
            self._room.clear()
        if self._job is None:
            self._start()

    async def ready(self) -> None:
        """Return when there is room for a tick. Raises what broke the encoder or the file."""
        await self._room.wait()
        if self._broken:
            raise self._broken

    def hush(self) -> None:
        """Nothing: a file has no listener to interrupt."""

    async def close(self) -> None:
        """Finish the file; may be called again.

        Raises what broke it, or ValueError when no tick was played; no file then.
        """
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._finish())
        await asyncio.shield(self._ending)

    async def abort(self) -> None:
        """Stop now and leave no file; after `close` it does nothing."""
        if self._ending is None:
            self._waiting.clear()
            self._ending = asyncio.ensure_future(self._discard())
        await asyncio.shield(self._ending)

    def _start(self) -> None:
        batch = list(self._waiting)
        self._waiting.clear()
        self._room.set()
        self._job = asyncio.get_running_loop().run_in_executor(self._thread, self._write, batch)
        self._job.add_done_callback(self._written)

    def _written(self, job: asyncio.Future[None]) -> None:
        self._job = None
        if not job.cancelled():
            self._broken = job.exception()
        if self._broken is None and self._waiting:
            self._start()
        self._room.set()

    def _write(self, batch: list[MovieTick]) -> None:
        """In the recorder's thread."""
        with self._named():
            if self._movie is None:
                self._movie = self._begun()
            for tick in batch:
                self._movie.write(tick)

    def _begun(self) -> Movie | Animation:
        """What the file's name asks for."""
        if self._kind == ".webp":
            return Animation(self._part, self._size)
        return Movie(self._part, self._size, self._options)

    async def _finish(self) -> None:
        while self._job is not None:
            await asyncio.wait([self._job])
        if self._broken or self._movie is None:
            await self._discard()
            raise self._broken or ValueError(f"nothing was played, so {self._path} was not made")
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._seal, self._movie)
        except BaseException as error:
            self._broken = error
            await self._discard()
            raise
        self._thread.shutdown(wait=False)

    def _seal(self, movie: Movie | Animation) -> None:
        """In the recorder's thread."""
        with self._named():
            movie.close()
            if self._options.film_marker is not None:
                self._options.film_marker.mark(self._part, self._path.name)
            os.replace(self._part, self._path)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say which file it was: FFmpeg's errors do not."""
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    async def _discard(self) -> None:
        if self._job is not None:
            await asyncio.wait([self._job])
        await asyncio.get_running_loop().run_in_executor(self._thread, self._remove)
        self._thread.shutdown(wait=False)

    def _remove(self) -> None:
        """In the recorder's thread."""
        if self._movie is not None:
            self._movie.drop()
        self._part.unlink(missing_ok=True)
