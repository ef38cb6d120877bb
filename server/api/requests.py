"""What clients send as JSON, checked.

The names are LiveTalking's (docs/api.md there). Fields that nobody knows are ignored,
so that its clients work; a session id may be a number or a string: LiveTalking's pages send
`parseInt(sessionid)`.
Owns nothing.
"""

from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from data.marking import MarkCorner, MarkLanguage, MarkWish
from data.services import MarkupRule, SpeechStyle
from runtime import limits
from runtime.errors import TextRefused
from runtime.output_kinds import OutputKind

SLOWEST, FASTEST = 0.5, 2.0


_SessionIdInput = Annotated[str, Field(max_length=limits.SESSION_ID)] | int
_ResumeInput = Annotated[str, Field(max_length=limits.SESSION_ID)] | int | None
_ActionInput = Annotated[str, Field(max_length=limits.ACTION)] | None
_CustomInput = Annotated[str, Field(max_length=limits.CUSTOM_CONFIG)] | None
_BackgroundInput = Annotated[str, Field(max_length=limits.BACKGROUND)] | None


def _number_as_text(value: object) -> object:
    """7 and 7.0 as "7": JSON has one kind of number; the rest is left for pydantic to judge."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _null_as_empty(value: object) -> object:
    return "" if value is None else value


def _null_as_false(value: object) -> object:
    return False if value is None else value


def _whole(value: object) -> object:
    """Refuse half a surrogate pair: JSON can spell it, UTF-8 cannot (RFC 8259, section 8.2)."""
    try:
        if isinstance(value, str):
            value.encode()
    except UnicodeEncodeError as error:
        msg = f"has half of a surrogate pair at character {error.start}"
        raise PydanticCustomError("half_character", "{why}", {"why": msg}) from error
    return value


def _short_sdp(value: str) -> str:
    size = len(value.encode())
    if size > limits.SDP_BYTES:
        msg = f"has {size} bytes in UTF-8; {limits.SDP_BYTES} are allowed"
        raise PydanticCustomError("sdp_too_long", "{why}", {"why": msg})
    return value


_WHOLE = BeforeValidator(_whole)
AvatarName = Annotated[str, Field(max_length=limits.AVATAR), _WHOLE]
VoiceWord = Annotated[str, Field(max_length=limits.VOICE), _WHOLE]
ActionName = Annotated[
    str,
    Field(
        max_length=limits.ACTION,
        description="An action of the session's avatar (`/avatars`); empty: back to the idle loop.",
    ),
    _WHOLE,
    BeforeValidator(_null_as_empty, json_schema_input_type=_ActionInput),
]
CustomConfig = Annotated[
    str,
    Field(
        max_length=limits.CUSTOM_CONFIG,
        description="LiveTalking's list of {audiotype, imgpath, audiopath}, as JSON in a string: "
        "numbers for `/set_audiotype`. `imgpath` is the name of an action of the avatar, or the "
        "folder that it was imported from; no file is opened by it. 422 for another.",
    ),
    _WHOLE,
    BeforeValidator(_null_as_empty, json_schema_input_type=_CustomInput),
]
Instructions = Annotated[str, Field(max_length=limits.INSTRUCTIONS), _WHOLE]
Reference = Annotated[str, Field(max_length=limits.REFERENCE), _WHOLE]
ReferenceText = Annotated[str, Field(max_length=limits.REFERENCE_TEXT), _WHOLE]
Language = Annotated[str, Field(max_length=limits.LANGUAGE), _WHOLE]
SpokenText = Annotated[
    str,
    _WHOLE,
    Field(
        description="At most `max_text` characters (a setting).",
        json_schema_extra={"maxLength": limits.TEXT},  # check_text has the setting's
    ),
]
Sdp = Annotated[
    str,
    Field(max_length=limits.SDP_BYTES, description="The offer's SDP, with its ICE candidates."),
    _WHOLE,
    AfterValidator(_short_sdp),
]
SessionId = Annotated[
    str,
    Field(
        max_length=limits.SESSION_ID,
        description="The session: `sessionid` of the answer of /offer.",
    ),
    _WHOLE,
    BeforeValidator(_number_as_text, json_schema_input_type=_SessionIdInput),
]
Background = Annotated[
    str,
    Field(
        max_length=limits.BACKGROUND,
        description="What is behind the person: empty is the avatar's own, `#rrggbb` a colour, "
        "else the `id` of a picture (`/backgrounds`). 409 where the avatar's own cannot be "
        "replaced: `/avatars` says of which it can.",
    ),
    _WHOLE,
    BeforeValidator(_null_as_empty, json_schema_input_type=_BackgroundInput),
]
Resume = Annotated[
    str,
    Field(
        max_length=limits.SESSION_ID,
        description="The `sessionid` of a session that was lost: the new one goes on with its "
        "conversation, and it ends, if it has not yet. One that is not known (any more; see the "
        "setting `resume_seconds`) leaves it a new conversation.",
    ),
    _WHOLE,
    BeforeValidator(_null_as_empty),
    BeforeValidator(_number_as_text, json_schema_input_type=_ResumeInput),
]
Interrupt = Annotated[
    bool,
    BeforeValidator(_null_as_false, json_schema_input_type=bool | None),
    Field(description="Silence what is being said first."),
]
Markup = Annotated[
    MarkupRule,
    Field(
        description="What `echo` does with a text's markup. `strip`: of Markdown, HTML, SSML and a "
        "model's thoughts only the words are spoken, as of an answer; code in fences is left out, "
        "a table is read row by row, an address as its host, `<break>` is a pause. `keep`: every "
        "character is spoken as it is."
    ),
]


class Of(BaseModel):
    """A request about one session."""

    sessionid: SessionId


class Voice(BaseModel):
    """How a text is to be spoken. What else is in it is told again by the events."""

    model_config = ConfigDict(extra="allow")

    voice: VoiceWord | None = Field(
        default=None, description="A voice's name; null picks one by language."
    )
    speed: float = Field(
        default=1.0,
        ge=SLOWEST,
        le=FASTEST,
        description="Pace; 1.0 is the voice's own, 2.0 twice as fast.",
    )
    emotion: VoiceWord | None = Field(
        default=None, description="An emotion, for voices that have some: their own word for it."
    )
    reference: Reference | None = Field(
        default=None, description="Whom to sound like, for voices that can: a name or a URL."
    )
    reference_text: ReferenceText | None = Field(
        default=None, description="What is said in the reference."
    )
    language: Language | None = Field(
        default=None, description="Language code of the text; null: it is found out."
    )
    ref_file: Reference | None = Field(
        default=None,
        description="LiveTalking's: a voice's name, or a recording to sound like, whichever the "
        "voice takes. A recording of this machine is one in the service's `reference_dir` (setting "
        "`tts`).",
    )
    ref_text: ReferenceText | None = Field(
        default=None, description="LiveTalking's name for `reference_text`."
    )
    instructions: Instructions | None = Field(
        default=None, description="LiveTalking's name for `emotion`, in words."
    )
    task_type: VoiceWord | None = Field(
        default=None, description="LiveTalking's; no voice here takes one."
    )

    def style(self) -> SpeechStyle:
        """As the actors are told."""
        language = self.language or ""
        return SpeechStyle(
            voice=self.voice or "",
            speed=self.speed,
            emotion=self.emotion or self.instructions or "",
            reference=self.reference or "",
            reference_text=self.reference_text or self.ref_text or "",
            language=_LANGUAGES.get(language.lower(), language),
            ref_file=self.ref_file or "",
            task_type=self.task_type or "",
        )

    def told(self) -> dict[str, object]:
        """As it was sent, for the events."""
        return self.model_dump(exclude_unset=True)


_LANGUAGES: Final = {
    "auto": "",
    "chinese": "zh",
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
}
"""Languages by name, as LiveTalking's clients of vLLM-Omni send them."""


