"""Stamps as a trace that Perfetto and chrome://tracing open.

In: the rows of runtime.trace. Out: Chrome's trace event JSON: a track for each stage and session,
a slice for each tick in it, and arrows that follow the tick from stage to stage to the wire.
A stage that holds several ticks at once (a window that waits for its right context) has
several lanes. Also the medians of the same stamps, for a live waterfall. Pure functions; own
nothing.

The format: "Trace Event Format", Google, 2016 (the JSON that the Perfetto UI reads).
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from runtime.layouts import Flag, Stage
from runtime.trace import PICTURE, SOUND, Rows

LANES: Final = 8
"""Ticks of one session that one stage shows side by side; more would begin later than they did."""
WIRE_TRACKS: Final = {SOUND: len(Stage), PICTURE: len(Stage) + 1}
TRACKS: Final = {
    **{int(stage): stage.name.lower() for stage in Stage},
    **{number: f"wire: {kind}" for kind, number in WIRE_TRACKS.items()},
}
NS_PER_US: Final = 1000.0
NS_PER_MS: Final = 1e6

Event = dict[str, Any]
Times = NDArray[np.int64]


class Lanes:
    """The free places of each stage and session, so that slices of one lane never overlap."""

    def __init__(self) -> None:
        self._ends: dict[tuple[int, int], list[int]] = {}

    def place(self, track: int, session: int, begin: int, end: int) -> tuple[int, int]:
        """(lane, begin): the first lane that is free at `begin`, else the one that is free
        soonest, from when it is."""
        ends = self._ends.setdefault((track, session), [])
        free = [lane for lane, busy in enumerate(ends) if busy <= begin]
        if free:
            lane = free[0]
        elif len(ends) < LANES:
            lane = len(ends)
            ends.append(0)
        else:
            lane = ends.index(min(ends))
            begin = min(ends[lane], end)
        ends[lane] = end
        return lane, begin


def trace_json(rows: Rows) -> bytes:
    """The trace of `rows`; times count from the first stamp in them."""
    sessions = {name: number for number, name in enumerate(dict.fromkeys(rows["session"].tolist()))}
    stamped = rows["stamps"][rows["stamps"] > 0]
    zero = int(stamped.min()) if stamped.size else 0
    lanes = Lanes()
    events = list(_names())
    seen: set[tuple[int, int, int]] = set()
    for number, row in enumerate(rows):
        for event in _tick(number, row, sessions[row["session"].item()], lanes, zero):
            track = event["pid"], event["tid"] // LANES, event["tid"] % LANES
            if track not in seen:
                seen.add(track)
                events.append(_lane_name(*track))
            events.append(event)
    return msgspec.json.encode({"displayTimeUnit": "ms", "traceEvents": events})


def _tick(number: int, row: Any, session: int, lanes: Lanes, zero: int) -> Iterator[Event]:
    """The slices of one tick, and the arrows between those of a spoken one."""
    spoken = bool(row["utterance"])
    name = f"{'tick' if spoken else 'idle'} {row['tick']}"
    tick = {
        "tick": int(row["tick"]),
        "utterance": int(row["utterance"]),
        "flags": Flag(int(row["flags"])).name or "",
    }
    slices = list(_spans(row))
    for place, (track, taken, end) in enumerate(slices):
        lane, begin = lanes.place(track, session, taken, end)
        where = {"pid": track, "tid": session * LANES + lane, "ts": (begin - zero) / NS_PER_US}
        about = {"name": name, "cat": "tick", "args": tick}
        yield {"ph": "X", **about, **where, "dur": (end - begin) / NS_PER_US}
        if spoken and len(slices) > 1:
            arrow = {"cat": "tick", "name": "tick", "id": number, **where}
            yield {"ph": _arrow(place, len(slices)), "bp": "e", **arrow}


def _arrow(place: int, count: int) -> str:
    """The phase of a flow event: start, step, or finish."""
    return "s" if place == 0 else "t" if place < count - 1 else "f"


def _spans(row: Any) -> Iterator[tuple[int, int, int]]:
    """(track, begin, end) in ns of each stage that the tick passed, in the table's order."""
    left = int(row["left"])
    for stage in Stage:
        taken, given = (int(stamp) for stamp in row["stamps"][stage])
        if stage is Stage.EGRESS:
            given = left
        if taken and given >= taken:
            yield int(stage), taken, given
    for kind, track in WIRE_TRACKS.items():
        sent = int(row[kind])
        if sent >= left:
            yield track, left, sent


def _names() -> Iterator[Event]:
    """What each track is called, in the table's order."""
    for number, name in TRACKS.items():
        yield {"ph": "M", "name": "process_name", "pid": number, "args": {"name": name}}
        yield {
            "ph": "M",
            "name": "process_sort_index",
            "pid": number,
            "args": {"sort_index": number},
        }


def _lane_name(track: int, session: int, lane: int) -> Event:
    name = f"session {session + 1}" + (f", lane {lane + 1}" if lane else "")
    where = {"pid": track, "tid": session * LANES + lane}
    return {"ph": "M", "name": "thread_name", **where, "args": {"name": name}}


class StageTiming(msgspec.Struct, frozen=True):
    """Medians in ms: a stage's frames waited for it, and stayed in it."""

    stage: str
    wait: float
    work: float


def waterfall(rows: Rows) -> list[StageTiming]:
    """The stages that spoken ticks passed, in the table's order, and the two ways to the wire."""
    spoken = rows[rows["utterance"] > 0]
    stamps = np.array(spoken["stamps"])
    stamps[:, Stage.EGRESS, 1] = spoken["left"]
    found: list[StageTiming] = []
    given = np.zeros(len(spoken), np.int64)
    for stage in Stage:
        taken, end = stamps[:, stage, 0], stamps[:, stage, 1]
        found += _step(stage.name.lower(), given, taken, end)
        given = end
    for kind in WIRE_TRACKS:
        found += _step(f"wire: {kind}", given, given, spoken[kind])
    return found


def _step(
    stage: str,
    given: Times,
    taken: Times,
    end: Times,
) -> Iterator[StageTiming]:
    passed = (taken > 0) & (end >= taken)
    if not passed.any():
        return
    waited = passed & (given > 0)
    wait = np.median((taken - given)[waited]) / NS_PER_MS if waited.any() else 0.0
    yield StageTiming(stage, float(wait), float(np.median((end - taken)[passed]) / NS_PER_MS))
