"""What the supervisor and the actor processes say to each other.

msgspec structs, tagged by name, in a msgpack envelope; the protocol stands in
runtime/PROTOCOL.md. No media crosses here: an upload's bytes lie in a memfd whose
descriptor travels beside the message. Owns nothing.
"""

from typing import Final, Literal

import msgspec

from data.marking import Marking, VisibleMark
from data.services import AsrService, Listening, LlmService, MarkupRule, SpeechStyle, TtsService
from runtime.exchange import Exchange
from runtime.layouts import Shape
from runtime.media_network import IceAddress, MediaNetwork


class ControlMessage(msgspec.Struct, tag=True, tag_field="says"):
    """Base of everything that an envelope may hold."""


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
    ice_servers: tuple[IceAddress, ...]
    log_level: str
    log_format: str
    fallback_voices: tuple[str, ...] = ()
    tts: tuple[TtsService, ...] = ()
    llm: LlmService = LlmService()
    asr: AsrService = AsrService(kind="")
    listening: Listening = Listening()
    listener_wait_ms: int = 0
    max_viewers: int = 100
    guide: bool = False
    network: MediaNetwork = MediaNetwork()
    marking: Marking = Marking(films=False)


class HostedActor(msgspec.Struct, frozen=True):
    """One actor that a process hosts: its name and "module:Class"."""

    actor: str
    target: str


# --- supervisor to process -------------------------------------------------------


class Begin(ControlMessage):
    """First message to a new process: what to host. Answered by Ready."""

    process: str
    hosted: list[HostedActor]
    nice: int
    settings: ActorSettings


class RingGrant(msgspec.Struct, frozen=True):
    """One ring of a session that the actor may use; its three descriptors
    (memory, filled, freed) follow the control block's beside the message."""

    ring: str
    reads: bool


class SessionSpec(msgspec.Struct, frozen=True):
    """A session as its actors see it. live: ticks leave by the clock; else as
    fast as they come. record: path of the MP4 to write, "" for WebRTC. subtitles: whether what is
    said is written beside that. background: "" the avatar's own, "#rrggbb", or the absolute path of
    a picture. actions: names of the avatar's that the session may play; on its timeline the first
    is number 1. look: counts the session's avatars, the first is 0; a face says for which it was
    rendered. caller: whether there is one: who
    begins a session over WebRTC, hears it first and ends it by leaving. mark: what its pictures
    carry to say that a machine made them."""

    session: str
    avatar: str
    shape: Shape
    live: bool
    record: str = ""
    background: str = ""
    subtitles: bool = False
    actions: tuple[str, ...] = ()
    look: int = 0
    caller: bool = True
    mark: VisibleMark | None = None


class OpenSession(ControlMessage):
    """A session's rings for one actor. exchanges: for ingest, what was said before. Answered by
    Done or Refusal."""

    spec: SessionSpec
    grants: list[RingGrant]
    exchanges: list[Exchange] = []


class CloseSession(ControlMessage):
    """The session is over: free all that is its. Answered by Done."""

    session: str


class Flush(ControlMessage):
    """The epoch moved on: drop work in flight now. Not answered."""

    session: str


class DescribeAvatar(ControlMessage):
    """To inference: which shape do sessions of this avatar have? -> AvatarDescribed."""

    avatar: str


class WarmEngine(ControlMessage):
    """To features: load what the features of this face engine come from, and run it once, so
    that no session waits for it. Answered by Done or Refusal."""

    engine: str


class SayText(ControlMessage):
    """To ingest: speak the text. Answered by StyleNotes or Refusal."""

    session: str
    epoch: int
    utterance: int
    text: str
    style: SpeechStyle
    markup: MarkupRule = "strip"


class AnswerText(ControlMessage):
    """To ingest: answer what a person says or writes. Answered by StyleNotes or Refusal.

    turn: the number of the turn that was heard (ActorEvent.turn), 0 for a text."""

    session: str
    epoch: int
    utterance: int
    text: str
    style: SpeechStyle
    turn: int = 0


class FitStyle(ControlMessage):
    """To ingest: what of this manner of speaking can no voice use? Answered by StyleNotes."""

    session: str
    style: SpeechStyle


class TranscribeSound(ControlMessage):
    """To ingest: what is said in the descriptor's sound, int16 little-endian mono at 16 kHz?
    Answered by SoundTranscribed or Refusal."""


