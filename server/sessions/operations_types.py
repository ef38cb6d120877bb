"""What an operator sees of the service at one moment.

Types only, so that the documents can be made from them: owns nothing.
"""

from pydantic import BaseModel, ConfigDict, Field

from server.sessions.event_types import Status


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class StageTimes(_Frozen):
    """How long a stage had the ticks of the last second, in ms: from taking one to giving it on."""

    stage: str = Field(
        description="`ingest` (from the request on: it grows with what is said, and is "
        "no delay), `features` (it waits for the sound that it looks ahead to, and for room), "
        "`inference`, `compositor` or `egress`."
    )
    median: float
    most: float


class WatchedSession(_Frozen):
    """A session, and the way to its client."""

    sessionid: str
    avatar: str
    engine: str
    state: str = Field(description="`connecting`, `live`, or `quiet` where its client is lost.")
    dialogue: Status
    speaking: bool = Field(description="Whether an utterance is being heard.")
    recording: bool
    seconds: float = Field(description="Its age.")
    picture_kbps: float | None = Field(
        default=None, description="What its pictures took in the last second; null: not known yet."
    )
    sound_kbps: float | None = Field(default=None, description="What its sound took.")
    target_kbps: float | None = Field(default=None, description="What the pictures may take.")
    loss: float | None = Field(
        default=None,
        description="Part of the pictures' packets that was lost, 0 to 1, by the client's last "
        "report; null: none has come.",
    )
    round_trip_ms: float | None = Field(default=None, description="There and back, by that report.")
    dropped: int | None = Field(default=None, description="Pictures that were not sent.")
    stages: list[StageTimes] = Field(description="Of those that had a tick of it.")


class WatchedActor(_Frozen):
    """An actor, or one of its processes where it has several."""

    actor: str
    pid: int | None = Field(description="null between two lives.")
    state: str = Field(description="`ready` or `starting`.")
    restarts: int


class Operations(_Frozen):
    """The service at one moment."""

    ready: bool = Field(description="Whether a session can begin, but for a free place.")
    lacking: str = Field(description="What the machine has too little of; empty: nothing.")
    capacity: int
    sessions: list[WatchedSession]
    actors: list[WatchedActor]
