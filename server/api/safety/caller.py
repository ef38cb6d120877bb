"""Who asks: what a request's key or token allows. Types only; owns nothing."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import Scope

_STATE: Final = "ringtalk.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """name: of the key, empty where none is asked for. avatar: the only one that a token's session
    may show, empty for any. origins: of the pages that may use the token."""

    name: str = ""
    is_token: bool = False
    avatar: str = ""
    origins: frozenset[str] = frozenset()


ANYBODY: Final = Caller()


def set_caller(scope: Scope, caller: Caller) -> None:
    """Note who asks, for whoever looks at the request afterwards."""
    scope[_STATE] = caller


def caller_of(scope: Scope) -> Caller:
    """Who asks; `ANYBODY` before anybody has looked."""
    caller: Caller = scope.get(_STATE, ANYBODY)
    return caller


async def the_caller(connection: HTTPConnection) -> Caller:
    """For routes."""
    return caller_of(connection.scope)
