"""Ways to choose a node: the gateway's own, and those that it is compared with.

In: reports and a wish. Out: a node's name, or None where the session is refused. Pure functions.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

from server.fleet.placement import NodeReport, SessionWish, choose

Policy = Callable[[Sequence[NodeReport], SessionWish, Random], str | None]


def by_lateness(reports: Sequence[NodeReport], wish: SessionWish, rng: Random) -> str | None:
    """What the gateway does: `server.fleet.placement.choose`."""
    found = choose(reports, wish, rng)
    return found.name if isinstance(found, NodeReport) else None


def at_random(reports: Sequence[NodeReport], wish: SessionWish, rng: Random) -> str | None:
    """Any that can take it."""
    suited = _suited(reports, wish)
    return rng.choice(suited).name if suited else None


def fewest_calls(reports: Sequence[NodeReport], wish: SessionWish, rng: Random) -> str | None:
    """The one with the fewest sessions that can take it."""
    suited = _suited(reports, wish)
    if not suited:
        return None
    fewest = min(one.sessions for one in suited)
    return rng.choice([one for one in suited if one.sessions == fewest]).name


def _suited(reports: Sequence[NodeReport], wish: SessionWish) -> list[NodeReport]:
    return [
        one for one in reports if one.has_room and not one.draining and (one.gpus or not wish.gpu)
    ]


POLICIES: Final[Mapping[str, Policy]] = {
    "by lateness": by_lateness,
    "random": at_random,
    "fewest calls": fewest_calls,
}
