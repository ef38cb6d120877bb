"""What the API asks of the supervisor: the one seam between the two.

Runs in the supervisor's process. The API is coded against `SessionService`, whose parts
are the objects that do the work; `server.sessions.local_service` has them all. Every refusal is
a `runtime.errors.RingtalkError`, which the API turns into its status and message. Types only:
owns nothing.
"""

import socket
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Protocol, Self

from data.marking import USUAL_MARK, MarkWish
from data.services import MarkupRule, SpeechStyle
from runtime.output_kinds import OutputKind
from runtime.trace import Rows
from server.sessions.event_log import Follower
from server.sessions.operations_types import Operations
from server.sessions.recording_store import RecordingRow


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    """The SDP answer to an offer (RFC 3264) and the id of the session it begins. notes: what of
    the wanted voice nobody here can use."""

    sdp: str
    type: str
    sessionid: str
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SoundAccepted:
    """An upload that will be spoken; `seconds` is None where its header does not tell."""

    seconds: float | None


class SoundStream(NamedTuple):
    """Sound that is still to come: the number of its utterance, the epoch that it is of, and where
    to write it."""

    utterance: int
    epoch: int
    end: socket.socket


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One session: `state` is a word for people (connecting, live, ...); `seconds` its age.
    speaking: as `is_speaking` has it. engine: who draws the face. reference: the voice or recording
    that it was given (`refaudio`), else the setting `voice`. recording: whether a recording of it
    is being made. actions: the clips that it has, by LiveTalking's names."""

    sessionid: str
    avatar: str
    state: str
    speaking: bool
    seconds: float
    engine: str = ""
    reference: str = ""
    recording: bool = False
    transport: str = "webrtc"
    actions: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """What a body can do. faces: whether it is played while somebody speaks, else it waits. loop:
    whether it is repeated unless that is not wanted. number: LiveTalking's `audiotype`, 0 if it has
    none. sound: whether it has one of its own."""

    name: str
    faces: bool
    loop: bool
    number: int
    sound: bool