class Human(Of):
    """A text for a session."""

    type: Literal["echo", "chat"] = Field(
        description="`echo` speaks the text; `chat` answers it: the language model of the setting "
        "`llm.url` does, or the guide."
    )
    text: SpokenText
    interrupt: Interrupt = False
    markup: Markup = "strip"
    tts: Voice | None = Field(
        default=None, description="How to speak it; null speaks it the usual way."
    )


class WantedMark(BaseModel):
    """Words in the picture that say that a machine made it."""

    language: MarkLanguage | None = Field(
        default=None, description="Theirs; null takes the setting `marking.language`."
    )
    corner: MarkCorner | None = Field(
        default=None, description="Where they stand; null takes the setting `marking.corner`."
    )


class Offer(BaseModel):
    """A WebRTC offer (RFC 8829), from a client that receives sound and picture."""

    sdp: Sdp
    type: Literal["offer"] = Field(description="Always `offer`.")
    avatar: AvatarName | None = Field(
        default=None, description="Who is shown; null takes the setting `avatar`."
    )
    background: Background = ""
    mark: bool | WantedMark | None = Field(
        default=None,
        description="Whether the picture says in words that a machine made it, and how; null as "
        "the setting `marking.visible` says. `false` is refused with 403 where that is `always`.",
    )
    matte: Literal["packed"] | None = Field(
        default=None,
        description="`packed`: a transparent face. The picture is twice as high: above the person "
        "in front of black, below in grey how opaque each pixel is. `background` has to be empty. "
        "409 where the avatar's background is part of its pictures (`replaceable` in /avatars).",
    )
    embedded: bool = Field(
        default=False,
        description="Whether the face is shown in a page of somebody else, as `<ring-talk>` says; "
        "`marking.visible` asks. Pages of other origins and session tokens count as such anyway.",
    )
    resume: Resume = ""
    custom_config: CustomConfig = ""
    refaudio: Reference | None = Field(
        default=None,
        description="LiveTalking's: `tts.ref_file` of every text that names no voice or reference.",
    )
    reftext: ReferenceText | None = Field(
        default=None, description="LiveTalking's: what is said in `refaudio`."
    )

    @field_validator("matte")
    @classmethod
    def _one_background(cls, matte: str | None, info: ValidationInfo) -> str | None:
        if matte and info.data.get("background"):
            raise PydanticCustomError(
                "matte", "a transparent face has no background; leave out one of the two"
            )
        return matte

    def mark_wish(self, embedded: bool) -> MarkWish:
        """What is wanted of the mark; embedded: what the request itself says of that."""
        embedded = embedded or self.embedded
        if isinstance(self.mark, WantedMark):
            return MarkWish(True, embedded, self.mark.language, self.mark.corner)
        return MarkWish(self.mark, embedded)

    def style(self) -> SpeechStyle | None:
        """Whom the session sounds like; None: the usual voice."""
        if not self.refaudio:
            return None
        return SpeechStyle(ref_file=self.refaudio, reference_text=self.reftext or "")


