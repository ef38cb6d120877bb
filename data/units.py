"""The units that every stage shares: one tick is one picture and its sound.

Pure constants; imported by every process, owns nothing.
"""

from typing import Final

TICK_MS: Final = 40
TICKS_PER_SECOND: Final = 1000 // TICK_MS
TICK_NS: Final = TICK_MS * 1_000_000

CHUNK_MS: Final = 20
CHUNKS_PER_TICK: Final = TICK_MS // CHUNK_MS

FEATURE_RATE: Final = 16_000
"""Hz of the mono float32 sound that features are computed from."""
FEATURE_CHUNK: Final = FEATURE_RATE * CHUNK_MS // 1000
FEATURE_TICK: Final = FEATURE_RATE * TICK_MS // 1000

PLAYOUT_RATE: Final = 48_000
"""Hz of the mono int16 sound that is heard; also Opus's RTP clock (RFC 7587)."""
PLAYOUT_CHUNK: Final = PLAYOUT_RATE * CHUNK_MS // 1000
PLAYOUT_TICK: Final = PLAYOUT_RATE * TICK_MS // 1000

VIDEO_CLOCK: Final = 90_000
"""Hz of the RTP clock of H264 (RFC 6184) and VP8 (RFC 7741)."""
VIDEO_TICK: Final = VIDEO_CLOCK * TICK_MS // 1000
