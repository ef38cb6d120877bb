"""What comes from a service while it speaks, whatever its protocol.

Types only; owns nothing.
"""

from collections.abc import AsyncGenerator
from typing import NamedTuple, Protocol

from models.voice.remote.speech_request import SpeechRequest
from models.voice.speech import SpokenWord


class StreamPart(NamedTuple):
    """One part of an answer, in the order of arrival; every field may be empty."""

    sound: bytes = b""
    """Encoded sound: raw int16, a part of a WAV or of an MP3."""
    words: tuple[SpokenWord, ...] = ()
    """Times from the answer's own first sample, as the service gives them."""
    form: str = ""
    """The content type, where the answer tells one; comes before any sound."""
    last: bool = False
    """The protocol's own end: nothing comes after it that matters."""


class ServiceStream(Protocol):
    """A connection to a service: HTTP or WebSocket."""

    @property
    def rate(self) -> int:
        """Hz of raw sound that says nothing of itself."""

    @property
    def uploads(self) -> bool:
        """Whether the reference's own sound goes with the request (`SpeechRequest.sample`)."""

    def answers(self, order: SpeechRequest) -> AsyncGenerator[StreamPart]:
        """Ask, and yield the answer as it comes. `aclose()` closes the connection at once.

        Raises ServiceError for all that goes wrong but time, which the caller watches.
        """

    async def close(self) -> None:
        """Free the connections."""
