"""The shape of every JSON answer: `{"code": 0, "msg": "ok", "data": ...}`.

LiveTalking's envelope (its server/routes.py), so that clients written for it work:
`code` is 0 when it went well and -1 when not, `data` is there only when there is some.
Unlike there, a failure also has its real HTTP status. Owns nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

OK_CODE: Final = 0
FAILED_CODE: Final = -1


class Ok(BaseModel):
    """It went well, and there is nothing more to say."""

    code: Literal[0] = OK_CODE
    msg: Literal["ok"] = "ok"


class Accepted(Ok):
    """It will be spoken."""

    msg: str = Field(  # type: ignore[assignment]  # an Ok, and a remark
        default="ok",
        description="`ok`; behind a semicolon, what of `tts` or `refaudio` the voice cannot use.",
    )


def accepted(notes: Sequence[str]) -> Accepted:
    """The answer for what is spoken, but for these."""
    return Accepted(msg="; ".join(["ok", *notes]))


class Truth(Ok):
    """It went well, and the answer is yes or no."""

    data: bool


class ClientIceServer(BaseModel):
    """A STUN or TURN server, as RTCIceServer of the W3C's WebRTC spells it."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class Abilities(BaseModel):
    """What the server can do in a conversation, and who helps clients to reach it."""

    answers: Literal["model", "guide", "nothing"] = Field(
        description="Who answers `type: chat` and what is said into a microphone: a language "
        "model, the guide, which knows a few things about ringtalk, or nobody."
    )
    hears: bool = Field(description="Whether words are understood; else a voice only interrupts.")
    language: str = Field(description="Code of the only language that is, empty for any.")
    ice_servers: list[ClientIceServer] = Field(
        description="For the client's `RTCPeerConnection({iceServers})`."
    )
    ice_seconds: int = Field(
        description="For how long their credentials may be used to begin; 0: for ever."
    )
    max_text: int = Field(description="Characters that a text may have (the setting).")


class AbilitiesKnown(Ok):
    """What the server can do."""

    data: Abilities


class SoundLength(BaseModel):
    """What is known of an accepted recording."""

    seconds: float | None = Field(description="Length in seconds; null where the file tells none.")


class SoundTaken(Ok):
    """The recording will be spoken."""

    data: SoundLength


class Kept(BaseModel):
    """A picture that was uploaded."""

    id: str = Field(description="For `background` of /offer and of /background.")


class PictureKept(Ok):
    """The picture can be a background."""

    data: Kept


class ActionRow(BaseModel):
    """What a body can do."""

    name: str = Field(description="For /action.")
    faces: bool = Field(
        description="Whether it is played while somebody speaks; else it waits until nobody does."
    )
    loop: bool = Field(description="Whether it is played again and again unless asked otherwise.")
    number: int = Field(description="For /set_audiotype; 0: it has none.")
    sound: bool = Field(description="Whether it has a sound of its own.")


class AvatarRow(BaseModel):
    """One who can be shown."""

    name: str = Field(description="For `avatar` of /offer.")
    width: int = Field(description="Of the picture, in pixels.")
    height: int = Field(description="Of the picture, in pixels.")
    engine: str = Field(description="Who draws the face.")
    replaceable: bool = Field(description="Whether a session may have a background of its own.")
    prepared: bool = Field(description="Whether it is ready; else the first session waits for it.")
    broken: str = Field(description="Why it cannot be shown; empty where it can.")
    builtin: bool = Field(description="Whether it came with ringtalk: it stays as it is.")
    sheet: bool = Field(description="Whether it has a contact sheet: `/avatars/NAME/sheet`.")
    default: bool = Field(description="Whether it is shown where /offer names nobody.")
    actions: list[ActionRow] = Field(description="What its body can do, beside idling.")


class Avatars(Ok):
    """Everyone who can be shown."""

    data: list[AvatarRow]


class RecordingState(BaseModel):
    """A recording."""

    id: str = Field(description="For /recordings/ID.")
    sessionid: str = Field(description="Of which session; it may have ended.")
    avatar: str = Field(description="Who was shown as it began.")
    begun: float = Field(description="When it was asked for: seconds since 1970, UTC.")
    state: str = Field(
        description="`waiting` for the first picture, `recording`; `done`; `failed`: it broke off, "
        "or `cut`: its process died; of both what was written plays."
    )
    kind: str = Field(description="`mp4` or `webm`; empty before the first picture.")
    seconds: float = Field(description="Its length so far.")
    bytes: int = Field(description="Of the film, so far.")
    text: str = Field(description="Why it ended, if nobody asked for it.")


class RecordingAnswer(Ok):
    """The recording that was begun or ended."""

    data: RecordingState


class RecordingList(Ok):
    """Every recording."""

    data: list[RecordingState]


class SessionName(BaseModel):
    """A session that began."""

    sessionid: str = Field(description="For every other request.")


class SessionBegun(Ok):
    """The session has begun."""

    data: SessionName


class OutputRow(BaseModel):
    """One output."""

    id: str = Field(description="For DELETE /outputs/{output}.")
    sessionid: str
    kind: str
    url: str = Field(description="Where it leads, without the key.")
    state: str = Field(
        description="`connecting`, `live`, `waiting` (for its next attempt) or `failed` (for good)."
    )
    why: str = Field(description="What went wrong; empty: nothing.")
    attempt: int = Field(description="From 1.")


class OutputAnswer(Ok):
    """The output is being opened."""

    data: OutputRow


class OutputList(Ok):
    """Every output."""

    data: list[OutputRow]


class ActorState(BaseModel):
    """One actor as /healthz shows it."""

    pid: int | None = Field(description="Its process; null between two lives.")
    state: str
    restarts: int


class HealthState(BaseModel):
    """The whole service as /healthz shows it."""

    ready: bool = Field(description="Whether a session could begin now, were a place free.")
    sessions: int = Field(description="Sessions held.")
    capacity: int = Field(description="Sessions that can be held: the setting `max_calls`.")
    actors: dict[str, ActorState]
    lacking: str = Field(
        default="",
        description="What the machine has too little of for another session; empty: nothing.",
    )


class Healthy(Ok):
    """Sessions can begin."""

    data: HealthState


class Failure(BaseModel):
    """It did not go well; the HTTP status says in which way."""

    code: Literal[-1] = FAILED_CODE
    msg: str = Field(description="What was wrong, and what is allowed.")


class Unhealthy(Failure):
    """No session can begin; `data` says which actor is down."""

    data: HealthState


def failure(status: int, msg: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer for what went wrong; `headers` such as Retry-After go along."""
    return JSONResponse(Failure(msg=msg).model_dump(), status, headers)


# Refusals that many routes document alike.
BAD_JSON: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Failure, "description": "The body is no JSON."},
    415: {"model": Failure, "description": "The body is of another Content-Type."},
    422: {"model": Failure, "description": "A field is missing or not allowed; `msg` names it."},
}
NO_SESSION: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": Failure, "description": "No session has this id."},
}
