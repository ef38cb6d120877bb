"""What a session says: /human, /humanaudio, /interrupt_talk, /is_speaking.

Paths, fields and answers are LiveTalking's (docs/api.md there). Runs in the supervisor's
process; holds an upload only while it arrives.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from runtime import limits
from runtime.errors import BrokenSound
from server.api import multipart
from server.api.dependencies import TheService, TheSettings, TheUploadGate
from server.api.guard import UPLOAD_PATH
from server.api.requests import Human, Interrupt, Of, Voice, check_text
from server.api.responses import (
    BAD_JSON,
    NO_SESSION,
    Accepted,
    Failure,
    Ok,
    SoundLength,
    SoundTaken,
    Truth,
    accepted,
)
from server.api.safety.visitors import TheTextCounter

router: Final = APIRouter(tags=["talk"])

_INTERRUPT: Final = TypeAdapter[bool](Interrupt)

_BUSY: Final[dict[int | str, dict[str, Any]]] = {
    429: {
        "model": Failure,
        "description": "Too many wait, or were asked for in a while; see Retry-After.",
    },
    503: {"model": Failure, "description": "Not available now; `msg` says why."},
}
_FLOOD: Final[dict[int | str, dict[str, Any]]] = {429: _BUSY[429]}
_FORM: Final = {
    "type": "object",
    "required": ["sessionid", "file"],
    "properties": {
        "sessionid": {
            "type": "string",
            "description": "The session: `sessionid` of /offer's answer.",
            "maxLength": limits.SESSION_ID,
        },
        "file": {
            "type": "string",
            "format": "binary",
            "description": "The sound: WAV, FLAC, Ogg or MP3; at most `max_upload_mb` MB and "
            "`max_audio_seconds` long (settings).",
        },
        "interrupt": {"type": "boolean", "default": False, "description": "Silence it first."},
    },
}


@router.post("/human", responses={**BAD_JSON, **NO_SESSION, **_BUSY})
async def human(
    body: Annotated[
        Human, Body(examples=[{"sessionid": "…", "type": "echo", "text": "Good morning."}])
    ],
    service: TheService,
    settings: TheSettings,
    count: TheTextCounter,
) -> Accepted:
    """Speak a text, or the language model's answer to it. Answers once it is queued."""
    check_text(body.text, settings.max_text)
    await count()
    voice, speech, now = body.tts or Voice(), service.speech, body.interrupt
    style, tts, text = voice.style(), voice.told(), body.text
    if body.type == "chat":
        notes = await speech.chat(body.sessionid, text, style=style, interrupt=now, tts=tts)
    else:
        notes = await speech.say(
            body.sessionid, text, style=style, interrupt=now, markup=body.markup, tts=tts
        )
    return accepted(notes)


@router.post(
    UPLOAD_PATH,
    responses={
        **NO_SESSION,
        **_BUSY,
        400: {"model": Failure, "description": "The form is malformed or was cut off."},
        413: {"model": Failure, "description": "The file is too large or too long."},
        415: {"model": Failure, "description": "No form, or no sound in a known format."},
        422: {"model": Failure, "description": "A field is missing, or the sound is broken."},
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
    },
)
async def humanaudio(
    request: Request, service: TheService, settings: TheSettings, gate: TheUploadGate
) -> SoundTaken:
    """Speak a recording. Answers once it is queued, with its length where that is known."""
    with gate, multipart.Upload() as received:
        await multipart.receive(
            request.headers, request.stream(), received, max_mb=settings.max_upload_mb
        )
        sessionid = _session_id(received.fields.get("sessionid"))
        interrupt = _yes_or_no(received.fields.get("interrupt"))
        if received.size == 0:
            raise BrokenSound(f"file: {received.name!r} is empty")
        accepted = await service.speech.say_sound(
            sessionid, received.take(), received.name, interrupt=interrupt
        )
    return SoundTaken(data=SoundLength(seconds=accepted.seconds))


def _session_id(value: str | None) -> str:
    if value is None:
        raise HTTPException(422, "sessionid: field required")
    if len(value) > limits.SESSION_ID:
        msg = f"sessionid: has {len(value)} characters; {limits.SESSION_ID} are allowed"
        raise HTTPException(422, msg)
    return value


def _yes_or_no(value: str | None) -> bool:
    try:
        return _INTERRUPT.validate_python(value or None)
    except ValidationError as error:
        msg = f"interrupt: is {value!r}; allowed: true, false"
        raise HTTPException(422, msg) from error


@router.post("/interrupt_talk", responses={**BAD_JSON, **NO_SESSION, **_FLOOD})
async def interrupt_talk(body: Of, service: TheService) -> Ok:
    """Silence the session now, and drop all that it was still to say."""
    service.speech.interrupt(body.sessionid)
    return Ok()


@router.post("/is_speaking", responses={**BAD_JSON, **NO_SESSION})
async def is_speaking(body: Of, service: TheService) -> Truth:
    """Whether the session is speaking, or has something to say that is not played yet."""
    return Truth(data=service.speech.is_speaking(body.sessionid))
