"""What a session token's visitor may show, and what texts cost.

In: who asks, and for what. Out: the same, or a refusal. Runs in the supervisor's process; owns
nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import HTTPConnection

from data.hearing.bundled import resolved
from data.services import TtsKind
from runtime.errors import Forbidden
from runtime.settings import Settings
from server.api.safety.access import address_of
from server.api.safety.access_control import control_of
from server.api.safety.caller import Caller, caller_of, the_caller

_LOCAL: Final[frozenset[TtsKind]] = frozenset({"kokoro", "piper"})
"""Engines of this machine: they cost nothing but its time."""

CountText = Callable[[], Awaitable[None]]


def shown_avatar(caller: Caller, wanted: str | None) -> str | None:
    """Who is shown to this caller. Raises Forbidden where its token is for another."""
    if not caller.avatar or wanted == caller.avatar:
        return wanted
    if wanted:
        raise Forbidden(f"the session token is for {caller.avatar!r} alone, not {wanted!r}")
    return caller.avatar


def texts_cost(settings: Settings) -> bool:
    """Whether a text may be spoken or answered by a service of others."""
    voices = any(voice.kind not in _LOCAL for voice in settings.tts)
    return voices or bool(settings.llm.url) or resolved(settings.asr).kind == "openai"


async def _text_counter(connection: HTTPConnection) -> CountText:
    settings: Settings = connection.app.state.settings
    limits = control_of(connection.app).limits
    caller, address = caller_of(connection.scope), address_of(connection.scope)

    async def count() -> None:
        if texts_cost(settings):
            await limits.take("texts", caller, address)

    return count


TheCaller = Annotated[Caller, Depends(the_caller)]
TheTextCounter = Annotated[CountText, Depends(_text_counter)]
"""Counts a text of who asks. Raises TooOften."""
