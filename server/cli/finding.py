"""One thing that the doctor looked at. A value; owns nothing."""

from typing import Literal, NamedTuple

State = Literal["ok", "warning", "missing"]


class Finding(NamedTuple):
    """One thing looked at. `missing` is essential and absent; `advice` says what to do."""

    name: str
    state: State
    found: str
    advice: str = ""
