"""What a client sends on the WebSocket as text, checked.

One JSON object a message, its kind in `type`. Sound comes as binary messages beside these.
Types only, so that the documents can be made from them: owns nothing.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from server.api.requests import AvatarName, Markup, SpokenText, Voice

NAME: Final = 64
"""Characters of a client's name for an utterance."""


class BeginMessage(BaseModel):
    """Name the utterance of the sound that follows, up to `commit`. This client alone is told its
    number once it is queued: `{"status": "queued", "name": …, "utterance": …, "epoch": …}`; number
    0 where it will not be said. The epoch counts the session's interrupts before."""

    type: Literal["begin"]
    name: Annotated[str, Field(min_length=1, max_length=NAME)]


class CommitMessage(BaseModel):
    """The sound that was sent is a complete utterance; the next begins another."""

    type: Literal["commit"]


class ClearMessage(BaseModel):
    """Drop the sound that was sent and not heard, and silence the session: the same as
    `interrupt`."""

    type: Literal["clear"]


class InterruptMessage(BaseModel):
    """Silence the session now, and drop all that it was still to say."""

    type: Literal["interrupt"]


class HoldMessage(BaseModel):
    """Stop speaking with the next tick and wait there, until `resume` or an interrupt; what is sent
    meanwhile waits too. `held` tells of it. The end of the socket that asked for it ends it."""

    type: Literal["hold"]


class ResumeMessage(BaseModel):
    """Go on where speech was held; nothing was lost. `resumed` tells of it."""

    type: Literal["resume"]


class SayMessage(BaseModel):
    """Queue a text, as /human does. What of `tts` the voice cannot use is told to this client by
    `{"status": "note", "text": …}`; all of it comes again in `start` and `end`."""

    type: Literal["say"]
    text: SpokenText
    tts: Voice | None = Field(default=None, description="How to speak it, as for /human.")
    markup: Markup = "strip"


class ChatMessage(BaseModel):
    """Queue the answer to a text; needs a language model (setting `llm.url`). A `note` as for
    `say`."""

    type: Literal["chat"]
    text: SpokenText
    tts: Voice | None = Field(default=None, description="How to speak the answer.")


class AvatarMessage(BaseModel):
    """Show another avatar, as /avatar does."""

    type: Literal["avatar"]
    avatar: AvatarName


class PingMessage(BaseModel):
    """Answered by `{"status": "pong"}`."""

    type: Literal["ping"]


KINDS: Final[tuple[type[BaseModel], ...]] = (
    BeginMessage,
    CommitMessage,
    ClearMessage,
    InterruptMessage,
    HoldMessage,
    ResumeMessage,
    SayMessage,
    ChatMessage,
    AvatarMessage,
    PingMessage,
)
"""Every kind, in the order of the documents."""

SocketMessage = (
    BeginMessage
    | CommitMessage
    | ClearMessage
    | InterruptMessage
    | HoldMessage
    | ResumeMessage
    | SayMessage
    | ChatMessage
    | AvatarMessage
    | PingMessage
)
_MESSAGE: Final = TypeAdapter[SocketMessage](Annotated[SocketMessage, Field(discriminator="type")])


class Queued(BaseModel):
    """What a client named is queued, as this utterance of this epoch; 0: it will not be said."""

    status: Literal["queued"] = "queued"
    name: str
    utterance: int
    epoch: int = 0


class Note(BaseModel):
    """What a message asks for and no voice here can do; the text is spoken all the same. For one
    client only: it has no number."""

    status: Literal["note"] = "note"
    text: str


_MOST_TOLD: Final = 500
"""Characters of what is told: a message of 1 MB may be wrong as a whole."""


class BadMessage(Exception):
    """The text is no message; `str` says why and what is allowed."""


def parse(text: str) -> SocketMessage:
    """The message that `text` is; raises BadMessage."""
    try:
        return _MESSAGE.validate_json(text)
    except ValidationError as error:
        problems = (_describe(tuple(p["loc"]), p["msg"]) for p in error.errors())
        raise BadMessage("; ".join(problems)[:_MOST_TOLD]) from error


def _describe(loc: tuple[int | str, ...], msg: str) -> str:
    """`loc` begins with the message's type once that is known."""
    where = ".".join(str(part) for part in loc[1:])
    return f"{where}: {msg[:1].lower()}{msg[1:]}" if where else msg
