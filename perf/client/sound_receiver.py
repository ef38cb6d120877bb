"""Sound as it arrives: how loud each millisecond of each packet is.

In: Opus packets. Out: `HeardSound`, newest last, and a wait for the next loud one. What is heard
counts from the packet's arrival: a player's own buffer comes on top, whoever sends. Runs in
the client's event loop (a packet takes some 60 µs); owns a decoder.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from data.units import PLAYOUT_RATE
from perf.client.packets import Packet
from perf.client.waits import within

KEPT: Final = 3000
"""Packets remembered: a minute."""
LOUD: Final = 0.02
"""Peak, of full scale, from which a packet counts as loud: -34 dB. Coded silence is below 0.001."""
PER_MS: Final = PLAYOUT_RATE // 1000
FULL_SCALE: Final = 32768.0


@dataclass(frozen=True, slots=True)
class HeardSound:
    """One packet. at: arrival in ns. timestamp: RTP, unwrapped. levels: float32 [ms], the
    peak of each millisecond, 1.0 at full scale."""

    at: int
    timestamp: int
    levels: NDArray[np.float32]
    loud: bool


class SoundReceiver:
    """One session's ear."""

    def __init__(self) -> None:
        self.heard: deque[HeardSound] = deque(maxlen=KEPT)
        context = av.CodecContext.create("libopus", "r")
        assert isinstance(context, AudioCodecContext)
        context.sample_rate = PLAYOUT_RATE
        context.layout = "stereo"
        context.format = "s16"
        self._decoder = context
        self._waiting: list[tuple[int, asyncio.Future[HeardSound]]] = []

    def take(self, packet: Packet, timestamp: int) -> None:
        """Listen to one packet; `timestamp` is its RTP time, unwrapped."""
        levels = self._levels(packet.payload)
        loud = bool(levels.size and levels.max() >= LOUD)
        heard = HeardSound(packet.at, timestamp, levels, loud)
        self.heard.append(heard)
        if not loud:
            return
        for wait in [wait for wait in self._waiting if wait[0] <= packet.at]:
            self._waiting.remove(wait)
            if not wait[1].done():
                wait[1].set_result(heard)

    async def first_loud(self, after: int, patience: float) -> HeardSound | None:
        """The first loud packet that arrives after `after` (ns); None if none does in
        `patience` seconds."""
        for heard in self.heard:
            if heard.loud and heard.at >= after:
                return heard
        found: asyncio.Future[HeardSound] = asyncio.get_running_loop().create_future()
        return await within(self._waiting, (after, found), found, patience)

    def last_loud(self, after: int) -> HeardSound | None:
        """The last loud packet so far, if it came after `after` (ns)."""
        for heard in reversed(self.heard):
            if heard.at < after:
                break
            if heard.loud:
                return heard
        return None

    def _levels(self, payload: bytes) -> NDArray[np.float32]:
        peaks: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
        for frame in self._decoder.decode(av.Packet(payload)):
            samples = np.abs(frame.to_ndarray().reshape(-1, 2)[:, 0].astype(np.float32))
            whole = len(samples) // PER_MS * PER_MS
            peaks.append(samples[:whole].reshape(-1, PER_MS).max(axis=1) / FULL_SCALE)
        return np.concatenate(peaks)
