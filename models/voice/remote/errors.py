"""A service that fails is also a voice that cannot speak: one error that is both.

Types only; owns nothing.
"""

from models.service_error import ServiceError, without
from models.voice.errors import VoiceError


class SpeakerFailed(ServiceError, VoiceError):
    """A TTS service failed: caught as a `ServiceError` and as a `VoiceError`."""

    @classmethod
    def of(cls, failure: ServiceError, key: str) -> "SpeakerFailed":
        """The same failure, without the key, should the service have said it."""
        message = str(failure).removeprefix(f"{failure.service}: ")
        return cls(failure.service, failure.reason, without(key, message), failure.retry_after)
