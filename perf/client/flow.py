"""What the arrivals of a session say about its sender: pictures a second, gaps, lateness.

In: arrivals of a track and a span of time. Out: numbers, in ms unless named otherwise. Pure
functions over a session's `Pace`; own nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNK_MS
from perf.client.opus_packet import length_ms
from perf.client.pace import Arrival, Pace
from perf.client.tap import SenderReport

NS_PER_MS: Final = 1_000_000
NS_PER_SECOND: Final = 1_000_000_000
WRAP: Final = 1 << 32

Span = tuple[int, int]
"""First ns and the one after the last."""


def within(pace: Pace, span: Span) -> list[Arrival]:
    """The arrivals whose first packet came in the span."""
    return [arrival for arrival in pace.arrivals if span[0] <= arrival.first < span[1]]


def pictures_per_second(pace: Pace, span: Span) -> list[int]:
    """Whole pictures in each whole second of the span."""
    seconds = (span[1] - span[0]) // NS_PER_SECOND
    counts = np.zeros(seconds, int)
    for arrival in pace.arrivals:
        second = (arrival.last - span[0]) // NS_PER_SECOND
        if arrival.whole and 0 <= second < seconds:
            counts[second] += 1
    found: list[int] = counts.tolist()
    return found


def sound_gaps(pace: Pace, span: Span) -> list[float]:
    """For each packet of sound, how long a player without a buffer had nothing before it.

    That is the time since the packet before came, less what it plays; and where the sender
    skipped time, at least the sound that was skipped. 0 for one that was in time.
    """
    heard = within(pace, span)
    gaps: list[float] = []
    for before, arrival in pairwise(heard):
        plays = length_ms(before.head) or CHUNK_MS
        waited = (arrival.first - before.first) / NS_PER_MS - plays
        skipped = (arrival.timestamp - before.timestamp) * 1000 / pace.rate - plays
        gaps.append(max(0.0, waited, skipped))
    return gaps


def lateness(pace: Pace, span: Span) -> NDArray[np.float64]:
    """float64 [n, 2]: seconds into the span, and ms later than the track's earliest ever.

    The track's own clock is the RTP timestamp; a sender that never catches up grows here."""
    found = [
        (arrival.first, arrival.first / NS_PER_MS - arrival.timestamp * 1000 / pace.rate)
        for arrival in pace.arrivals
    ]
    if not found:
        return np.zeros((0, 2))
    times = np.array(found)
    times[:, 1] -= times[:, 1].min()
    inside = times[(times[:, 0] >= span[0]) & (times[:, 0] < span[1])]
    inside[:, 0] = (inside[:, 0] - span[0]) / NS_PER_SECOND
    return inside


def rate_error(pace: Pace, span: Span) -> float:
    """How many ms the track's clock gains on this machine's in an hour (least squares over
    the earliest packet of each second); 0 when there are less than ten seconds."""
    late = lateness(pace, span)
    seconds = late[:, 0].astype(int)
    if not len(late) or seconds[-1] < 10:
        return 0.0
    best = [late[seconds == second][:, 1].min() for second in np.unique(seconds)]
    slope = np.polyfit(np.unique(seconds), best, 1)[0]
    return float(-slope * 3600)


def sender_seconds(
    reports: Sequence[SenderReport], kind: str, timestamp: int, rate: int
) -> float | None:
    """The sender's clock at RTP time `timestamp`, by its report nearest to it.

    RFC 3550 section 6.4.1. None before the first report."""
    nearest: tuple[int, SenderReport] | None = None
    for report in reports:
        if report.kind == kind:
            step = (timestamp - report.timestamp + WRAP // 2) % WRAP - WRAP // 2
            if nearest is None or abs(step) < abs(nearest[0]):
                nearest = step, report
    return None if nearest is None else nearest[1].ntp + nearest[0] / rate
