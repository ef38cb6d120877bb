"""What the supervisor and the actor processes say to each other.

msgspec structs, tagged by name, in a msgpack envelope; the protocol stands in
runtime/README.md. No media crosses here: an upload's bytes lie in a memfd whose
descriptor travels beside the message. Owns nothing.
"""

import msgspec

from runtime.layouts import Shape


class Message(msgspec.Struct, tag=True, tag_field="says"):
    """Base of everything that an envelope may hold."""


class Ice(msgspec.Struct, frozen=True):
    """A STUN or TURN server (RFC 7064, RFC 7065)."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class ActorSettings(msgspec.Struct, frozen=True):
    """The part of the settings that actors need."""

    cache_dir: str
    avatar: str
    voice: str
    max_audio_seconds: int
    max_queue: int
    late_ms: int
    bitrate_kbps: int
    codec: str
    ice_servers: tuple[Ice, ...]
    log_level: str
    log_format: str


class Hosted(msgspec.Struct, frozen=True):
    """One actor that a process hosts: its name and "module:Class"."""

    actor: str
    target: str


# --- supervisor to process -------------------------------------------------------


class Begin(Message):
    """First message to a new process: what to host. Answered by Ready."""

    process: str
    hosted: list[Hosted]
    nice: int
    settings: ActorSettings


class Grant(msgspec.Struct, frozen=True):
    """One ring of a session that the actor may use; its three descriptors
    (memory, filled, freed) follow the control block's beside the message."""

    wall: str
    reads: bool


class Spec(msgspec.Struct, frozen=True):
    """A session as its actors see it. live: ticks leave by the clock; else as
    fast as they come. record: path of the MP4 to write, "" for WebRTC."""

    session: str
    avatar: str
    shape: Shape
    live: bool
    record: str = ""


class Open(Message):
    """A session's rings for one actor. Answered by Done or Refusal."""

    spec: Spec
    grants: list[Grant]


class Close(Message):
    """The session is over: free all that is its. Answered by Done."""

    session: str


class Flush(Message):
    """The epoch moved on: drop work in flight now. Not answered."""

    session: str


class Describe(Message):
    """To inference: which shape do sessions of this avatar have? -> Described."""

    avatar: str


class Say(Message):
    """To ingest: speak the text. Answered by Done or Refusal."""

    session: str
    epoch: int
    utterance: int
    text: str
    voice: str
    speed: float


class Play(Message):
    """To ingest: speak the sound in the descriptor. Answered by Playing or Refusal."""

    session: str
    epoch: int
    utterance: int
    name: str


class Offer(Message):
    """To egress: answer this SDP. Answered by Answer or Refusal."""

    session: str
    sdp: str
    type: str


class Scrape(Message):
    """The process's metrics, please. Answered by Scraped."""


class Trace(Message):
    """To egress: the ticks that left after `after` (ns), oldest first. Answered by Traced."""

    after: int


class Stop(Message):
    """Close every session and exit. Not answered: the socket closes."""


# --- process to supervisor -------------------------------------------------------


class Ready(Message):
    """All hosted actors have started."""


class Heartbeat(Message):
    """The process's loop turns."""


class Event(Message):
    """Something of a session that callers may want to know, in time with the ear.

    kind: connected, gone, start, end, interrupted, failed, finished, progress.
    """

    session: str
    kind: str
    utterance: int = 0
    tick: int = 0
    detail: str = ""


class Done(Message):
    """The request was carried out."""


class Refusal(Message):
    """The request was refused; kind is a name in runtime.errors.REFUSALS."""

    kind: str
    message: str


class Described(Message):
    """The shape of an avatar's sessions."""

    shape: Shape


class Playing(Message):
    """The sound was accepted; seconds is -1 where its length is unknown."""

    seconds: float


class Answer(Message):
    """The SDP answer to an Offer."""

    sdp: str
    type: str


class Scraped(Message):
    """Prometheus exposition text of one process."""

    text: str


class Traced(Message):
    """Rows of runtime.trace.ROW; fewer than its PAGE: there are no more."""

    rows: bytes


Body = (
    Begin
    | Open
    | Close
    | Flush
    | Describe
    | Say
    | Play
    | Offer
    | Scrape
    | Trace
    | Stop
    | Ready
    | Heartbeat
    | Event
    | Done
    | Refusal
    | Described
    | Playing
    | Answer
    | Scraped
    | Traced
)


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """number: joins a reply to its request, 0 for what is not answered. reply: this
    is the answer. actor: whom a request is for, "" for the process itself."""

    number: int
    reply: bool
    actor: str
    body: Body
