"""A failing service in words: which reason, how long to wait, and never a key."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from models.service_error import Reason, ServiceError, answered, failed, said

KEY = "sk-s3cret"


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (302, "refused", r"refused the request \(302\) no \*\*\*"),
        (401, "refused", r"refused the request \(401\)"),
        (429, "busy", r"too many requests \(429\)"),
        (500, "down", r"failed \(500\)"),
        (503, "down", r"failed \(503\)"),
    ],
)
def test_a_status_has_a_reason(status: int, reason: Reason, message: str) -> None:
    error = answered("me", status, f" no\n {KEY} ", None, KEY)
    assert error.reason == reason
    assert KEY not in str(error)
    with pytest.raises(ServiceError, match=f"^me: {message}"):
        raise error


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (" 120 ", 120.0), (None, None), ("", None), ("soon", None), ("-1", None)],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    assert answered("me", 429, "", header).retry_after == seconds


def test_retry_after_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    wait = answered("me", 503, "", later).retry_after
    assert wait is not None
    assert 3_000 < wait <= 3_600
    assert answered("me", 429, "", "Wed, 21 Oct 2015 07:28:00 GMT").retry_after == 0.0


def test_what_a_service_says_is_kept_short_and_without_the_key() -> None:
    assert said("a" * 999) == "a" * 200
    assert said(f"bad {KEY}!\n\t ", KEY) == "bad ***!"
    assert said("a x b", "x") == "a x b", "a placeholder is no secret"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx.ReadTimeout("t"), "slow"),
        (httpx.ConnectTimeout("t"), "slow"),
        (httpx.RemoteProtocolError("peer closed"), "cut"),
        (httpx.ReadError("reset"), "cut"),
        (httpx.DecodingError("zlib"), "nonsense"),
        (httpx.ConnectError("nobody"), "down"),
        (httpx.ConnectError(""), "down"),
    ],
)
def test_what_httpx_raises_has_a_reason(error: httpx.HTTPError, reason: Reason) -> None:
    said_so = failed("me", error)
    assert said_so.reason == reason
    assert str(said_so).startswith("me: ")
