"""The process that makes one avatar beside the sessions: `python -m actors.avatar_process`.

In: a `MakeAvatar` on standard input. Out: `AvatarProgress` lines on standard output, then
`AvatarMade` or `AvatarRefused`. It runs when nobody else wants the processor or the disk, and is
the first to go when memory runs out, so that no session notices it. When its standard input ends
(it is cancelled, or the server is gone) the work ends between two frames, and nothing is left of
it. Owns the avatar's folder until it is whole.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO, Final

import msgspec

from actors.avatar_report import report_on
from actors.latents import order_of
from data.clip import AvatarError
from data.landmarks.nets import LandmarksMissing
from data.making.boxes import STEADY_FRAMES
from data.making.errors import Cancelled, CannotMake
from data.making.make import AvatarFigures, make_avatar
from data.making.percentage import Percentage
from data.making.photo_layers import background_of
from runtime.avatar_messages import (
    ORDERS,
    AvatarLine,
    AvatarMade,
    AvatarProgress,
    AvatarRefused,
    MakeAvatar,
)

LOWEST: Final = 19
"""nice(2)."""
FIRST_TO_GO: Final = 1000
"""proc(5), oom_score_adj."""


def step_aside() -> None:
    """Run only when nobody else does. SCHED_IDLE makes the disk's class idle, too (ioprio_set(2):
    a process that set none has the one of its scheduling policy)."""
    os.nice(LOWEST)
    with suppress(OSError):  # a container may forbid it; nice is left
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO))


class _Teller:
    """Writes lines to the supervisor; one progress for each step and percent."""

    def __init__(self, out: BinaryIO, engine: str) -> None:
        self._out = out
        self._percentage = Percentage(engine)
        self._last = AvatarProgress("", -1)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """As `Tell`; Cancelled once nobody reads it."""
        now = AvatarProgress(str(what), self._percentage.at(what, done, total))
        if now == self._last:
            return
        self._last = now
        try:
            self.line(now)
        except BrokenPipeError as error:
            raise Cancelled("the server is gone") from error

    def line(self, line: AvatarLine) -> None:
        """Whole, at once."""
        self._out.write(msgspec.json.encode(line) + b"\n")
        self._out.flush()


def _end_with(stream: BinaryIO, cancel: Event) -> None:
    while stream.read(1):
        pass
    cancel.set()


def _made(order: MakeAvatar, teller: _Teller, cancel: Event) -> AvatarLine:
    spread = STEADY_FRAMES if order.steady else 0.0
    try:
        behind = background_of(order.background) if order.background else None
        cache, face = Path(order.cache), order.face or None
        wanted = order_of(cache, order.name, order.engine, spread, face, behind)
        source, target = Path(order.source), Path(order.target)
        clip, figures = make_avatar(source, wanted, target, teller.progress, cancel)
        if not isinstance(figures, AvatarFigures):
            report_on(clip, target, figures)
    except Cancelled:
        return AvatarRefused("cancelled")
    except (CannotMake, LandmarksMissing, AvatarError, OSError) as error:
        return AvatarRefused(str(error))
    return AvatarMade(str(figures))


def main() -> None:
    """Make it. What a library prints goes to standard error, which is the server's."""
    step_aside()
    with suppress(BrokenPipeError), os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        order = ORDERS.decode(sys.stdin.buffer.readline())
        cancel = Event()
        Thread(target=_end_with, args=(sys.stdin.buffer, cancel), daemon=True).start()
        teller = _Teller(out, order.engine)
        teller.line(_made(order, teller, cancel))
    sys.stderr.flush()
    os._exit(0)  # a thread that still waits for input must not hold the process


if __name__ == "__main__":
    main()
