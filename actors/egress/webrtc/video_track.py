"""Pictures in, H264 or VP8 packets out: the video track of one session.

Runs in the egress process: in its event loop, but for the encoding, which an
executor thread does. Owns two canvases and the encoder; `close` frees them.
At most one picture is being encoded and one waits: the newest.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Final

from aiortc import MediaStreamTrack

from actors.egress.encoder_frame import EncoderFrame
from actors.egress.packet_tap import PacketTaps, PicturePacket
from actors.egress.sink import Picture
from actors.egress.webrtc.bitrate import BitrateTarget
from actors.egress.webrtc.codecs import VIDEO_BASE, PictureEncoder
from actors.egress.webrtc.idle_loop import LoopPicture
from actors.egress.webrtc.packet_queue import PacketQueue
from data.units import TICKS_PER_SECOND, VIDEO_TICK
from runtime.idle_place import NOT_IDLE

if TYPE_CHECKING:
    from actors.egress.webrtc.packet_queue import Packet

PACKETS_MAX: Final = TICKS_PER_SECOND
"""Coded pictures that may wait for a sender that does not take them."""
KEYFRAME_GAP: Final = TICKS_PER_SECOND // 5
"""Ticks between keyframes on demand: a receiver asks again until it has seen one."""
KEYFRAME_GAP_NARROW: Final = 3 * TICKS_PER_SECOND
"""The same on a narrow way, which a keyframe fills for a second or more."""
REST_TICKS: Final = TICKS_PER_SECOND
"""A face at rest for longer may be shown by the idle loop's packets: not in each pause."""
CATCH_UP_TICKS: Final = 10
"""Pictures of the loop that late ticks left out and that are sent behind them: they are small, and
a keyframe in their place is not."""
REFRESH_TICKS: Final = TICKS_PER_SECOND
"""A picture that stands still is sent again so often, for receivers that watch for life."""


Job = Future[tuple[bytes, bool]]
"""A picture in its encoder: the coded one, and whether it is a keyframe."""


def _never() -> bool:
    """A way that is closed is not full."""
    return False


def _no_loop(_: int) -> LoopPicture | None:
    """No idle loop is shared."""
    return None


def _nobody(_: BaseException) -> None:
    """Hears of a broken encoder once nobody does."""