class StreamPcm(ControlMessage):
    """To ingest: speak the sound that comes through the descriptor's end of a socket,
    int16 mono at `rate` Hz, until it is shut. Answered by Done or Refusal."""

    session: str
    epoch: int
    utterance: int
    rate: int


class PlaySound(ControlMessage):
    """To ingest: speak the sound in the descriptor. Answered by SoundPlaying or Refusal."""

    session: str
    epoch: int
    utterance: int
    name: str


class SdpOffer(ControlMessage):
    """To egress: answer this SDP. viewer: "" for the session's caller, else the new id of somebody
    who watches. Answered by SdpAnswer or Refusal."""

    session: str
    sdp: str
    type: str
    viewer: str = ""


class EndViewer(ControlMessage):
    """To egress: this viewer leaves. Answered by Done or Refusal."""

    session: str
    viewer: str


class OutputTarget(msgspec.Struct, frozen=True):
    """Where an output leads. kind: one of runtime.output_kinds. url: for those with one; for a file
    its absolute path, for a virtual camera its device, "" for any. token: the bearer token of a
    WHIP server, or what a LiveKit room is joined with. Both may be secret: they are shown
    nowhere."""

    kind: str
    url: str
    token: str = ""


class OpenOutput(ControlMessage):
    """To egress: send the session there too, until CloseOutput. With a room comes the descriptor of
    its agent line (runtime.agent_line). Answered by Done or Refusal."""

    session: str
    output: str
    target: OutputTarget


class CloseOutput(ControlMessage):
    """To egress: end this output. Answered by Done or Refusal."""

    session: str
    output: str


class ShowBackground(ControlMessage):
    """To compositor: from the next tick on this is behind the person; background as in SessionSpec.
    Answered by Done or Refusal."""

    session: str
    background: str


class PrepareAvatar(ControlMessage):
    """To compositor: have the avatar of this spec, which the session will have, ready to be shown.
    Answered by AvatarPrepared or Refusal."""

    spec: SessionSpec


class RenderAvatar(ControlMessage):
    """To inference: from now on faces are for the avatar of this spec; those for the one before are
    in the face ring when it is answered. Answered by Done or Refusal."""

    spec: SessionSpec


class ShowAvatar(ControlMessage):
    """To compositor: show the avatar that was prepared as this look, with the next tick or, while
    faces for the one before wait, behind them. Answered by Done or Refusal."""

    session: str
    look: int


class AvatarAction(msgspec.Struct, frozen=True):
    """An action of an avatar. faces: whether it is played while somebody speaks. loop: whether it
    is repeated unless that is not wanted. number: LiveTalking's `audiotype`, 0 if it has none.
    sound: the absolute path of its own sound, "" if it has none. source: the folder that it was
    imported from."""

    name: str
    faces: bool
    loop: bool
    number: int = 0
    sound: str = ""
    source: str = ""


class ListActions(ControlMessage):
    """To inference: which actions has this avatar? -> ActionsListed."""

    avatar: str


class ForgetAvatar(ControlMessage):
    """To inference and compositor: what has this name now is gone, or called otherwise, or is about
    to be replaced: keep nothing of it but for the sessions that show it, and then not beyond them.
    Not answered."""

    avatar: str


class BindAction(ControlMessage):
    """To inference: faces may be rendered for this action of the session's avatar from now on, as
    it is in the avatar's folder at this moment. -> ActionBound or Refusal.

    avatar: the session's, under the name that it has now."""

    session: str
    avatar: str
    name: str


class PlayAction(ControlMessage):
    """To compositor: play an action of the session's avatar; no name: back to the idle loop.
    Answered by Done or Refusal, once it is loaded.

    avatar: as in BindAction. edition: which the faces are rendered for, of ActionBound. number: its
    own, see SessionSpec. utterance, frame: it begins with this tick of this utterance,
    0 for the next tick. sounds: that utterance is its own sound. epoch: of the utterance."""

    session: str
    name: str
    avatar: str = ""
    edition: str = ""
    number: int = 0
    loop: bool = False
    epoch: int = 0
    utterance: int = 0
    frame: int = 0
    sounds: bool = False


class SendEvent(ControlMessage):
    """To egress: send this event (JSON) down the session's data channel. Not answered."""

    session: str
    text: str


class StartRecording(ControlMessage):
    """To egress: keep what the session sends. recording: its id. path: absolute, without an ending:
    of the film, which gets one by its codec, and of the captions beside it. It ends by itself at
    max_seconds, or about max_bytes. Answered by Done or Refusal; RecordingNews say how it goes."""

    session: str
    recording: str
    path: str
    max_seconds: int
    max_bytes: int


