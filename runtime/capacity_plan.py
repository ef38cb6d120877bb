"""How many sessions a machine holds, as `ringtalk capacity --plan` measured it for an avatar.

In: the cache's folder and an avatar's name. Out: the plan that was kept there, and the number that
`max_calls = auto` stands for. A plan is of a machine: one with another count of cores has none.
Read by the supervisor as it starts, written by the command; owns nothing.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

FOLDER: Final = "capacity"
AUTO: Final = "auto"
"""As `max_calls`."""
WITHOUT_A_PLAN: Final = 6
"""Sessions for each core where nothing was measured: what slow machines were seen to hold."""
MOST: Final = 256
"""That `max_calls` may be."""


class CapacityPlan(msgspec.Struct, frozen=True):
    """calls: sessions that may speak at once. bound: what keeps it from more, in words. each: cores
    that a session takes. cores: of the machine that it was measured on."""

    avatar: str
    calls: int
    bound: str
    each: float
    cores: int


def cores_here() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))


def planned_calls(cache: Path, avatar: str) -> int:
    """For `max_calls = auto`: the plan's, or WITHOUT_A_PLAN for each core."""
    plan = read_plan(cache, avatar)
    if plan is None:
        return min(MOST, WITHOUT_A_PLAN * cores_here())
    return plan.calls


def read_plan(cache: Path, avatar: str) -> CapacityPlan | None:
    """The plan for this avatar on a machine like this; None where there is none to be read."""
    try:
        plan = msgspec.json.decode(_place(cache, avatar).read_bytes(), type=CapacityPlan)
    except (OSError, msgspec.MsgspecError):
        return None
    return plan if plan.cores == cores_here() and 0 < plan.calls <= MOST else None


def keep_plan(cache: Path, plan: CapacityPlan) -> None:
    """Write it in place of the one before. Raises OSError."""
    place = _place(cache, plan.avatar)
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(plan))
    os.replace(part, place)


def _place(cache: Path, avatar: str) -> Path:
    return cache / FOLDER / f"{avatar.replace(os.sep, '_')}.json"
