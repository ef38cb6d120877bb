"""Where clients' media arrive on this machine, and who helps it through firewalls.

In: what the settings say. Out: the same as egress is told of it, and credentials of TURN servers
that share a secret with us. Pure; owns nothing.
"""

import base64
import hmac
from ipaddress import ip_address
from typing import Final, Self

import msgspec

LEAST_PORT: Final = 1024
MOST_PORT: Final = 65535
NAME: Final = "ringtalk"
"""Whose time-limited credentials are; a TURN server shows it in its log."""


class UdpPorts(msgspec.Struct, frozen=True):
    """The ports that media may use, both ends among them."""

    first: int
    last: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Of `50000-50100`. Raises ValueError, saying what is allowed."""
        begin, hyphen, end = text.partition("-")
        if not (hyphen and begin.strip().isdecimal() and end.strip().isdecimal()):
            raise ValueError("it has to be FIRST-LAST, such as 50000-50100")
        first, last = int(begin), int(end)
        if not LEAST_PORT <= first <= last <= MOST_PORT:
            raise ValueError(f"ports lie between {LEAST_PORT} and {MOST_PORT}, the lower first")
        return cls(first, last)

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def __len__(self) -> int:
        return self.last - self.first + 1


class MediaNetwork(msgspec.Struct, frozen=True):
    """ports: None takes any. bind: the addresses of this machine that are used, none for all.
    announce: what clients are told in place of this machine's addresses of the same family."""

    ports: UdpPorts | None = None
    bind: tuple[str, ...] = ()
    announce: tuple[str, ...] = ()


class IceAddress(msgspec.Struct, frozen=True):
    """A STUN or TURN server (RFC 7064, RFC 7065).

    secret: what makes credentials for `seconds`, where it has none of its own."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None
    secret: str = ""
    seconds: int = 0

    def signed(self, now: float) -> "IceAddress":
        """With credentials that are good from `now`, in seconds since 1970.

        The scheme of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00, 2.2): the name
        begins with the time at which it ends, and its HMAC-SHA1 is the password."""
        if not self.secret:
            return self
        name = f"{int(now) + self.seconds}:{NAME}"
        digest = hmac.digest(self.secret.encode(), name.encode(), "sha1")
        return IceAddress(self.urls, name, base64.b64encode(digest).decode())


def is_turn(url: str) -> bool:
    """Whether the URL is of a server that relays, and so asks for credentials."""
    return url.startswith(("turn:", "turns:"))


def as_address(text: str) -> str:
    """An IP address in its usual spelling. Raises ValueError."""
    return str(ip_address(text.strip()))
