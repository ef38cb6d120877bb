"""How far mouth and sound are apart, on the sender's clock.

In: what a session heard, saw and was reported while vowels came and went. Out: for each vowel,
ms from the sound's onset to the mouth's; positive where the mouth is late. The sound's onset
is its first loud millisecond; the mouth's is where its opening passes half of the vowel's
widest, between two pictures by straight line. A picture stands for the whole tick in which it
is shown, so its opening counts for the middle of it: an onset anywhere in a tick then gives 0
on average where that tick's picture shows it. Pure functions; own nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from data.units import CHUNK_MS, PLAYOUT_RATE, TICK_MS, VIDEO_CLOCK
from perf.client.flow import sender_seconds
from perf.client.mouth import Mouth
from perf.client.picture_receiver import SeenPicture
from perf.client.sound_receiver import LOUD, HeardSound
from perf.client.tap import SenderReport

HALF_TICK: Final = TICK_MS / 2000
"""Seconds."""
QUIET_MS: Final = 100
"""So long a silence comes before an onset."""
REACH: Final = 0.2
"""Seconds around the sound's onset in which the mouth's is looked for."""


def onsets(heard: Sequence[HeardSound], reports: Sequence[SenderReport]) -> list[float]:
    """The sender's seconds of each onset of sound after QUIET_MS of silence."""
    found: list[float] = []
    quiet = 0
    for packet in heard:
        for millisecond, level in enumerate(packet.levels):
            if level < LOUD:
                quiet += 1
                continue
            if quiet >= QUIET_MS:
                begins = sender_seconds(reports, "audio", packet.timestamp, PLAYOUT_RATE)
                if begins is not None:
                    found.append(begins + millisecond / 1000)
            quiet = 0
        if not packet.levels.size:
            quiet += CHUNK_MS
    return found


def openings(
    seen: Sequence[SeenPicture], reports: Sequence[SenderReport], mouth: Mouth
) -> list[tuple[float, float]]:
    """(sender's seconds at the middle of its tick, opening) of each picture."""
    timed = (
        (sender_seconds(reports, "video", picture.timestamp, VIDEO_CLOCK), picture)
        for picture in seen
    )
    return [
        (at + HALF_TICK, mouth.distance(picture.mouth)) for at, picture in timed if at is not None
    ]


def offsets(
    heard: Sequence[HeardSound],
    seen: Sequence[SeenPicture],
    reports: Sequence[SenderReport],
    mouth: Mouth,
) -> list[float]:
    """ms from each onset of sound to that of the mouth; onsets without one are left out."""
    shown = openings(seen, reports, mouth)
    found: list[float] = []
    for onset in onsets(heard, reports):
        near = [(at, width) for at, width in shown if abs(at - onset) <= REACH]
        crossing = _half_way(near, mouth.threshold)
        if crossing is not None:
            found.append((crossing - onset) * 1000)
    return found


def _half_way(near: Sequence[tuple[float, float]], threshold: float) -> float | None:
    """When the opening first passes half of its widest, coming from rest."""
    if not near or max(width for _, width in near) < 2 * threshold:
        return None
    half = max(width for _, width in near) / 2
    for (before, narrow), (after, wide) in pairwise(near):
        if narrow < half <= wide and (after - before) * 1000 < 2 * TICK_MS:
            return float(np.interp(half, (narrow, wide), (before, after)))
    return None
