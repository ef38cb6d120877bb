"""What the service is told of the services that it uses: plain types, each field once.

Checked by the settings (runtime.settings), carried to the actors (runtime.messages), read by
the clients in models. A field's text is what docs/settings.md says of it. Owns nothing.
"""

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import Field, with_config

from data.field_types import FROM_JSON, STRICT, Milliseconds, Seconds
from data.secret import Secret
from data.tools import HttpTool, McpService

MarkupRule = Literal["strip", "keep"]
"""strip: a text is spoken without thoughts, markup and tags. keep: as it is."""

TtsKind = Literal[
    "azure",
    "cosyvoice",
    "doubao",
    "edge",
    "fish",
    "gpt-sovits",
    "indextts",
    "kokoro",
    "openai",
    "piper",
    "qwen",
    "tencent",
    "xtts",
]


@with_config(STRICT)
@dataclass(frozen=True)
class SpeechStyle:
    """How a text is to be spoken: a request's `tts` object. An empty field says nothing."""

    voice: str = ""
    speed: float = 1.0
    emotion: str = ""
    reference: str = ""
    reference_text: str = ""
    language: str = ""
    ref_file: str = ""
    """A voice's name or a recording, whichever the voice takes."""
    task_type: str = ""
    lenient: bool = False
    """An unknown voice is no fault: the usual one speaks."""

    def over(self, usual: "SpeechStyle") -> "SpeechStyle":
        """This one; where it does not say whom to sound like, as `usual` says."""
        if self.voice or self.reference or self.ref_file:
            return self
        text = self.reference_text or usual.reference_text
        return replace(self, ref_file=usual.ref_file, reference_text=text)


@with_config(STRICT)
@dataclass(frozen=True)
class LlmService:
    """An endpoint that speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, DashScope."""

    url: Annotated[
        str,
        Field(
            description="Base URL of an OpenAI-compatible endpoint, such as "
            "`http://localhost:11434/v1`; empty: the guide answers (setting `guide`)."
        ),
    ] = ""
    api: Annotated[
        Literal["chat", "responses", "realtime"],
        Field(
            description="How it is asked: OpenAI's chat completions, which nearly all speak, "
            "its Responses, or its Realtime API: the model itself hears and speaks."
        ),
    ] = "chat"
    key: Annotated[Secret, Field(description="API key.")] = field(default="", repr=False)
    model: Annotated[str, Field(description="Model that is asked.")] = ""
    voice: Annotated[
        str, Field(description="Of `realtime`: the voice of the model; empty: its usual one.")
    ] = ""
    transcription: Annotated[
        str, Field(description="Of `realtime`: the model that writes down what the person says.")
    ] = "gpt-4o-mini-transcribe"
    system: Annotated[
        str,
        Field(description="System prompt; a line `@PATH` in it is what is in that file."),
    ] = "You are speaking aloud with a person. Answer briefly, in plain sentences without markup."
    temperature: Annotated[
        float, Field(ge=-1, le=2, description="Sampling temperature; -1 leaves it to the endpoint.")
    ] = 0.7
    history: Annotated[
        int, Field(ge=0, le=1000, description="Turns of a session that are sent again.")
    ] = 20
    first_seconds: Annotated[
        Seconds, Field(description="How long the first token may take, and each pause after it.")
    ] = 20.0
    speculate: Annotated[
        bool,
        Field(
            description="Whether the model is asked, unheard, before it is sure that a person has "
            "finished; what it says to one who goes on is thrown away, and costs its tokens."
        ),
    ] = True
    apology: Annotated[
        str, Field(description="Spoken when the endpoint fails; empty: nothing is.")
    ] = ""
    filler: Annotated[
        str,
        Field(
            description="Said where nothing of the answer is there after `filler_ms`, such as "
            "`Hm.`; empty: nothing is."
        ),
    ] = ""
    filler_ms: Annotated[
        Milliseconds,
        Field(description="How long the answer may take before the filler is said, in ms."),
    ] = 700
    tools: Annotated[
        tuple[HttpTool, ...],
        FROM_JSON,
        Field(
            description="Functions that the model may call: HTTP endpoints. See "
            "docs/conversation.md.",
            json_schema_extra={
                "allowed": "list of tables `name`, `description`, `url`, `parameters`, `method`, "
                "`headers`, `read_only`, `seconds`; JSON in the environment",
                "default": "[]",
            },
        ),
    ] = ()
    mcp: Annotated[
        tuple[McpService, ...],
        FROM_JSON,
        Field(
            description="Servers whose tools the model may call, by the Model Context Protocol "
            "(the extra `mcp`).",
            json_schema_extra={
                "allowed": "list of tables `name`, and `command`, `environment` or `url`, "
                "`headers`; `tools`, `seconds`; JSON in the environment",
                "default": "[]",
            },
        ),
    ] = ()
    tool_rounds: Annotated[
        int,
        Field(
            ge=1,
            le=50,
            description="How often the model may call tools for one answer before it has to give "
            "it.",
        ),
    ] = 5
    moment_ms: Annotated[
        Milliseconds,
        Field(
            description="How long tools may take before the face says so, in the language of the "
            "turn; 0: it never does."
        ),
    ] = 2000
    moment: Annotated[
        str,
        Field(description="What it says then; empty: `One moment, please.` in that language."),
    ] = ""


