"""How a drawn mouth is held: from the eight parameters to where lips, jaw and corners are.

In: a mouth and its place in the face; out: rows and widths, and outlines. Pure. Dominance follows
speech: shut lips hide the jaw's opening, rounding narrows it, f and v bring the lower lip to the
teeth.
"""

from dataclasses import dataclass

import numpy as np

from data.build.person.drawn.paths import MIDDLE, Points, smooth


@dataclass(frozen=True)
class DrawnMouth:
    """How the mouth is held, each 0 to 1; the names of `states.json`."""

    jaw: float = 0.0
    spread: float = 0.0
    round: float = 0.0
    close: float = 0.0
    upl: float = 0.0
    fv: float = 0.0
    teeth: float = 0.0
    tong: float = 0.0


@dataclass(frozen=True)
class MouthPlace:
    """Where a character's mouth is, and how large.

    meet, bite: rows in which the lips meet and the upper teeth end, in the middle. wide, high:
    how much wider than Pip's it is, and how much further it opens. smile: pixels by which its
    corners are above `meet` at rest. bitten: pixels of the lower lip that the upper teeth cover for
    f and v. lines: how much is seen of the lines between teeth, 0 to 1. arch: half the width
    of the row of upper teeth, of a mouth that is as wide as Pip's."""

    meet: float
    bite: float
    wide: float = 1.0
    high: float = 1.0
    smile: float = 13.0
    bitten: float = 9.0
    lines: float = 1.0
    arch: float = 68.0


@dataclass(frozen=True)
class DrawnLips:
    """Where the lips are, pixels. drop: of the jaw; half: of the opening's width.

    corner, upper, lower: rows of the corners and of the opening's edges in the middle;
    roundness: 0 pointed corners, 1 an oval. full: how thick the lips are. tuck: how much of
    the lower lip is behind the teeth, 0 to 1."""

    drop: float
    half: float
    corner: float
    upper: float
    lower: float
    roundness: float
    full: float
    tuck: float

    @property
    def gap(self) -> float:
        """Between the lips, in the middle."""
        return self.lower - self.upper


def lips_of(m: DrawnMouth, place: MouthPlace) -> DrawnLips:
    """The lips that a mouth has."""
    meet, bite, wide, high = place.meet, place.bite, place.wide, place.high
    shut = float(smooth(m.close / 0.88))
    free = 1 - shut
    tuck = m.fv * free
    drop = 90 * m.jaw**0.9 * (1 - 0.25 * m.round) * (1 - 0.6 * shut) * (1 - 0.5 * tuck) * high
    parted = 23 * m.teeth * (1 - 0.5 * min(1.0, 2 * m.jaw)) + 11 * m.tong + 9 * m.round * m.jaw**0.3
    below = free * (drop + high * parted)
    below += tuck * (bite - 5 - meet - below)
    lift = high * free * (7 * m.upl + 4 * m.jaw + 5 * m.teeth + 4 * tuck)
    pout = high * 8 * m.round * free * (1 - tuck)
    half = 78 * (1 + 0.20 * m.spread - 0.54 * m.round) - 8 * m.jaw * (1 - m.round) - 10 * tuck
    smile = high * (6 * m.spread - 6 * m.round - 8 * tuck) + place.smile
    upper, lower = meet - lift + pout, meet + below + 1.3 * pout
    corner = meet - smile + 0.30 * below
    corner += 0.95 * m.round * free * ((upper + lower) / 2 - corner)
    return DrawnLips(
        drop=drop,
        half=half * wide,
        corner=corner,
        upper=upper,
        lower=lower,
        roundness=float(np.clip(1.15 * m.round + 0.5 * m.jaw, 0, 1)),
        full=1 + 0.5 * m.round - 0.4 * shut * (1 - m.round),
        tuck=tuck,
    )


def lip_edge(lips: DrawnLips, row: float, out: float = 0.0) -> Points:
    """One edge of the opening, left to right, or a line `out` pixels beside it."""
    t = np.linspace(np.pi, 0, 61)
    bend = 1.8 - 0.8 * lips.roundness
    x = MIDDLE + (lips.half + abs(out) * 0.5) * np.cos(t)
    y = lips.corner + (row + out - lips.corner) * np.sin(t) ** bend
    return np.column_stack([x, y])


def opening(lips: DrawnLips) -> Points:
    """The outline of what is open between the lips."""
    top, bottom = lip_edge(lips, lips.upper), lip_edge(lips, lips.lower)
    return np.concatenate([top, np.maximum(bottom, top)[::-1]])
