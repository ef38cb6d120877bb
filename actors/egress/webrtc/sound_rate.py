"""How the sound is coded: its bitrate, and how much of it is in one packet.

In: the bitrate of the pictures beside it. Out: a `SoundRate`. Runs in the egress process's event
loop. Pure arithmetic; owns nothing.

The headers of 50 packets a second are 23 kbit/s, more than the sound of a narrow way itself. A
tick's 40 ms are there at once, so one packet for both halves costs the first nothing, and the
second comes early.
"""

from dataclasses import dataclass
from typing import Final

from data.units import CHUNK_MS, TICK_MS

HEADERS: Final = 20 + 10 + 8 + 20
"""Bytes of RTP with its extension, SRTP, UDP and IPv4 in a packet."""


@dataclass(frozen=True, slots=True)
class SoundRate:
    """bitrate: bit/s of Opus. packet_ms: CHUNK_MS or TICK_MS of sound in a packet. corrects: each
    packet says coarsely what was in the one before it, for a receiver that lost that one."""

    bitrate: int
    packet_ms: int
    corrects: bool = False

    @property
    def on_wire(self) -> int:
        """Bit/s with all headers."""
        return self.bitrate + HEADERS * 8 * 1000 // self.packet_ms


FULL: Final = SoundRate(48_000, CHUNK_MS)
REDUCED: Final = SoundRate(24_000, TICK_MS)
LEAST: Final = SoundRate(14_000, TICK_MS)

_FULL_BELOW, _FULL_ABOVE = 100_000, 220_000
_LEAST_BELOW, _LEAST_ABOVE = 40_000, 90_000
"""Bit/s of the pictures at which the sound shrinks, and at which it grows again. What it
gives up they gain, so the second of a pair lies above the first by more than that."""


def rate_beside(pictures: int, now: SoundRate | None) -> SoundRate:
    """The sound's rate beside pictures of so many bit/s, where it is `now` at present."""
    if pictures < _LEAST_BELOW or (now == LEAST and pictures < _LEAST_ABOVE):
        return LEAST
    if pictures < _FULL_BELOW or (now in (LEAST, REDUCED) and pictures < _FULL_ABOVE):
        return REDUCED
    return FULL
