"""Services elsewhere: what can go wrong with one, said in one way for all of them.

In: what httpx raised, or a status. Out: a `ServiceError` that names the service, what was
wrong and what helps. Used by the clients of TTS, LLM and ASR services, in ingest's process.
Owns nothing.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import httpx

Reason = Literal["refused", "busy", "slow", "cut", "down", "nonsense"]
"""refused: the key or the request is wrong, and the same again would fail again. busy: too
many requests. slow: no answer in time. cut: the answer ended half way. down: no connection,
or an error of the service's own. nonsense: an answer that is none."""

_SAID: Final = 200
"""Characters of a service's own message that are passed on."""
_SHORTEST_KEY: Final = 4
"""A shorter "key" is a placeholder; taking it out would tear words apart."""
_TOO_MANY: Final = 429
_FAULT: Final = 500


class ServiceError(Exception):
    """A service failed; `str(error)` is the whole message, without any key in it."""

    def __init__(
        self, service: str, reason: Reason, message: str, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{service}: {message}")
        self.service = service
        self.reason: Reason = reason
        self.retry_after = retry_after
        """Seconds after which the service said it may be asked again."""


def failed(service: str, error: "httpx.HTTPError") -> ServiceError:
    """What httpx raised, in words; never the request's headers."""
    # Who catches httpx's errors has loaded it; who only knows ServiceError need not.
    import httpx  # noqa: PLC0415

    if isinstance(error, httpx.TimeoutException):
        return ServiceError(service, "slow", "no answer in time")
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return ServiceError(service, "cut", f"the connection broke ({error})")
    if isinstance(error, httpx.DecodingError):
        return ServiceError(service, "nonsense", f"sent a body that cannot be unpacked ({error})")
    return ServiceError(service, "down", f"cannot be reached ({error or type(error).__name__})")


def answered(
    service: str, status: int, text: str, retry_after: str | None, key: str = ""
) -> ServiceError:
    """A status of 300 and more, with what the service says of it, less the `key` if it says it.

    `retry_after` is the header of that name (RFC 9110, 10.2.3): seconds, or a date.
    """
    words = said(text, key)
    if status == _TOO_MANY:
        return ServiceError(
            service, "busy", f"too many requests (429) {words}", _seconds(retry_after)
        )
    if status >= _FAULT:
        return ServiceError(service, "down", f"failed ({status}) {words}", _seconds(retry_after))
    return ServiceError(service, "refused", f"refused the request ({status}) {words}")


def said(text: str, key: str = "") -> str:
    """A service's own words, fit for a message: one short line, without the `key`."""
    return " ".join(without(key, text).split())[:_SAID]


def without(key: str, text: str) -> str:
    """The text with the key taken out, should somebody have said it."""
    return text.replace(key, "***") if len(key) >= _SHORTEST_KEY else text


def _seconds(retry_after: str | None) -> float | None:
    """Seconds from now; None where the header is missing or says nothing that is understood."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
