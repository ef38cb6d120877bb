"""Types that many settings have. Owns nothing."""

from typing import Annotated

from pydantic import ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, le=600)]
Milliseconds = Annotated[int, Field(ge=0, le=60_000)]

STRICT = ConfigDict(extra="forbid")
