"""Types that many settings have. Owns nothing."""

import json
from typing import Annotated, Final

from pydantic import BeforeValidator, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, le=600)]
Milliseconds = Annotated[int, Field(ge=0, le=60_000)]


def _decoded(value: object) -> object:
    """A list as it is, or as JSON, which is how the environment has it."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error


FROM_JSON: Final = BeforeValidator(_decoded)
"""Of a list of tables inside a table of settings."""

STRICT = ConfigDict(extra="forbid")
