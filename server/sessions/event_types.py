"""What a session tells its clients: one kind of event for each `status`.

The same JSON goes down every way out: the SSE stream, the WebSocket and the data channel. The
field `status` is LiveTalking's. Types only, so that the documents can be made from them: owns
nothing.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

Status = Literal["idle", "listening", "thinking", "speaking"]


class ClientEvent(BaseModel):
    """What every event has; its kind is in `status`, which each kind fixes."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(default=0, description="Counts up from 1 in a session.")
    status: str


class PlayoutEvent(ClientEvent):
    """What an event in time with the ear has."""

    utterance: int = Field(description="Which utterance: they count up from 1 in a session.")
    tick: int = Field(description="The tick of 40 ms with which it left.")


class CaptionEvent(PlayoutEvent):
    """What an event about a part of an utterance has."""

    text: str
    start_ms: int = Field(description="When it begins, counted from the utterance's start.")
    end_ms: int = Field(description="When it ends; 0: not known yet.")


class UtteranceEvent(PlayoutEvent):
    """What an event about a whole utterance has; the fields beside it are LiveTalking's."""

    text: str | None = Field(
        default=None,
        description="Its words, the first 5000 characters: as they were sent, or an answer's "
        "sentences as far as they are known. A sound has none.",
    )
    tts: dict[str, Any] | None = Field(
        default=None, description="The request's `tts`, if it had one of at most 4 kB."
    )


class State(ClientEvent):
    """What the face is about."""

    status: Literal["state"] = "state"
    state: Status = Field(
        description="`listening` to a person, `thinking` of an answer, `speaking`, or `idle`."
    )


class Start(UtteranceEvent):
    """The sound of an utterance begins."""

    status: Literal["start"] = "start"


class Sentence(CaptionEvent):
    """A sentence begins to be heard."""

    status: Literal["sentence"] = "sentence"


class Word(CaptionEvent):
    """A word begins to be heard."""

    status: Literal["word"] = "word"


class End(UtteranceEvent):
    """The utterance was heard to its end."""

    status: Literal["end"] = "end"


class Interrupted(PlayoutEvent):
    """The utterance was silenced, or dropped before it began; nothing of it is heard after this
    tick."""

    status: Literal["interrupted"] = "interrupted"


class Held(ClientEvent):
    """The face holds its tongue: the person made a sound, which may be nothing, or a client asked
    for it."""

    status: Literal["held"] = "held"
    utterance: int = Field(description="What waits; 0: it was not heard yet.")


class Resumed(ClientEvent):
    """It was nothing, or the client asks for it: the utterance goes on where it was."""

    status: Literal["resumed"] = "resumed"


class Transcript(ClientEvent):
    """What the person says."""

    status: Literal["transcript"] = "transcript"
    turn: int = Field(description="Which turn of the person: they count up from 1 in a session.")
    text: str = Field(description="All of the turn so far: it replaces what came before.")
    final: bool = Field(description="Whether this is its last wording.")


class Avatar(ClientEvent):
    """The session has another avatar."""

    status: Literal["avatar"] = "avatar"
    avatar: str = Field(description="Its name, as in `/avatars`.")
    own_background: bool = Field(
        description="Whether the session's background had to give way to the avatar's own."
    )


class Error(ClientEvent):
    """Something went wrong; an utterance that breaks off still gets its `end`."""

    status: Literal["error"] = "error"
    utterance: int = Field(description="Of which utterance; 0: of none.")
    text: str


class Recording(ClientEvent):
    """A recording of the session begins, or is over."""

    status: Literal["recording"] = "recording"
    recording: str = Field(description="Its id, for /recordings.")
    state: str = Field(
        description="`recording`: its first picture is kept. `done`: it is whole. `failed`: it "
        "broke off, and what was written stays; `cut`: so it did when its process died. `empty`: "
        "nothing was sent, nothing is kept."
    )
    seconds: float = Field(description="Its length so far.")
    text: str = Field(description="Why it ended, if nobody asked for it.")


class Viewers(ClientEvent):
    """Somebody began or ceased to watch over WHEP."""

    status: Literal["viewers"] = "viewers"
    count: int = Field(description="How many watch now.")