class PlayedAction(Of):
    """What a session's body is to do."""

    name: ActionName
    loop: bool | None = Field(
        default=None,
        description="`true` plays it again and again until another one is wanted, `false` once; "
        "null as the action says (`/avatars`).",
    )


class AudioType(Of):
    """LiveTalking's number of an action."""

    audiotype: int = Field(
        description="The action of this number; 0 and -1, and 1 where no action has that, are the "
        "idle loop."
    )


class SetAvatar(Of):
    """Another avatar for a running session."""

    avatar: AvatarName = Field(description="Who is to be shown; `/avatars` says who can be.")


class NewSession(BaseModel):
    """A session without a caller."""

    avatar: AvatarName | None = Field(
        default=None, description="Who is shown; null takes the setting `avatar`."
    )
    background: Background = ""


class JoinRoom(BaseModel):
    """A LiveKit room in which an agent wants its face."""

    url: Annotated[str, Field(max_length=limits.REFERENCE), _WHOLE] = Field(
        description="The LiveKit server's URL: `wss://…` or `ws://…`. Its host is this machine, or "
        "one of the setting `output_hosts`."
    )
    token: Annotated[str, Field(min_length=1, max_length=limits.ROOM_TOKEN), _WHOLE] = Field(
        pattern=r"^[!-~]*$",
        description="The access token of the avatar: kind `agent`, a grant to join the room, and "
        "the attribute `lk.publish_on_behalf` with the agent's identity.",
    )
    avatar: AvatarName | None = Field(
        default=None, description="Who is shown; null takes the setting `avatar`."
    )
    background: Background = ""


class NewOutput(Of):
    """Where a session is to be sent too."""

    kind: OutputKind = Field(
        description="`rtmp` or `rtmps` (H264 and AAC), `whip` (RFC 9725), `file`, `virtualcam`, "
        "`livekit` (a room), `ticks` (pictures and sound uncoded, for a program of this machine)."
    )
    url: Annotated[str, Field(max_length=limits.REFERENCE), _WHOLE] = Field(
        default="",
        description="The server's URL, with the key; a new file's name in `output_folder`; a "
        "camera's device, empty for the first; of `ticks` nothing, the answer has it.",
    )
    token: Annotated[str, Field(max_length=limits.REFERENCE), _WHOLE] = Field(
        default="",
        pattern=r"^[!-~]*$",
        description="Bearer token for a WHIP server, access token for a room.",
    )


class SetBackground(Of):
    """Another background for a running session."""

    background: Background


class Record(Of):
    """Begin or end a recording."""

    type: Literal["start_record", "end_record"] = Field(
        description="`start_record` begins a recording of the session, `end_record` ends it."
    )


def check_text(text: str, longest: int) -> None:
    """Raises TextRefused for a text that is empty or has more than `longest` characters."""
    if not text.strip():
        raise TextRefused("text: is empty; send something to speak")
    if len(text) > longest:
        raise TextRefused(
            f"text: has {len(text)} characters; allowed are {longest} (setting max_text)"
        )
