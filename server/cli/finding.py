"""One thing that the doctor looked at. A value; owns nothing."""

from typing import Literal, NamedTuple

State = Literal["ok", "optional", "warning", "missing"]


class Finding(NamedTuple):
    """One thing looked at. `optional` is absent and not needed, `missing` absent and essential;
    `advice` says what to do."""

    name: str
    state: State
    found: str
    advice: str = ""