class OutputChanged(ClientEvent):
    """An output of the session is in another state."""

    status: Literal["output"] = "output"
    output: str = Field(description="Its id.")
    kind: str
    url: str = Field(description="Where it leads, without a key.")
    state: str = Field(
        description="`connecting`, `live`, `waiting` (for its next attempt) or `failed` (for good)."
    )
    why: str = Field(default="", description="What went wrong.")
    attempt: int = Field(description="Of how many so far this is told, from 1.")


class TurnMs(BaseModel):
    """Where the time from the person's last voice to the face's first sound went, in ms.

    A part that was not taken is left out. The way to the client is not in it."""

    model_config = ConfigDict(frozen=True)

    vad: float | None = Field(default=None, description="Until the silence counted as an end.")
    asr: float | None = Field(default=None, description="Until the words were there.")
    llm: float | None = Field(default=None, description="Until the answer's first token.")
    sentence: float | None = Field(default=None, description="Until its first sentence.")
    tts: float | None = Field(default=None, description="Until the voice's first sound.")
    face: float | None = Field(default=None, description="Until that left with its picture.")
    total: float = Field(description="All of it; of a text from when it was asked for.")


class TurnSteps(BaseModel):
    """When each step was taken, in ms after the person's last voice (of a text: after it was asked
    for). What stands before `turn_end` was done ahead, unheard, before the turn was sure."""

    model_config = ConfigDict(frozen=True)

    turn_end: float | None = Field(default=None, description="The turn counted as over.")
    words_asked: float | None = Field(default=None, description="The transcriber got its sound.")
    transcript: float | None = Field(default=None, description="The words were there.")
    first_token: float | None = Field(default=None, description="The answer's first token.")
    first_sentence: float | None = Field(default=None, description="Its first sentence.")
    first_sound: float | None = Field(default=None, description="The voice's first sound.")
    left: float = Field(description="That left, with its picture.")


class Turn(ClientEvent):
    """How long an answer took; only where nothing else was being said when it was asked for."""

    status: Literal["turn"] = "turn"
    utterance: int
    turn: int = Field(description="The person's turn that it answers; 0: a text.")
    ms: TurnMs
    steps: TurnSteps | None = None


class Tool(ClientEvent):
    """For an answer, the language model's call of a tool begins or ends."""

    status: Literal["tool"] = "tool"
    utterance: int = Field(description="The answer that it is for.")
    call: str = Field(description="The same for its start and its end.")
    name: str
    phase: Literal["start", "end"]
    outcome: str | None = Field(
        default=None,
        description="Of an end: `done`, `refused` (wrong arguments, or there is no such tool), "
        "`failed`, `slow` (it took longer than it may), `cancelled` (by an interrupt).",
    )
    text: str | None = Field(
        default=None, description="What went wrong. Arguments and results are not told."
    )
    ms: int | None = Field(default=None, description="Of an end: how long it took.")


class Acting(ClientEvent):
    """The body begins or ends an action."""

    status: Literal["action"] = "action"
    name: str
    phase: Literal["start", "end"]
    tick: int = Field(description="The tick of 40 ms that first shows it, or no longer does.")


class Gap(ClientEvent):
    """Events were lost to this client, who was away for too long; the next one follows."""

    status: Literal["gap"] = "gap"
    missed: int


class Closed(ClientEvent):
    """The session has ended; nothing follows."""

    status: Literal["closed"] = "closed"
    reason: str | None = Field(default=None, description="Why, where nobody asked for it.")


class Event(
    RootModel[
        State
        | Start
        | Sentence
        | Word
        | End
        | Interrupted
        | Held
        | Resumed
        | Transcript
        | Avatar
        | Error
        | Recording
        | Turn
        | Tool
        | Acting
        | Viewers
        | OutputChanged
        | Gap
        | Closed
    ]
):
    """Any of them."""


KINDS: tuple[type[ClientEvent], ...] = (
    State,
    Start,
    Sentence,
    Word,
    End,
    Interrupted,
    Held,
    Resumed,
    Transcript,
    Avatar,
    Error,
    Recording,
    Turn,
    Tool,
    Acting,
    Viewers,
    OutputChanged,
    Gap,
    Closed,
)
"""Every kind, in the order of the documents."""


def as_json(event: ClientEvent) -> str:
    """One line of JSON; what is not known is left out."""
    return event.model_dump_json(exclude_none=True)
