"""POST /human as LiveTalking takes it, where the setting `livetalking_status` is on.

Other types and empty texts are accepted and say nothing, long texts are spoken in parts, a pace
beyond the range is the nearest one, an unknown voice is the usual one. Source: its server/routes.py
at commit a5a77f4. Runs in the supervisor's process; owns nothing.
"""

from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from pydantic import Field

from server.api.dependencies import TheService, TheSettings
from server.api.requests import (
    FASTEST,
    SLOWEST,
    Interrupt,
    Markup,
    Of,
    SpokenText,
    Voice,
    check_text,
)
from server.api.responses import Accepted, accepted
from server.api.safety.visitors import TheTextCounter
from server.sessions.service import SpeechInput

router: Final = APIRouter(include_in_schema=False)


class LenientVoice(Voice):
    """How a text is to be spoken."""

    speed: float = Field(default=1.0, allow_inf_nan=False)


class LenientHuman(Of):
    """A text for a session; `type` may be any."""

    type: str
    text: SpokenText
    interrupt: Interrupt = False
    markup: Markup = "strip"
    tts: LenientVoice | None = None


@router.post("/human")
async def human(
    body: LenientHuman, service: TheService, settings: TheSettings, count: TheTextCounter
) -> Accepted:
    """Speak a text, or the language model's answer to it, if it is either."""
    voice, speech = body.tts or LenientVoice(), service.speech
    pace = min(max(voice.speed, SLOWEST), FASTEST)
    slowed = [f"speed: {voice.speed:g} is spoken as {pace:g}"] if pace != voice.speed else []
    style = replace(voice.style(), speed=pace, lenient=True)
    if body.type not in ("echo", "chat") or not body.text.strip():
        _nothing(body, speech)
        return accepted([])
    await count()
    if body.type == "chat":
        check_text(body.text, settings.max_text)
        notes = await speech.chat(
            body.sessionid, body.text, style=style, interrupt=body.interrupt, tts=voice.told()
        )
        return accepted([*slowed, *notes])
    told: dict[str, Any] = {"style": style, "markup": body.markup, "tts": voice.told()}
    notes, now = (), body.interrupt
    for part in parts(body.text, settings.max_text):
        notes, now = await speech.say(body.sessionid, part, interrupt=now, **told), False
    return accepted([*slowed, *notes])


def _nothing(body: LenientHuman, speech: SpeechInput) -> None:
    """Say nothing, and interrupt if wanted; raises UnknownSession."""
    if body.interrupt:
        speech.interrupt(body.sessionid)
    else:
        speech.epoch(body.sessionid)


def parts(text: str, longest: int) -> list[str]:
    """`text` in pieces of at most `longest` characters, cut behind a sentence, else a space."""
    found = []
    while len(text) > longest:
        ends = (text.rfind(mark, 0, longest) + 1 for mark in (*"。！？\n", ". ", "! ", "? "))
        cut = max(ends) or text.rfind(" ", 0, longest) + 1 or longest
        found.append(text[:cut])
        text = text[cut:]
    return [part for part in (*found, text) if part.strip()]
