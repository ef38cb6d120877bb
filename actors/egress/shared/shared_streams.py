"""One session's pictures and sound, coded once for all who see them beside its caller.

In: its ticks. Out: packets to every `PacketTap` that was added, in the codec that it wants. An
encoder runs only while somebody gets what it makes; the caller has its own, which follows the
width of its way. Runs in the egress process's event loop; owns the streams.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.packet_tap import PacketTap, PacketTaps, SoundPacket
from actors.egress.shared.closings import Closings
from actors.egress.shared.picture_stream import PictureStream
from actors.egress.sink import Picture, Sound
from actors.egress.webrtc.opus import OpusEncoder
from data.units import PLAYOUT_TICK, TICK_MS

SOUND_BITRATE: Final = 64_000
"""Bit/s of Opus. A tick is one packet: half the packets of the caller's, and as soon."""


class SharedStreams:
    """Of one session."""

    def __init__(
        self,
        size: tuple[int, int],
        options: MediaOptions,
        executor: Executor,
        on_broken: Callable[[BaseException], None],
    ) -> None:
        """`size` is the pictures' (width, height); `executor`'s threads encode. `on_broken` hears
        of an encoder that failed: whoever it served gets nothing more."""
        self._size, self._options = size, options
        self._executor, self._on_broken = executor, on_broken
        self._pictures: dict[VideoCodec, PictureStream] = {}
        self._users: dict[VideoCodec, set[PacketTap]] = {}
        self._sounds = PacketTaps(size, lambda needed: None)
        self._listeners = 0
        self._encoder: OpusEncoder | None = None
        self._closings = Closings()

    @property
    def codecs(self) -> list[VideoCodec]:
        """Those in which pictures are being encoded."""
        return list(self._pictures)

    def add(self, tap: PacketTap, codec: VideoCodec | None, *, sound: bool = True) -> None:
        """Give `tap` the pictures in this codec, none if None, from the next keyframe on, and the
        `sound`. The keyframe is asked for."""
        if codec is not None:
            if codec not in self._pictures:
                self._pictures[codec] = PictureStream(
                    codec, self._size, self._options, self._executor, self._on_broken
                )
            self._users.setdefault(codec, set()).add(tap)
            self._pictures[codec].taps.add(tap)
            self._pictures[codec].taps.ask_keyframe()
        if sound:
            if self._encoder is None:
                self._encoder = OpusEncoder(SOUND_BITRATE, TICK_MS)
            self._listeners += 1
            self._sounds.add(tap)

    def remove(self, tap: PacketTap, codec: VideoCodec | None, *, sound: bool = True) -> None:
        """Undo one `add`; an encoder that nobody needs any more is freed."""
        if codec is not None and codec in self._pictures:
            self._pictures[codec].taps.remove(tap)
            self._users[codec].discard(tap)
            if not self._users[codec]:
                self._closings.start(self._pictures.pop(codec).close())
        if sound:
            self._sounds.remove(tap)
            self._listeners -= 1
            if self._listeners == 0:
                self._encoder = None

    def ask_keyframe(self, codec: VideoCodec) -> None:
        """Somebody cannot go on without one: it comes at most once a second, for all."""
        if codec in self._pictures:
            self._pictures[codec].taps.ask_keyframe()

    def play(self, tick: int, sound: Sound, picture: Picture | None, *, repeat: bool) -> None:
        """Take one tick (see `Sink.play`); never blocks. `picture` is None where there is none; a
        `repeat` equals the last one, and is read by a stream that has just begun."""
        if self._encoder is not None:
            timestamp = tick * PLAYOUT_TICK
            coded = self._encoder.encode(sound)
            self._sounds.sound(SoundPacket(coded, timestamp, PLAYOUT_TICK))
        for stream in self._pictures.values():
            stream.show(tick, picture, repeat=repeat)

    def hush(self) -> None:
        """An interrupt: pictures that wait are not shown. Sound does not wait here."""
        for stream in self._pictures.values():
            stream.hush()

    async def close(self) -> None:
        """Free every encoder."""
        for codec in list(self._pictures):
            self._closings.start(self._pictures.pop(codec).close())
        self._encoder = None
        self._sounds.close()
        await self._closings.finished()


class StandingTaps(PacketTaps):
    """A session's shared packets for who knows of `PacketTaps` only: who is added here is added to
    the streams, in one codec, and an encoder runs for it."""

    def __init__(self, streams: SharedStreams, size: tuple[int, int], codec: VideoCodec) -> None:
        """`size` is the pictures' (width, height)."""
        super().__init__(size, lambda needed: streams.ask_keyframe(codec))
        self.codec = codec
        self._streams, self._codec = streams, codec
        self._added: set[PacketTap] = set()

    def add(self, tap: PacketTap) -> None:
        """See `PacketTaps.add`."""
        if tap not in self._added:
            self._added.add(tap)
            self._streams.add(tap, self._codec)

    def remove(self, tap: PacketTap) -> None:
        """See `PacketTaps.remove`."""
        if tap in self._added:
            self._added.discard(tap)
            self._streams.remove(tap, self._codec)
