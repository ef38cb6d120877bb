"""Where recordings of sessions lie, and how many may: the settings `recording.*`.

Checked by the settings (runtime.settings), read by the supervisor. A field's text is what
docs/settings.md says of it. Owns nothing.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, with_config

from data.field_types import STRICT


@with_config(STRICT)
@dataclass(frozen=True)
class RecordingLimits:
    """What goes beyond a limit goes oldest first; what is being recorded stays."""

    folder: Annotated[
        str,
        Field(
            description="Folder of the recordings that `POST /record` makes; empty: `recordings` "
            "in `cache_dir`."
        ),
    ] = ""
    max_seconds: Annotated[
        int, Field(ge=1, le=86_400, description="A recording ends by itself after so long.")
    ] = 3600
    max_mb: Annotated[
        int,
        Field(
            ge=1,
            le=1_000_000,
            description="A recording ends by itself at this size, in MB of 1,000,000 bytes.",
        ),
    ] = 1000
    max_count: Annotated[
        int,
        Field(ge=1, le=10_000, description="Recordings that are kept; the oldest makes room."),
    ] = 200
    max_days: Annotated[
        float,
        Field(gt=0, le=3650, description="Days that a recording is kept."),
    ] = 30.0
    total_mb: Annotated[
        int,
        Field(
            ge=1,
            le=100_000_000,
            description="MB that all recordings may take; the oldest makes room, and where only "
            "those are left that are being made, they end.",
        ),
    ] = 10_000
