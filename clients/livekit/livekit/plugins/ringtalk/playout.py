"""Ticks into two sources of the agent's own, and what of its utterances has been heard.

The class is that of ringtalk's own process for a room, which is where it is tested in detail
(`actors/egress/outputs/room/room_playout.py`; a test keeps the two the same). Owns the sources.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from livekit import rtc
from livekit.plugins.ringtalk.ticks import BREAK, LAST, TICK_SECONDS, SentTick
from livekit.plugins.ringtalk.ticks import RATE as PLAYOUT_RATE

AHEAD_SAMPLES: Final = PLAYOUT_RATE // 50
"""Silence before the first tick: one that is 20 ms late is not missed."""
STEP_SAMPLES: Final = PLAYOUT_RATE // 100
"""What the source takes whole."""
AHEAD_SECONDS: Final = 20.0
"""Less than the server keeps of a client's sound that waits (`server.sessions.pcm_stream`)."""
QUEUE_MS: Final = 1000
"""What the source takes before it makes us wait: never reached, since ticks come in time."""


@dataclass
class PlayedSegment:
    """An utterance of the agent. seconds: of sound that it has so far. utterance, epoch: as it was
    queued, 0 before. ticks: those that were played, without filled-in silence. ended: its last tick
    was."""

    name: str
    seconds: float = 0.0
    utterance: int = 0
    epoch: int = 0
    ticks: int = 0
    ended: asyncio.TimerHandle | None = None

    def heard(self, queued: float) -> float:
        """Seconds that were heard of it, if so many still wait in the source."""
        return max(0.0, min(self.seconds, self.ticks * TICK_SECONDS - queued))


class RoomPlayout:
    """Of one room."""

    def __init__(
        self,
        size: tuple[int, int],
        on_started: Callable[[], None],
        on_finished: Callable[[float, bool], None],
    ) -> None:
        """`size` is the pictures' (width, height)."""
        self.size = size
        self.video = rtc.VideoSource(*size)
        self.audio = rtc.AudioSource(PLAYOUT_RATE, 1, QUEUE_MS)
        self._on_started, self._on_finished = on_started, on_finished
        self._segments: dict[str, PlayedSegment] = {}
        self._epoch = 0
        self._muted_until = 0
        self._primed = self._was_cut = False
        self._moved = asyncio.Event()

    def begin(self, name: str) -> None:
        """An utterance comes."""
        self._segments[name] = PlayedSegment(name)

    def grow(self, name: str, seconds: float) -> None:
        """It has so much more sound."""
        if name in self._segments:
            self._segments[name].seconds += seconds

    def knows(self, name: str) -> bool:
        """Whether this utterance is not over yet."""
        return name in self._segments

    async def room(self) -> None:
        """Wait while more than AHEAD_SECONDS of sound are unheard: what is said later waits with
        its agent, so that an interrupt does not have to overtake it."""
        while (
            sum(one.seconds - one.ticks * TICK_SECONDS for one in self._segments.values())
            > AHEAD_SECONDS
        ):
            self._moved.clear()
            await self._moved.wait()

    def queued(self, name: str, utterance: int, epoch: int) -> None:
        """What it is in the ticks; 0: it will not be said."""
        segment = self._segments.get(name)
        if segment is None:
            return
        segment.utterance, segment.epoch = utterance, epoch
        if not utterance or epoch < self._epoch:
            self._finish(segment, 0.0, interrupted=True)

    async def play(self, tick: SentTick) -> None:
        """A tick leaves now."""
        self._epoch = max(self._epoch, tick.epoch)
        muted = tick.epoch < self._muted_until
        fades = self._was_cut and not tick.utterance  # from sound that was cut off here
        self._was_cut = self._was_cut and muted
        if not self._primed:
            self._primed = True
            await self._capture(bytes(2 * AHEAD_SAMPLES))
        segment = None if muted else self._of(tick)
        queued = self.audio.queued_duration
        if segment is not None:
            self._moved.set()
            segment.ticks += 0 if tick.flags & (BREAK | LAST) else 1
            if segment.ticks == 1:
                self._on_started()
        if tick.picture:
            kind = rtc.VideoBufferType.I420
            self.video.capture_frame(rtc.VideoFrame(*self.size, kind, tick.picture))
        sound = bytes(len(tick.sound)) if muted or fades else tick.sound
        await self._capture(sound if tick.utterance else _fitted(sound, queued))
        if segment is not None and tick.flags & LAST:
            self._end(segment, queued)

    def hush(self, epoch: int) -> None:
        """Somebody interrupted the session: what is of an older epoch is over."""
        self._epoch = max(self._epoch, epoch)
        old = [one for one in self._segments.values() if one.utterance and one.epoch < epoch]
        self._cut(old)

    def clear(self) -> None:
        """The agent interrupts: it is silent at once, whatever is still on its way here."""
        self._muted_until = self._epoch + 1
        self._cut(list(self._segments.values()))

    async def close(self) -> None:
        """Free the sources; nothing is told any more."""
        for segment in self._segments.values():
            if segment.ended is not None:
                segment.ended.cancel()
        self._segments.clear()
        await self.audio.aclose()
        await self.video.aclose()

    def _of(self, tick: SentTick) -> PlayedSegment | None:
        """The utterance that sounds in this tick, if it is one of the agent's."""
        return next(
            (one for one in self._segments.values() if one.utterance == tick.utterance != 0), None
        )

    def _end(self, segment: PlayedSegment, queued: float) -> None:
        """Its last tick, which is silent, was given to the source behind so many seconds."""
        loop = asyncio.get_running_loop()
        segment.ended = loop.call_later(
            queued, lambda: self._finish(segment, segment.seconds, interrupted=False)
        )

    def _cut(self, segments: list[PlayedSegment]) -> None:
        queued = self.audio.queued_duration
        self.audio.clear_queue()
        self._primed, self._was_cut = False, True
        for segment in segments:
            self._finish(segment, segment.heard(queued), interrupted=True)

    def _finish(self, segment: PlayedSegment, position: float, *, interrupted: bool) -> None:
        del self._segments[segment.name]
        self._moved.set()
        if segment.ended is not None:
            segment.ended.cancel()
        self._on_finished(position, interrupted)

    async def _capture(self, sound: bytes) -> None:
        await self.audio.capture_frame(rtc.AudioFrame(sound, PLAYOUT_RATE, 1, len(sound) // 2))


def _fitted(sound: bytes, queued: float) -> bytes:
    """A silent tick, shorter or longer, so that AHEAD_SAMPLES wait in the source before the next:
    picture and sound are together again where this process was late."""
    ticks = len(sound) // 2 + AHEAD_SAMPLES
    samples = round((ticks - queued * PLAYOUT_RATE) / STEP_SAMPLES) * STEP_SAMPLES
    return sound[: 2 * max(0, samples)].ljust(2 * max(0, samples), b"\0")