@with_config(STRICT)
@dataclass(frozen=True)
class AsrService:
    """What turns a person's speech into text."""

    kind: Annotated[
        Literal["auto", "", "faster-whisper", "openai", "openai-realtime", "deepgram", "funasr"],
        Field(
            description="Engine; `auto`: the service at `url`, else Whisper on this machine where "
            "it is installed (the extra `talk` brings tiny.en, for English); empty: nothing is "
            "transcribed."
        ),
    ] = "auto"
    model: Annotated[
        str, Field(description="Path or hub name of a CTranslate2 Whisper, or a remote model.")
    ] = ""
    url: Annotated[
        str,
        Field(
            description="Base URL of an OpenAI-compatible `/audio/transcriptions`, or of the "
            "WebSocket of the other kinds (`wss://…`)."
        ),
    ] = ""
    key: Annotated[Secret, Field(description="API key.")] = field(default="", repr=False)
    language: Annotated[str, Field(description="Language code; empty: it is detected.")] = ""
    partial_ms: Annotated[
        Milliseconds,
        Field(description="How often a sentence is transcribed while it is spoken; 0: never."),
    ] = 0
    seconds: Annotated[Seconds, Field(description="How long one transcription may take.")] = 20.0


@with_config(STRICT)
@dataclass(frozen=True)
class Listening:
    """When a person counts as speaking, and what that does to the face's own speech."""

    threshold: Annotated[
        float, Field(gt=0, lt=1, description="Probability from which a window counts as voice.")
    ] = 0.4
    min_speech_ms: Annotated[
        Milliseconds, Field(description="Voice that makes a turn; less is a noise.")
    ] = 200
    early_ms: Annotated[
        Milliseconds,
        Field(
            description="Silence after which the words so far are looked for, in case the turn is "
            "over, and the end-of-turn network is asked; 0: not before `silence_ms`."
        ),
    ] = 60
    short_silence_ms: Annotated[
        Milliseconds,
        Field(
            description="Silence that ends a question, a request or a short reply, where the "
            "end-of-turn network calls it complete; 0: only `silence_ms` does."
        ),
    ] = 180
    statement_silence_ms: Annotated[
        Milliseconds,
        Field(
            description="Silence that ends any other sentence that the network calls complete: a "
            "statement often goes on after a breath; 0: only `silence_ms` does."
        ),
    ] = 400
    silence_ms: Annotated[Milliseconds, Field(description="Silence that ends a person's turn.")] = (
        500
    )
    patience_ms: Annotated[
        Milliseconds,
        Field(
            description="Silence that ends a turn where the person seems to think: the network "
            "does not call it complete, or its words break off. Not less than `silence_ms`."
        ),
    ] = 2000
    padding_ms: Annotated[
        Milliseconds, Field(description="Sound kept from before the first voice.")
    ] = 300
    longest_seconds: Annotated[Seconds, Field(description="A turn is cut after so long.")] = 120.0
    barge_in: Annotated[bool, Field(description="Whether a person who speaks stops the face.")] = (
        True
    )
    echo_gate: Annotated[
        bool,
        Field(
            description="Whether a voice that is the face's own, come back through a loudspeaker, "
            "is known and left alone."
        ),
    ] = True
    pause_ms: Annotated[
        Milliseconds, Field(description="Voice after which the face holds its tongue.")
    ] = 60
    barge_ms: Annotated[
        Milliseconds,
        Field(description="Voice that makes an interruption; after less the face speaks on."),
    ] = 400
    barge_words: Annotated[
        int,
        Field(ge=0, le=20, description="Words that make an interruption, where there is an ASR."),
    ] = 1
    resume_ms: Annotated[
        Milliseconds, Field(description="Silence after which a false alarm is over.")
    ] = 300


@with_config(STRICT)
@dataclass(frozen=True)
class TtsService:
    """An account at a service that speaks, or a local engine beside the built-in voices."""

    name: Annotated[str, Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    kind: TtsKind
    url: str = ""
    key: Secret = field(default="", repr=False)
    model: str = ""
    voice: str = ""
    language: str = ""
    region: str = ""
    account: Secret = ""
    key_id: Annotated[Secret, Field(description="The public half of a pair (SecretId).")] = ""
    reference: str = ""
    reference_text: str = ""
    reference_dir: Annotated[
        str, Field(description="The folder whose recordings requests may name (`ref_file`).")
    ] = ""
    first_seconds: Seconds = 10.0