class EndRecording(ControlMessage):
    """To egress: end the session's recording. why: for its last RecordingNews. Answered by Done,
    when its files are whole and that is told, or Refusal."""

    session: str
    why: str = ""


class ReadMetrics(ControlMessage):
    """The process's metrics, please. Answered by MetricsRead."""


class ReadTrace(ControlMessage):
    """To egress: the ticks that left after `after` (ns), oldest first. Answered by TraceRead."""

    after: int


class ReadConnections(ControlMessage):
    """To egress: how the ways to its clients are. Answered by ConnectionsRead."""


class Stop(ControlMessage):
    """Close every session and exit. Not answered: the socket closes."""


# --- process to supervisor -------------------------------------------------------


class Ready(ControlMessage):
    """All hosted actors have started."""


class Heartbeat(ControlMessage):
    """The process's loop turns."""


class ActorEvent(ControlMessage):
    """Something of a session that callers may want to know.

    kind, from egress, in time with the ear: connected, disconnected, gone, start, end,
    interrupted, sentence, word, progress, finished. From ingest: failed (an utterance ends so),
    error (something of it went wrong, or of a transcript; it goes on); hearing (a person
    makes a sound), false_alarm (it was nothing), barge (a person interrupts), turn (a person
    has spoken), asks (and is to be answered, though their words are not known: by a model that
    hears itself), partial and final (their words, "" if none were understood; with a transcriber
    each turn has one final). From the compositor: action (text its name, detail start or end).
    tick: the session's, where it left. text,
    start_ms, end_ms: of a sentence or word, counted from its utterance's start; text of a
    transcript. turn: number of the person's turn, from 1. at: CLOCK_MONOTONIC ns.
    """

    session: str
    kind: str
    utterance: int = 0
    tick: int = 0
    detail: str = ""
    text: str = ""
    start_ms: int = 0
    end_ms: int = 0
    turn: int = 0
    at: int = 0


class CaptionCue(ControlMessage):
    """A sentence or a word, before it is heard: from ingest, handed on to egress; or an action that
    is to begin then (kind action, text its name), which the compositor plays.

    Egress tells of it, as an ActorEvent of this kind, when frame `frame` of the utterance leaves,
    or at once if that has left; it forgets those of an older epoch."""

    session: str
    epoch: int
    utterance: int
    frame: int
    kind: str
    text: str
    start_ms: int
    end_ms: int


class TurnTiming(ControlMessage):
    """From ingest: how an utterance came to be, as it begins to sound: CLOCK_MONOTONIC ns of
    each step, 0 for one that it did not take.

    voice_end: the last voice of the person's turn. turn_end: when it counted as over. words_asked:
    when the transcriber was given its last part, which may be before that, as all that follows.
    transcript, first_token, first_sentence: when they were there. first_sound: of the voice.
    asked: when the utterance was asked for. voice: who speaks."""

    session: str
    utterance: int
    asked: int
    voice: str
    voice_end: int = 0
    turn_end: int = 0
    words_asked: int = 0
    transcript: int = 0
    first_token: int = 0
    first_sentence: int = 0
    first_sound: int = 0


class OutputState(ControlMessage):
    """From egress: how an output is. state: connecting, live, waiting (for its next attempt) or
    failed (there is none). why: what went wrong, without any secret. attempt: from 1."""

    session: str
    output: str
    state: str
    why: str = ""
    attempt: int = 1


class ViewerCount(ControlMessage):
    """From egress: so many watch the session now, beside its caller."""

    session: str
    count: int


RecordingState = Literal["recording", "progress", "done", "failed", "empty"]


class RecordingNews(ControlMessage):
    """From egress: how a recording goes. state: recording (the first picture is kept), progress
    (now and then), and once one of these, after which nothing of it is written: done, failed (it
    broke off, and what was written stays), empty (no picture came). kind: mp4 or webm, "" if not
    known yet. seconds: its length so far. detail: why it ended, if nobody asked for it."""

    session: str
    recording: str
    state: RecordingState
    kind: str
    seconds: float
    detail: str


class ToolCalled(ControlMessage):
    """From ingest: for an answer the model's call of a tool begins or ends. phase: start, end.
    outcome, of an end: done, refused, failed, slow, cancelled. detail: what went wrong."""

    session: str
    utterance: int
    call: str
    name: str
    phase: str
    outcome: str = ""
    detail: str = ""
    ms: int = 0


