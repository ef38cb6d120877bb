"""The services over HTTP, a row each: where, what is asked, how the answer is shaped.

Each function named here says in its docstring where its protocol is published, and which
fields of a style it lacks. Owns nothing.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from data.services import TtsKind, TtsService
from models.voice.remote import clouds, own_servers
from models.voice.remote.answers import Hear, events, json_lines, sound
from models.voice.remote.service_request import ServiceRequest
from models.voice.remote.speech_request import SpeechRequest

SOUND_TYPES: Final = ("audio/", "application/octet-stream", "binary/octet-stream")
LINE_TYPES: Final = ("application/json", "text/plain", "application/x-ndjson", "text/event-stream")
EVENT_TYPES: Final = ("text/event-stream",)


def _of_header(_service: TtsService) -> int:
    """The answer is a WAV, which tells its rate."""
    return 0


class HttpProtocol(NamedTuple):
    """One protocol."""

    request: Callable[[SpeechRequest], ServiceRequest]
    hear: Hear
    accepts: tuple[str, ...]
    """Beginnings of the content types that are sound, or carry it; one that is missing passes."""
    rate: Callable[[TtsService], int] = _of_header
    """Hz of raw int16."""
    base: str = ""
    """Public address, `{region}` filled in; "" where people run the server themselves."""
    uploads: bool = False
    """Whether a reference's own sound is sent."""
    before: Callable[[SpeechRequest], ServiceRequest | None] | None = None
    """What is asked first about a speaker; the JSON answer comes to `request` as
    `SpeechRequest.speaker`."""
    speakers: str = ""
    """Where all named speakers are described, for orders of which `before` gives nothing."""


HTTP: Final[Mapping[TtsKind, HttpProtocol]] = {
    "openai": HttpProtocol(
        clouds.openai, sound, SOUND_TYPES, lambda _: clouds.OPENAI_RATE,
        base="https://api.openai.com/v1",
    ),
    "azure": HttpProtocol(
        clouds.azure, sound, SOUND_TYPES, lambda _: clouds.AZURE_RATE,
        base="https://{region}.tts.speech.microsoft.com",
    ),
    "doubao": HttpProtocol(
        clouds.doubao, json_lines(clouds.doubao_line), (*LINE_TYPES, *SOUND_TYPES),
        lambda _: clouds.DOUBAO_RATE, base="https://openspeech.bytedance.com",
    ),
    "qwen": HttpProtocol(
        clouds.qwen, events(clouds.qwen_event), EVENT_TYPES, lambda _: clouds.QWEN_RATE,
        base="https://dashscope.aliyuncs.com/api/v1",
    ),
    "gpt-sovits": HttpProtocol(own_servers.gpt_sovits, sound, SOUND_TYPES),
    "cosyvoice": HttpProtocol(
        own_servers.cosyvoice, sound, SOUND_TYPES, own_servers.cosyvoice_rate, uploads=True
    ),
    "fish": HttpProtocol(
        own_servers.fish, sound, SOUND_TYPES, base="https://api.fish.audio", uploads=True
    ),
    "xtts": HttpProtocol(
        own_servers.xtts, sound, SOUND_TYPES, uploads=True, before=own_servers.xtts_speaker,
        speakers="/studio_speakers",
    ),
    "indextts": HttpProtocol(own_servers.indextts, sound, SOUND_TYPES),
}  # fmt: skip
