"""Where windows of all sessions are encoded: one thread for each encoder, never the loop.

In: windows, one or a few of a session at a time. Out: their rows. What is ready when the thread
is free goes into one batch, the earliest first, as many as the encoder wants at once; the batch
never waits to fill. A flush answers the windows that it made stale, also one that is being
encoded, whose rows are dropped. Runs in features; owns the thread.

The queue is bounded by its users: a session asks for no more before it has its rows.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from models.face.encoders.stream import Encoder, Rows, encode
from models.face.encoders.window import EncoderWindow, Sound

Failed = Callable[[str, Exception], None]
IsLive = Callable[[], bool]
"""Whether the epoch of a window's sound is the current one still."""


@dataclass(frozen=True, eq=False)
class EncoderJob:
    """A window that waits; `done` is the answer, None when there is none."""

    session: str
    sound: Sound
    is_live: IsLive
    done: asyncio.Future[Rows | None]


class EncoderBatcher:
    """An encoder at work. failed(session, error) is told of a window that could not be
    encoded; the others of its batch are encoded without it."""

    def __init__(self, encoder: Encoder, failed: Failed) -> None:
        self._encoder = encoder
        self._failed = failed
        self._thread = ThreadPoolExecutor(1, "encoder")
        self._waiting: deque[EncoderJob] = deque()
        self._batch: list[EncoderJob] = []
        self._looking = False

    def encode(
        self, session: str, piece: EncoderWindow, is_live: IsLive
    ) -> asyncio.Future[Rows | None]:
        """The window's rows, when they are there; None if a flush or an error came first."""
        job = EncoderJob(session, piece.sound, is_live, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._look()
        return job.done

    def flush(self) -> None:
        """An epoch is over: answer all that waits for it with None."""
        for job in [*self._batch, *self._waiting]:
            if not job.done.done() and not job.is_live():
                job.done.set_result(None)

    def stop(self) -> None:
        """Take no more; the batch that is being encoded may end in its thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> None:
        """Begin a batch once all that is ready now had its turn to say so."""
        if not self._batch and not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        self._looking = False
        self._batch = self._collect()
        if self._batch:
            sounds = [job.sound for job in self._batch]
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._thread, self._rows, sounds)
            running.add_done_callback(self._answer)

    def _collect(self) -> list[EncoderJob]:
        """The earliest windows that can be one batch; what is stale is answered."""
        self.flush()
        live = [job for job in self._waiting if not job.done.done()]
        pads, most = self._encoder.pads, self._encoder.windows
        fits = [job for job in live if pads or len(job.sound) == len(live[0].sound)][:most]
        self._waiting = deque(job for job in live if job not in fits)
        return fits

    def _rows(self, sounds: Sequence[Sound]) -> list[Rows | Exception]:
        """In the thread: the batch at once, or each window alone if that fails."""
        try:
            return list(encode(self._encoder, sounds))
        except Exception as error:  # noqa: BLE001 - an encoder may fail in any way; told by `failed`
            if len(sounds) == 1:
                return [error]
            return [self._rows([sound])[0] for sound in sounds]

    def _answer(self, running: asyncio.Future[list[Rows | Exception]]) -> None:
        batch, self._batch = self._batch, []
        if running.cancelled():
            return
        for job, rows in zip(batch, running.result(), strict=True):
            if job.done.done():
                continue
            if isinstance(rows, Exception):
                self._failed(job.session, rows)
                job.done.set_result(None)
            else:
                job.done.set_result(rows)
        self._look()
