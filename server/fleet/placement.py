"""Which node a new session goes to.

In: what each node last reported, and what the session wants. Out: a node, or why there is none.
Pure functions, for the gateway; `perf/fleet/simulation.py` runs them over a thousand nodes. Owns
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

STEP_MS: Final = 2.0
"""Latenesses that differ by less count as the same: less is noise of the measurement."""
TRIES: Final = 3
"""Nodes that are asked for one session, where those before said that they are full after all."""
SAMPLED: Final = 5
"""Of more nodes that suit, so many are drawn, and the best of those is taken (M. Mitzenmacher, The
Power of Two Choices in Randomized Load Balancing, 2001): several gateways that all know the
same best node, from reports that are a second old, would fill it in that second."""

Reason = Literal["no node", "draining", "no such avatar", "no gpu", "full"]


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What a node says of itself. name: digits, part of its sessions' ids. address: where clients
    reach it, as `http://HOST:PORT`. capacity, sessions: how many it may and does hold.
    lateness_ms: what a picture took of its processes, on average since the report before; 0 while
    nobody speaks. avatars: those that it can show. gpus: how many it has. draining: it takes no
    session any more."""

    name: str
    address: str
    capacity: int
    sessions: int
    lateness_ms: float
    avatars: frozenset[str]
    gpus: int = 0
    draining: bool = False

    @property
    def has_room(self) -> bool:
        """Whether one more session fits."""
        return self.sessions < self.capacity


@dataclass(frozen=True, slots=True)
class SessionWish:
    """What a new session needs. avatar: "" for the node's own. gpu: its engine needs one."""

    avatar: str = ""
    gpu: bool = False


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Why no node can take it. passes: whether that may change by itself, so that the client may
    try again."""

    reason: Reason
    message: str

    @property
    def passes(self) -> bool:
        """Whether the same wish may be met later."""
        return self.reason in ("no node", "draining", "full")


def choose(reports: Sequence[NodeReport], wish: SessionWish, rng: Random) -> NodeReport | NoPlace:
    """The node with the least lateness of some that can take it; of equals any.

    A node with a GPU is left to those that need one, unless its lateness is less by a step; then
    the share of its places that is taken decides, so that large and small nodes fill alike.
    """
    suited = _suited(reports, wish)
    if isinstance(suited, NoPlace):
        return suited
    if len(suited) > SAMPLED:
        suited = rng.sample(suited, SAMPLED)
    best: list[NodeReport] = []
    least: tuple[float, bool, float] | None = None
    for report in suited:
        load = _load(report, wish)
        if least is None or load < least:
            least, best = load, [report]
        elif load == least:
            best.append(report)
    return rng.choice(best)


def _load(report: NodeReport, wish: SessionWish) -> tuple[float, bool, float]:
    step = report.lateness_ms // STEP_MS
    return step, bool(report.gpus) and not wish.gpu, report.sessions / report.capacity


def _suited(reports: Sequence[NodeReport], wish: SessionWish) -> list[NodeReport] | NoPlace:
    """Those that can take it, or the first thing that all of them lack."""
    if not reports:
        return NoPlace("no node", "no node of the fleet answers")
    left = [one for one in reports if not one.draining]
    if not left:
        return NoPlace("draining", f"all {len(reports)} nodes of the fleet are draining")
    if wish.avatar:
        left = [one for one in left if wish.avatar in one.avatars]
        if not left:
            return NoPlace("no such avatar", f"no node of the fleet has the avatar {wish.avatar!r}")
    if wish.gpu:
        left = [one for one in left if one.gpus]
        if not left:
            return NoPlace("no gpu", f"the avatar {wish.avatar!r} needs a GPU; no node has one")
    free = [one for one in left if one.has_room]
    if not free:
        places = sum(one.capacity for one in left)
        return NoPlace("full", f"all {places} places of the {len(left)} nodes that suit are taken")
    return free
