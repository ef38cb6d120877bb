"""What can be changed of a face while the agent runs. Types only."""

from dataclasses import dataclass, field

from pipecat.services.settings import ServiceSettings
from pipecat.utils.types import NOT_GIVEN, NotGiven


@dataclass
class RingtalkVideoSettings(ServiceSettings):
    """avatar: its name, as the server's `/avatars` has it; None the server's own choice.
    background: `#rrggbb`, the id of a picture, or None for the avatar's own."""

    avatar: str | NotGiven | None = field(default_factory=lambda: NOT_GIVEN)
    background: str | NotGiven | None = field(default_factory=lambda: NOT_GIVEN)