@dataclass(frozen=True, slots=True)
class AvatarInfo:
    """Someone who can be shown. engine: who draws the face. replaceable: whether a session may
    have a background of its own. prepared: False where the first session has to wait for it.
    broken: why it cannot be shown, "" if it can. default: shown where nobody is named. builtin: it
    came with ringtalk. sheet: whether it has a contact sheet. actions: what its body can do."""

    name: str
    width: int
    height: int
    engine: str
    replaceable: bool
    prepared: bool
    broken: str = ""
    builtin: bool = False
    sheet: bool = False
    default: bool = False
    actions: tuple[ActionInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class AvatarPicture:
    """A picture of an avatar, or what else lies beside it, as a file's bytes; kind: its media
    type."""

    content: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class MakingEngine:
    """A face engine for which avatars are made. photo, clip: what of. lacking: why its avatars
    cannot be made, or not be shown, on this machine, and what to do; "" if they can."""

    name: str
    photo: bool
    clip: bool
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class AvatarWish:
    """An avatar that somebody wants. model: as they said, for the answers; engine: the face engine.
    steady: whether boxes are smoothed. replace: whether one of this name is replaced, once the new
    one is whole. task: the id that they want, "" for any. notify: whom to tell, "" for nobody.
    background: of a photo, `#rrggbb`, "" for its own. face: of several, from the left, 0 for the
    only one."""

    model: str
    engine: str
    name: str
    steady: bool = True
    replace: bool = False
    task: str = ""
    notify: str = ""
    background: str = ""
    face: int = 0


TaskStatus = Literal["pending", "running", "completed", "failed", "deleted"]
"""`deleted` is told to followers only: the task is gone."""


@dataclass(frozen=True, slots=True)
class AvatarTaskInfo:
    """A task that makes an avatar, as things are. progress: 0 to 100. step: what is done now.
    start_time: when it was asked for, end_time: when it ended; seconds since 1970. figures: how
    good the avatar is. notify_error: why the last notification did not arrive."""

    task_id: str
    model_type: str
    engine: str
    avatar_id: str
    status: TaskStatus
    progress: int
    step: str
    error_msg: str
    figures: str
    notify_url: str
    notify_error: str
    start_time: float
    end_time: float | None
    duration: float


@dataclass(frozen=True, slots=True)
class ActorHealth:
    """One actor: its process (None between two lives), state, and restarts so far."""

    pid: int | None
    state: str
    restarts: int


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service works, and why not if not. lacking: what the machine has too little of
    for another session, "" if nothing."""

    ready: bool
    actors: dict[str, ActorHealth]
    sessions: int
    capacity: int
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class ViewerAnswer:
    """The SDP answer to who wants to watch, and the id by which they leave."""

    sdp: str
    viewer: str


@dataclass(frozen=True, slots=True)
class OutputInfo:
    """One output: url without any secret; state, why and attempt as runtime.messages.OutputState
    has them."""

    id: str
    sessionid: str
    kind: str
    url: str
    state: str
    why: str
    attempt: int


class SessionLifecycle(Protocol):
    """Sessions begin and end."""

    async def open(
        self,
        sdp: str,
        type: str,
        avatar: str | None,
        background: str = "",
        resume: str = "",
        custom: str = "",
        style: SpeechStyle | None = None,
        mark: MarkWish = USUAL_MARK,
        matte: bool = False,
    ) -> SessionAnswer:
        """Begin a session; `avatar` None means the setting, `background` "" the avatar's own.
        `custom` is LiveTalking's custom_config, which numbers the avatar's actions; style: whom
        the session sounds like where a request does not say; mark: whether its pictures say in
        words that a machine made them; matte: whether each has its matte below it, in front of
        black.

        It goes on with the conversation of the session `resume`, which ends with that, if it
        has not yet; without it where that is not known (any more).

        Raises BadOffer, AtCapacity, NotReady, UnknownAvatar, BadAction, MarkRequired, and as
        `set_background` does.
        """

    async def begin(self, avatar: str | None, background: str = "") -> str:
        """Begin a session that has no caller, seen by viewers and outputs only; its id.

        Raises AtCapacity, NotReady, UnknownAvatar, and as `set_background` does."""

    async def close(self, sessionid: str) -> None:
        """End a session and free all that it holds. Raises UnknownSession."""

    def all(self) -> list[SessionInfo]:
        """Every session there is."""


class SpeechInput(Protocol):
    """What a session is given to say, and its silencing."""

    async def say(
        self,
        sessionid: str,
        text: str,
        *,
        style: SpeechStyle,
        interrupt: bool,
        markup: MarkupRule = "strip",
        tts: Mapping[str, object] | None = None,
    ) -> Sequence[str]:
        """Queue `text` to be spoken, after an interrupt if wanted; returns what of `style` no voice
        can use, in words.

        An empty field of `style` means the setting; markup: "keep" speaks every sign of it.
        tts: the request's, which its events tell again.
        Raises UnknownSession, QueueFull, TextRefused, CannotSpeak, NotReady.
        """

    async def chat(
        self,
        sessionid: str,
        text: str,
        *,
        style: SpeechStyle,
        interrupt: bool,
        tts: Mapping[str, object] | None = None,
    ) -> Sequence[str]:
        """Queue the language model's answer to `text`, as `say` does.

        Raises UnknownSession, NotConfigured, QueueFull, NotReady.
        """

    async def say_sound(
        self, sessionid: str, sound: int, name: str, *, interrupt: bool
    ) -> SoundAccepted:
        """Queue a recording. `sound` is a memfd at offset 0 that holds the whole file.

        From this call on the service owns `sound` and closes it, also when it raises.
        `name` is the client's name for the file: for messages only, never a path.
        Raises UnknownSession, QueueFull, UnreadableSound, BrokenSound, SoundTooLong, NotReady.
        """

    async def stream(self, sessionid: str, rate: int) -> SoundStream:
        """Queue sound that is still to come: its utterance, and a stream socket's end to write it
        to.

        Takes int16 little-endian mono at `rate` Hz; closing it says that the utterance is
        complete. The other end is closed when an interrupt, or the session's end, overtakes it.
        Never blocks; the caller closes it. Raises UnknownSession, QueueFull, NotReady.
        """

    async def transcribe(self, sound: bytes) -> str:
        """The words in a sound, int16 little-endian mono at 16 kHz; "" if none were understood.

        Raises NotConfigured, ServiceFailed, NotReady."""

    def epoch(self, sessionid: str) -> int:
        """How often the session was interrupted: what was sent to it before is void.

        Raises UnknownSession."""

    def interrupt(self, sessionid: str) -> None:
        """Silence the session now: one atomic increment. Raises UnknownSession."""

    def hold(self, sessionid: str) -> None:
        """Speech stops at the next tick and waits where it is, until `resume` or an interrupt.

        Raises UnknownSession, TooManyRequests."""

    def resume(self, sessionid: str) -> None:
        """Speech that a client held goes on where it was. Raises UnknownSession."""

    def is_speaking(self, sessionid: str) -> bool:
        """Whether an utterance waits or is being heard: true from when it is accepted to its last
        tick.

        Raises UnknownSession.
        """


class ActionControl(Protocol):
    """What the body does."""

    async def play(self, sessionid: str, name: str, loop: bool | None = None) -> None:
        """Play an action of the session's avatar with the next tick, once or again and again;
        `loop` None: as the action says. One with a sound of its own begins with that.

        Raises UnknownSession, UnknownAction, BadAction, QueueFull, NotReady.
        """

    async def play_number(self, sessionid: str, number: int) -> None:
        """Play the action of this number, LiveTalking's `audiotype`; 0 and -1: none.

        Raises what `play` does."""

    async def rest(self, sessionid: str) -> None:
        """Back to the idle loop with the next tick. Raises UnknownSession, NotReady."""


class AppearanceControl(Protocol):
    """Who is shown, and in front of what."""

    async def avatars(self) -> list[AvatarInfo]:
        """Everyone who can be shown, as things are now; prepares nobody."""

    async def set_background(self, sessionid: str, background: str) -> None:
        """From the next tick on this is behind the person: "", #rrggbb or a picture's id.

        Raises UnknownSession, FixedBackground, BadBackground, UnknownBackground, NotReady,
        TooManyRequests.
        """

    async def set_avatar(self, sessionid: str, avatar: str) -> None:
        """From the next tick on this avatar is shown; faces that are made already come first.

        Raises UnknownSession, UnknownAvatar, OtherShape, NotReady.
        """

    async def keep_background(self, picture: bytes) -> str:
        """Keep an uploaded picture; its id.

        Raises UnreadablePicture, PictureTooLarge, BadBackground.
        """


class RecordingControl(Protocol):
    """What sessions sent, kept as films."""

    async def start(self, sessionid: str) -> RecordingRow:
        """Record the session from its next picture on.

        Raises UnknownSession, AlreadyRecording, NotRecording, StorageFailed, NotReady."""

    async def end(self, sessionid: str) -> RecordingRow:
        """End the session's recording; its film is whole when this returns.

        Raises UnknownSession, NotRecording, NotReady."""

    async def all(self) -> list[RecordingRow]:
        """Every recording, the newest first."""

    async def film(self, recording: str) -> Path:
        """The film's file. Raises UnknownRecording, StillRecording."""

    async def captions(self, recording: str) -> Path:
        """The file of its captions, WebVTT. Raises as `film` does."""

    async def film_of(self, sessionid: str) -> Path:
        """The newest film of a session, which may have ended. Raises as `film` does."""

    async def remove(self, recording: str) -> None:
        """Remove a recording. Raises as `film` does, and StorageFailed."""


class Distribution(Protocol):
    """Who sees a session beside its caller."""

    async def watch(self, sessionid: str, sdp: str) -> ViewerAnswer:
        """Answer the offer of somebody who wants to watch (WHEP).

        Raises UnknownSession, BadOffer, NoCommonCodec, TooManyViewers, NotReady."""

    async def unwatch(self, sessionid: str, viewer: str) -> None:
        """They leave. Raises UnknownSession, UnknownViewer, NotReady."""

    async def open_output(
        self, sessionid: str, kind: OutputKind, url: str, token: str = ""
    ) -> OutputInfo:
        """Send the session there too, until it ends or `close_output`; how it goes is told by
        events.

        Raises UnknownSession, OutputRefused, TooManyOutputs, NotReady."""

    def outputs(self, sessionid: str = "") -> list[OutputInfo]:
        """Of this session, of all if "". Raises UnknownSession."""

    async def close_output(self, output: str) -> None:
        """End an output. Raises UnknownOutput, NotReady."""


class RoomJoining(Protocol):
    """Sessions in LiveKit rooms."""

    async def join(self, url: str, token: str, avatar: str | None, background: str = "") -> str:
        """Begin a session that is in a room, with picture and sound, when this returns; its id.

        Raises OutputRefused, RoomNotJoined, and as `SessionLifecycle.begin` does."""


class AvatarKeeping(Protocol):
    """The avatars that were made here."""

    async def sheet(self, name: str) -> AvatarPicture:
        """The contact sheet. Raises NoSuchAvatar."""

    async def preview(self, name: str) -> AvatarPicture:
        """A film of it in speech. Raises NoSuchAvatar."""

    async def report(self, name: str) -> AvatarPicture:
        """How good it is, JSON. Raises NoSuchAvatar."""

    async def poster(self, name: str) -> AvatarPicture:
        """What it looks like; nobody is prepared for it. Raises NoSuchAvatar."""

    async def remove(self, name: str) -> None:
        """Delete it; sessions that show it go on. Raises NoSuchAvatar, AvatarKept,
        StorageFailed."""

    async def rename(self, name: str, to: str) -> None:
        """Sessions that show it go on.

        Raises NoSuchAvatar, AvatarKept, BadAvatarTask, AvatarTaken, StorageFailed."""


class TaskFollowing(Protocol):
    """Whoever watches tasks; a context manager, so that it leaves."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def next(self) -> list[AvatarTaskInfo]:
        """What changed, as it is now; at first everything. Waits until something did; []: nothing
        will any more. May be cancelled: nothing is lost by it."""


class AvatarMaking(Protocol):
    """Avatars are made, one at a time, beside the sessions."""

    def engines(self) -> list[MakingEngine]:
        """For which engines."""

    async def order(self, wish: AvatarWish, source: int, name: str) -> AvatarTaskInfo:
        """Queue it. source: a descriptor of the clip or photo, at offset 0; from this call on the
        service owns it and closes it, also when it raises. name: the client's for the file.

        Raises BadAvatarTask, AvatarTaken, TaskTaken, TasksFull, NotifyForbidden, StorageFailed,
        NotReady."""

    async def source(self, path: str) -> tuple[int, str]:
        """A descriptor of a file of this machine that the settings allow, and its name.

        Raises SourceForbidden."""

    def task(self, task: str) -> AvatarTaskInfo:
        """As it is now. Raises UnknownTask."""

    def tasks(self) -> list[AvatarTaskInfo]:
        """All that are known, the newest first."""

    async def cancel(self, task: str) -> AvatarTaskInfo:
        """Take it back while it waits: then it is deleted; or end it while it runs: then it has
        failed. Raises UnknownTask, and TaskTaken if it has ended."""

    def watch(self, task: str | None) -> TaskFollowing:
        """Follow one task to its end, or all of them. Raises UnknownTask, QueueFull."""


class EventFeed(Protocol):
    """What sessions tell."""

    def follow(self, sessionid: str, after: int) -> Follower:
        """The session's events behind number `after`, 0 for all that are kept.

        Raises UnknownSession, and QueueFull when too many follow already."""


class HealthReport(Protocol):
    """How the actors are, and what they measured."""

    def state(self) -> Health:
        """The state of the actors, for /healthz."""

    def obstacle(self) -> str:
        """Why a new session could not begin now, for /readyz; "" if it could."""

    async def trace(self, seconds: float) -> Rows:
        """The ticks that left in the last `seconds`, with their stamps, in their order."""

    async def metrics(self) -> bytes:
        """Every counter of every actor, in the Prometheus text exposition format 0.0.4."""


class OperationsReport(Protocol):
    """What an operator watches."""

    def watching(self) -> AbstractContextManager[None]:
        """While somebody watches. Raises QueueFull when too many do already."""

    async def look(self) -> Operations:
        """The service now; shared by all who ask within half a second."""

    async def until_next(self) -> bool:
        """Wait until it is time for the next look; False once the service stops."""


class SessionService(Protocol):
    """The supervisor as the API sees it. No method blocks the event loop."""

    @property
    def sessions(self) -> SessionLifecycle:
        """Sessions begin and end here."""

    @property
    def speech(self) -> SpeechInput:
        """What they say."""

    @property
    def actions(self) -> ActionControl:
        """What their bodies do."""

    @property
    def appearance(self) -> AppearanceControl:
        """How they look."""

    @property
    def recordings(self) -> RecordingControl:
        """What of them is kept."""

    @property
    def distribution(self) -> Distribution:
        """Who sees them beside their callers."""

    @property
    def rooms(self) -> RoomJoining:
        """In whose rooms they are."""

    @property
    def library(self) -> AvatarKeeping:
        """The avatars that were made."""

    @property
    def making(self) -> AvatarMaking:
        """New ones."""

    @property
    def events(self) -> EventFeed:
        """What they tell."""

    @property
    def health(self) -> HealthReport:
        """How the actors are."""

    @property
    def operations(self) -> OperationsReport:
        """What an operator watches."""

    async def start(self) -> None:
        """Bring every actor up; returns when a session can begin."""

    async def stop(self) -> None:
        """Let the sessions drain (`drain_seconds` at most), then end every actor."""