ActorNews = (
    ActorEvent | CaptionCue | TurnTiming | RecordingNews | OutputState | ViewerCount | ToolCalled
)
"""What an actor tells without being asked."""


LOSSY_EVENTS: Final = frozenset({"sentence", "word", "partial", "progress"})


def is_lossy(body: ControlMessage) -> bool:
    """Whether a peer that does not keep up may miss it: what it shows is shown again, or late it
    is worth nothing."""
    if isinstance(body, ActorEvent):
        return body.kind in LOSSY_EVENTS
    if isinstance(body, RecordingNews):
        return body.state == "progress"
    return isinstance(body, CaptionCue | SendEvent | TurnTiming)


class Done(ControlMessage):
    """The request was carried out."""


class Refusal(ControlMessage):
    """The request was refused; kind is a name in runtime.errors.REFUSALS."""

    kind: str
    message: str


class AvatarDescribed(ControlMessage):
    """The shape of an avatar's sessions."""

    shape: Shape


class AvatarPrepared(ControlMessage):
    """The avatar can be shown. background: the session's with it, as in SessionSpec: "" where it
    cannot be replaced."""

    background: str


class ActionsListed(ControlMessage):
    """The actions of an avatar, by name."""

    actions: list[AvatarAction]


class ActionBound(ControlMessage):
    """The action can be played, as it is now. edition: what this edition of it is told from others
    by."""

    action: AvatarAction
    edition: str


class SoundPlaying(ControlMessage):
    """The sound was accepted; seconds is -1 where its length is unknown."""

    seconds: float


class StyleNotes(ControlMessage):
    """It was accepted; notes: what of its style no voice can use, in words."""

    notes: list[str] = []


class SoundTranscribed(ControlMessage):
    """The words, "" if none were understood."""

    text: str


class SdpAnswer(ControlMessage):
    """The SDP answer to an SdpOffer."""

    sdp: str
    type: str


class MetricsRead(ControlMessage):
    """Prometheus exposition text of one process."""

    text: str


class ConnectionCounts(msgspec.Struct, frozen=True):
    """The way to one session's client. picture_bytes, sound_bytes: coded and handed to the network
    since the session began. target: bit/s that the pictures may take. dropped: pictures that were
    not encoded or sent. lost: part of the pictures' packets, by the client's last report, and
    round_trip: seconds there and back by it; None before the first."""

    session: str
    picture_bytes: int
    sound_bytes: int
    target: int
    dropped: int
    lost: float | None = None
    round_trip: float | None = None


class ConnectionsRead(ControlMessage):
    """Every session of this egress process that has a client."""

    connections: list[ConnectionCounts]


class LargeBody(ControlMessage):
    """In place of a body that is too large for a packet: its `size` bytes lie in the memfd that
    is the last of the descriptors beside it."""

    size: int


class TraceRead(ControlMessage):
    """Rows of runtime.trace.ROW; fewer than its PAGE: there are no more."""

    rows: bytes


MessageBody = (
    Begin
    | OpenSession
    | CloseSession
    | Flush
    | DescribeAvatar
    | WarmEngine
    | SayText
    | AnswerText
    | FitStyle
    | TranscribeSound
    | StreamPcm
    | ShowBackground
    | PrepareAvatar
    | RenderAvatar
    | ShowAvatar
    | ListActions
    | ForgetAvatar
    | BindAction
    | PlayAction
    | SendEvent
    | PlaySound
    | SdpOffer
    | EndViewer
    | OpenOutput
    | CloseOutput
    | StartRecording
    | EndRecording
    | ReadMetrics
    | ReadTrace
    | ReadConnections
    | Stop
    | Ready
    | Heartbeat
    | ActorEvent
    | CaptionCue
    | TurnTiming
    | OutputState
    | ViewerCount
    | RecordingNews
    | ToolCalled
    | Done
    | Refusal
    | AvatarDescribed
    | AvatarPrepared
    | ActionsListed
    | ActionBound
    | SoundPlaying
    | StyleNotes
    | SoundTranscribed
    | SdpAnswer
    | MetricsRead
    | TraceRead
    | ConnectionsRead
    | LargeBody
)


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """number: joins a reply to its request, 0 for what is not answered. reply: this
    is the answer. actor: whom a request is for, "" for the process itself. until: the moment
    (CLOCK_MONOTONIC, ns) from which on nobody waits for the answer, 0 for never."""

    number: int
    reply: bool
    actor: str
    body: MessageBody
    until: int = 0
