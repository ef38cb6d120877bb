"""How what is made here says that a machine made it: the settings `marking.*`.

Checked by the settings (runtime.settings), read by the egress actor. A field's text is what
docs/settings.md says of it; docs/lawful.md says what is marked and what is not. Owns nothing.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, with_config

from data.field_types import STRICT


@with_config(STRICT)
@dataclass(frozen=True)
class Marking:
    """A certificate and its key belong together."""

    films: Annotated[
        bool,
        Field(
            description="Whether films (recordings, `ringtalk speak`) say in their metadata that a "
            "machine made them, and, with the extra `lawful`, in signed content credentials (C2PA)."
        ),
    ] = True
    certificate: Annotated[
        str,
        Field(
            description="PEM file with who signs films, and the chain above; empty: an authority "
            "made on this machine, which nobody else knows."
        ),
    ] = ""
    key: Annotated[str, Field(description="PEM file with the key of `marking.certificate`.")] = ""

    def __post_init__(self) -> None:
        if bool(self.certificate) != bool(self.key):
            raise ValueError("marking.certificate and marking.key belong together")
