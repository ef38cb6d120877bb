"""Tokens: what a browser shows in place of a key.

In: a key's name and what is allowed with it. Out: a signed token (JWT, RFC 7519), and what is in
one. A session token lets one page's visitors begin sessions for some seconds; a login is the
cookie of somebody who has typed a key into the built-in page. Both end with their key. Runs in the
supervisor's process. Owns the secret that signs them, and remembers the origins of the session
tokens that last, which may ask from elsewhere (CORS).
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt

LOGIN_SECONDS: Final = 12 * 3600
MOST_ORIGINS: Final = 10_000
"""Remembered at once; the oldest goes."""
_ALGORITHM: Final = "HS256"
_SESSION, _LOGIN = "session", "login"


class BadToken(ValueError):
    """It is none of ours, or was changed."""


@dataclass(frozen=True, slots=True)
class SessionToken:
    """key: the name of the key that asked for it. until: in seconds since 1970."""

    key: str
    until: float
    avatar: str
    origins: frozenset[str]

    def ended(self, now: float) -> bool:
        """Whether no session may be begun with it any more."""
        return now >= self.until


class Tokens:
    """Signs and reads them."""

    def __init__(self, secret: str = "", clock: Callable[[], float] = time.time) -> None:
        """secret: shared by servers that take each other's tokens; empty for one of its own, with
        which they end when the server does. clock: seconds since 1970."""
        self._secret = secret.encode() or secrets.token_bytes(32)
        self._clock = clock
        self._origins: dict[str, float] = {}

    def session(self, key: str, seconds: int, avatar: str, origins: Sequence[str]) -> SessionToken:
        """One that begins now."""
        until = self._clock() + seconds
        for origin in origins:
            self._origins[origin] = max(until, self._origins.pop(origin, 0.0))
        while len(self._origins) > MOST_ORIGINS:
            del self._origins[next(iter(self._origins))]
        return SessionToken(key, until, avatar, frozenset(origins))

    def coded(self, token: SessionToken) -> str:
        """What is sent to the browser."""
        return self._sign(
            {
                "aud": _SESSION,
                "sub": token.key,
                "exp": int(token.until),
                "avatar": token.avatar,
                "origins": sorted(token.origins),
            }
        )

    def login(self, key: str) -> str:
        """A cookie's value, for `LOGIN_SECONDS`."""
        return self._sign({"aud": _LOGIN, "sub": key, "exp": int(self._clock()) + LOGIN_SECONDS})

    def read_session(self, coded: str) -> SessionToken:
        """What was `coded`, also where it has ended. Raises BadToken."""
        claims = self._read(coded, _SESSION)
        return SessionToken(
            claims["sub"], claims["exp"], claims["avatar"], frozenset(claims["origins"])
        )

    def read_login(self, coded: str) -> str:
        """The name of the key. Raises BadToken, also where it has ended."""
        claims = self._read(coded, _LOGIN)
        if self._clock() >= claims["exp"]:
            raise BadToken("the login has ended")
        name: str = claims["sub"]
        return name

    def may_come(self, origin: str) -> bool:
        """Whether a token that lasts is for pages of this origin."""
        return self._origins.get(origin, 0.0) > self._clock()

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({**claims, "jti": secrets.token_urlsafe(9)}, self._secret, _ALGORITHM)

    def _read(self, coded: str, kind: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                coded,
                self._secret,
                [_ALGORITHM],
                audience=kind,
                options={"verify_exp": False, "require": ["exp", "sub", "aud"]},
            )
        except jwt.InvalidTokenError as error:
            raise BadToken(str(error)) from error