class VideoTrack(MediaStreamTrack):
    """What aiortc's sender reads; its packets need only to be split."""

    kind = "video"

    def __init__(
        self,
        size: tuple[int, int],
        bitrate: BitrateTarget,
        executor: Executor,
        on_broken: Callable[[BaseException], None],
        on_sent: Callable[[int], None] = lambda _: None,
        is_way_full: Callable[[], bool] = _never,
    ) -> None:
        """`size` is (width, height); `on_broken` is called once if the encoder fails,
        `on_sent` with each tick whose picture is sent. While `is_way_full` no picture is begun."""
        super().__init__()
        self.taps = PacketTaps(size, self._tap_wants_keyframe)
        self.dropped = 0
        self.keyframes = 0
        self.packets = PacketQueue(
            VIDEO_BASE, PACKETS_MAX, lambda timestamp: on_sent(timestamp // VIDEO_TICK)
        )
        self._encoder: PictureEncoder | None = None
        self._bitrate = bitrate
        self._executor = executor
        self._on_broken, self._is_way_full = on_broken, is_way_full
        self._newest, self._spare = EncoderFrame(size), EncoderFrame(size)
        self._newest_tick: int | None = None
        self._job: Job | None = None
        self._job_tick = 0
        self._tick_to_come: int | None = None
        self._echoed = False
        self._keyframe_wanted = True
        self._keyframe_tick: int | None = None
        self._idle_loop: Callable[[int], LoopPicture | None] = _no_loop
        self._idle_ticks = 0
        self._on_loop: int | None = None

    def begin(
        self, encoder: PictureEncoder, idle_loop: Callable[[int], LoopPicture | None] = _no_loop
    ) -> None:
        """A client is there: send it the newest picture now, and those that follow. `idle_loop` has
        coded pictures of a face at rest, by their numbers."""
        self._encoder, self._idle_loop = encoder, idle_loop
        self._echoed = False
        if self._newest_tick is not None:
            self._start(self._newest_tick)

    def show(self, tick: int, picture: Picture, repeat: bool, idle: int = NOT_IDLE) -> None:
        """Take tick `tick`'s picture (uint8 [H * 3 // 2, W] I420, copied). Never blocks.

        A repeat's array is not read, unless no picture came before it, and a repeat of
        what was encoded is encoded once more (some receivers show a picture when the
        next begins), and then only for a keyframe that is wanted and every
        REFRESH_TICKS. While the encoder is busy, a repeat of what it has is not
        kept, and any other picture takes the place of the one that waits.

        A face that has been at rest for a while (`idle` is the picture's number then) is shown
        with the loop's own packets, from a keyframe of the loop on, until anything else is to be
        shown, which then begins with a keyframe.
        """
        fresh = not repeat or self._newest_tick is None
        if fresh:
            self._keep(picture)
        self._newest_tick = tick
        if self._shown_by_loop(tick, idle, fresh=fresh):
            return
        recent = tick - self._job_tick < REFRESH_TICKS
        if self._echoed and not fresh and recent and not self._keyframe_wanted:
            return
        may_start = self._job is None and not self._gives_way(tick)
        self._echoed = not fresh and may_start
        if may_start:
            self._tick_to_come = None
            self._start(tick)
        elif fresh or self._tick_to_come is not None:
            self._tick_to_come = tick

    def hush(self) -> None:
        """Drop the picture that waits; what the encoder has cannot be called back."""
        if self._tick_to_come is not None:
            self.dropped += 1
            self._tick_to_come = None
            self._newest, self._spare = self._spare, self._newest

    def ask_keyframe(self) -> None:
        """The next picture that is encoded KEYFRAME_GAP after the last keyframe becomes one."""
        self._keyframe_wanted = True

    def _tap_wants_keyframe(self, needed: bool) -> None:
        if needed or not self._bitrate.narrow:
            self.ask_keyframe()

    def go_on(self, *, anew: bool) -> None:
        """The way is known: send the picture that waits for it.

        `anew`: as a keyframe, however soon, since there is room for a better one."""
        if anew:
            self._keyframe_wanted, self._keyframe_tick = True, None
            if self._newest_tick is not None and self._newest_tick > self._job_tick:
                self._tick_to_come = self._newest_tick
        if self._job is None:
            self._start_waiting()

    async def recv(self) -> "Packet":
        """The next coded picture; raises MediaStreamError after `close`."""
        return await self.packets.take()

    async def close(self) -> None:
        """Wait for the encoder's thread, free the encoder, and forget who is told of it."""
        self._encoder = None
        self._tick_to_come = None
        if self._job is not None:
            await asyncio.wait([asyncio.wrap_future(self._job)])
        self.packets.close()
        self.taps.close()
        self.stop()
        self._on_broken, self._is_way_full, self._idle_loop = _nobody, _never, _no_loop

    def _start_waiting(self) -> None:
        """Begin the picture that waits, if there is one and the way has room."""
        if self._tick_to_come is not None and not self._gives_way(self._tick_to_come):
            tick, self._tick_to_come = self._tick_to_come, None
            self._start(tick)

    def _gives_way(self, tick: int) -> bool:
        """Whether the way is too narrow for another picture now."""
        if self._encoder is None or self._keyframe_tick is None:
            return False
        if self._is_way_full():
            return True
        early = tick - self._job_tick < self._bitrate.stride
        return early or (self._bitrate.narrow and len(self.packets) > 0)

    def _shown_by_loop(self, tick: int, idle: int, *, fresh: bool) -> bool:
        """Send the idle loop's packet for this picture, if the client's decoder can show it."""
        if self._on_loop is not None and idle == NOT_IDLE and not fresh:
            return not self._keyframe_wanted  # a late tick brings none: the loop waits for the next
        on_loop, self._on_loop = self._on_loop, None
        self._idle_ticks = 0 if idle == NOT_IDLE else self._idle_ticks + 1
        if (fresh or on_loop is not None) and self._may_rest():
            coming = self._loop_pictures(on_loop, idle, tick - self._job_tick)
            for ago, coded in zip(range(len(coming) - 1, -1, -1), coming, strict=True):
                self._job_tick, self._on_loop, self._echoed = tick - ago, idle, False
                self._put(*coded)
            if coming:
                return True
        if on_loop is not None:
            self._keyframe_wanted, self._keyframe_tick = True, None
        return False

    def _loop_pictures(self, on_loop: int | None, idle: int, ticks: int) -> list[LoopPicture]:
        """Of the loop, from what was sent last, so many ticks ago, to this one: those of ticks that
        were late too."""
        coded = self._idle_loop(idle)
        if coded is None or coded.keyframe:
            return [] if coded is None else [coded]
        if on_loop is None or not 0 < idle - on_loop <= min(ticks, CATCH_UP_TICKS):
            return []
        missed = [self._idle_loop(number) for number in range(on_loop + 1, idle)]
        there = [picture for picture in missed if picture is not None]
        return [*there, coded] if len(there) == len(missed) else []

    def _may_rest(self) -> bool:
        """Whether the face has been at rest, and nothing else is on its way or asked for."""
        return (
            self._idle_ticks > REST_TICKS
            and self._encoder is not None
            and self._job is None
            and self._tick_to_come is None
            and not self._keyframe_wanted
            and self._bitrate.whole
            and not self._is_way_full()
            and not self.packets
        )

    def _keep(self, picture: Picture) -> None:
        """Copy a new picture to where the encoder's thread does not read."""
        if self._tick_to_come is not None:
            self.dropped += 1
        elif self._job is not None:
            self._newest, self._spare = self._spare, self._newest
        self._newest.fill(picture)

    def _start(self, tick: int) -> None:
        encoder = self._encoder
        if encoder is None:
            return
        frame, bitrate = self._newest.frame, self._bitrate.encoding
        gap = KEYFRAME_GAP_NARROW if self._bitrate.narrow else KEYFRAME_GAP
        keyframe = self._keyframe_wanted and (
            self._keyframe_tick is None or tick - self._keyframe_tick >= gap
        )
        self._job_tick = tick
        loop = asyncio.get_running_loop()
        self._job = self._executor.submit(
            encoder.encode, frame, tick, keyframe=keyframe, bitrate=bitrate
        )
        self._job.add_done_callback(lambda job: loop.call_soon_threadsafe(self._encoded, job))

    def _encoded(self, job: Job) -> None:
        self._job = None
        if job.cancelled():
            return
        broken = job.exception()
        if broken is not None:
            self._encoder = None
            self._on_broken(broken)
        elif self._encoder is not None:
            self._put(*job.result())
            self._start_waiting()

    def _put(self, coded: bytes, keyframe: bool) -> None:
        if self.packets.full:
            self.dropped += self.packets.clear()
            self._keyframe_wanted = True
        self._bitrate.sent(len(coded))
        if keyframe:
            self.keyframes += 1
            self._keyframe_tick = self._job_tick
            self._keyframe_wanted = False
        timestamp = self._job_tick * VIDEO_TICK
        self.packets.put(coded, timestamp)
        self.taps.picture(PicturePacket(coded, timestamp, keyframe))
