"""A key of the API, as the settings have it. Types only; owns nothing."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.secret import Secret

KeyScope = Literal["call", "operate", "metrics"]
LEAST_KEY: Final = 16
"""Characters: fewer can be guessed."""


class ApiKey(BaseModel):
    """call: hold sessions. operate: see all, make and remove avatars, look at traces. metrics:
    read /metrics. The name is what logs say; the key itself is shown nowhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    key: Annotated[Secret, Field(pattern=r"^[!-~]+$", min_length=LEAST_KEY, max_length=512)] = (
        Field(repr=False)
    )
    scopes: list[KeyScope] = Field(default=["call"], min_length=1)
