"""Sound in, Opus packets out: the audio track of one session.

Runs in the egress process's event loop. Owns the encoder and at most one timer;
`close` frees them. A tick is two packets: the first leaves at once, the second
one chunk later, so the receiver's jitter buffer sees an even pace. On a narrow way it is one, and
in lasting silence, of which nothing can be interrupted.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from aiortc import MediaStreamTrack
from numpy.typing import NDArray

from actors.egress.packet_tap import SoundPacket
from actors.egress.sink import Sound
from actors.egress.webrtc.opus import PLAYOUT_BASE, OpusEncoder
from actors.egress.webrtc.packet_queue import PacketQueue
from actors.egress.webrtc.sound_rate import SoundRate
from data.units import CHUNK_MS, PLAYOUT_CHUNK, PLAYOUT_TICK, TICK_MS

if TYPE_CHECKING:
    from actors.egress.webrtc.packet_queue import Packet

PACKETS_MAX: Final = 10
"""Packets that may wait for a sender that does not take them; then they are dropped."""
CHUNK_SECONDS: Final = CHUNK_MS / 1000
_SILENT_TICK: Final = bytes(2 * PLAYOUT_TICK)


def _untapped(_: SoundPacket) -> None:
    """Gets packets where nobody wants a copy."""


class AudioTrack(MediaStreamTrack):
    """What aiortc's sender reads; its packets are sent as they are."""

    kind = "audio"

    def __init__(
        self,
        rate: SoundRate,
        on_sent: Callable[[int], None] = lambda _: None,
        tap: Callable[[SoundPacket], None] = _untapped,
    ) -> None:
        """`on_sent` hears of each tick as its first packet is sent; `tap` gets every packet as it
        is made."""
        super().__init__()
        self._tap = tap
        self.packets = PacketQueue(PLAYOUT_BASE, PACKETS_MAX, self._taken)
        self._on_sent = on_sent
        self._rate = rate
        self._encoder: OpusEncoder | None = _encoder(rate)
        self._later: NDArray[np.int16] = np.zeros(PLAYOUT_CHUNK, np.int16)
        self._later_at = 0
        self._timer: asyncio.TimerHandle | None = None

    def use(self, rate: SoundRate) -> None:
        """Code what follows at another rate: a new encoder, which a decoder takes in its stride."""
        if rate != self._rate and self.readyState == "live":
            self._send_later()
            self._rate, self._encoder = rate, _encoder(rate)

    def play(self, tick: int, sound: Sound) -> None:
        """Take tick `tick`'s sound (int16 [PLAYOUT_TICK], copied). Never blocks.

        Raises ValueError for another shape.
        """
        if sound.shape != (PLAYOUT_TICK,):
            raise ValueError(f"sound has shape {sound.shape}, a tick's is {(PLAYOUT_TICK,)}")
        if self.readyState != "live":
            return
        self._send_later()
        if self._encoder is not None and self._encoder.rests and sound.tobytes() == _SILENT_TICK:
            self._give(self._encoder.rest(PLAYOUT_TICK), tick * PLAYOUT_TICK, PLAYOUT_TICK)
            return
        if self._rate.packet_ms == TICK_MS:
            self._put(sound, tick * PLAYOUT_TICK)
            return
        self._put(sound[:PLAYOUT_CHUNK], tick * PLAYOUT_TICK)
        self._later[:] = sound[PLAYOUT_CHUNK:]
        self._later_at = tick * PLAYOUT_TICK + PLAYOUT_CHUNK
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + CHUNK_SECONDS, self._send_later)

    def hush(self) -> None:
        """Silence the second half of the tick, and drop what no sender has taken.

        The silence is sent: for a missing packet a receiver would invent sound.
        """
        self._later[:] = 0
        self.packets.clear()

    async def recv(self) -> "Packet":
        """The next packet; raises MediaStreamError after `close`."""
        return await self.packets.take()

    def close(self) -> None:
        """Stop the timer, end the track, and free the encoder with its threads."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.packets.close()
        self.stop()
        self._encoder, self._tap = None, _untapped

    def _taken(self, timestamp: int) -> None:
        tick, rest = divmod(timestamp, PLAYOUT_TICK)
        if rest == 0:
            self._on_sent(tick)

    def _send_later(self) -> None:
        """Send the second half of the last tick, unless it went."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._put(self._later, self._later_at)

    def _put(self, chunk: NDArray[np.int16], timestamp: int) -> None:
        if self._encoder is not None:
            self._give(self._encoder.encode(chunk), timestamp, len(chunk))

    def _give(self, coded: bytes, timestamp: int, samples: int) -> None:
        if self.packets.full:
            self.packets.clear()
        self.packets.put(coded, timestamp)
        self._tap(SoundPacket(coded, timestamp, samples))


def _encoder(rate: SoundRate) -> OpusEncoder:
    return OpusEncoder(rate.bitrate, rate.packet_ms, corrects=rate.corrects)
