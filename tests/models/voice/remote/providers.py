"""Every service as its own documents describe its answers: a row each."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.services import TtsKind, TtsService
from models.voice.speech import SpokenWord
from tests.models.voice.remote.encodings import BEFORE_S, around, mp3, raw, sliced, wav_header
from tests.models.voice.remote.stage import Answer, Asked, Scene, Stage, http_stage, socket_stage

Sound = NDArray[np.float32]

KEY = "k-3cret-1"
WORDS = (
    SpokenWord("She", BEFORE_S + 0.05, BEFORE_S + 0.25),
    SpokenWord("sells", BEFORE_S + 0.25, BEFORE_S + 0.6),
    SpokenWord("shore", BEFORE_S + 1.2, BEFORE_S + 1.6),
)
"""As a service tells them: from the first sample of what it sends."""
SPEAKER: dict[str, object] = {"speaker_embedding": [0.25, -1.5], "gpt_cond_latent": [[1.0], [2.0]]}


def _pcm(form: str) -> Callable[[Sound, int], Answer]:
    return lambda sound, _: Answer(form, sliced(raw(sound)))


def _streamed_wav(sound: Sound, rate: int) -> Answer:
    return Answer("audio/wav", sliced(wav_header(rate, 0) + raw(sound)))


def _whole_wav(sound: Sound, rate: int) -> Answer:
    data = raw(sound)
    return Answer("audio/wav", sliced(wav_header(rate, len(data)) + data), sized=True)


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json_lines(sound: Sound, _: int) -> Answer:
    lines: list[dict[str, object]] = [
        {"code": 0, "message": "", "data": _coded(part)} for part in sliced(raw(sound), 4_801)
    ]
    words = [{"word": w.text, "startTime": w.start, "endTime": w.end} for w in WORDS]
    sentence = {"phonemes": [], "text": "…", "words": words}
    lines.insert(1, {"code": 0, "message": "", "data": None, "sentence": sentence})
    lines.append({"code": 20000000, "message": "ok", "data": None})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return Answer("application/json", sliced(text.encode()))


def _events(sound: Sound, _: int) -> Answer:
    parts = [*sliced(raw(sound), 9_601), b""]
    text = ""
    for at, part in enumerate(parts):
        done = "stop" if at == len(parts) - 1 else "null"
        audio = {"data": _coded(part), "expires_at": 1774937185, "id": "audio_1"}
        event = {"output": {"audio": audio, "finish_reason": done}, "request_id": "1"}
        text += f"id:{at}\nevent:result\n:HTTP_STATUS/200\ndata:{json.dumps(event)}\n\n"
    return Answer("text/event-stream;charset=UTF-8", sliced(text.encode()))


def _tencent(sound: Sound, _: int) -> list[str | bytes]:
    def text(final: int = 0, result: object = None) -> str:
        told = {"code": 0, "message": "success", "session_id": "s", "request_id": "r"}
        return json.dumps({**told, "message_id": "m", "final": final, "result": result})

    subtitles = [
        {
            "Text": word.text, "BeginTime": round(word.start * 1000),
            "EndTime": round(word.end * 1000), "BeginIndex": at, "EndIndex": at + 1,
            "Phoneme": None,
        }
        for at, word in enumerate(WORDS)
    ]  # fmt: skip
    told = [text(0, {"subtitles": subtitles[:upto]}) for upto in (2, 3)]
    return [text(), *told, *sliced(raw(sound)), text(1)]


def _edge(sound: Sound, rate: int) -> list[str | bytes]:
    def text(path: str, body: str) -> str:
        return f"X-RequestId:1\r\nContent-Type:application/json\r\nPath:{path}\r\n\r\n{body}"

    def binary(part: bytes) -> bytes:
        form = "Content-Type:audio/mpeg\r\n" if part else ""
        head = f"X-RequestId:1\r\n{form}X-StreamId:2\r\nPath:audio\r\n".encode()
        return len(head).to_bytes(2, "big") + head + part

    metadata: list[str | bytes] = [
        text("audio.metadata", json.dumps({"Metadata": [
            {"Type": "WordBoundary", "Data": {
                "Offset": round(word.start * 1e7), "Duration": round((word.end - word.start) * 1e7),
                "text": {"Text": word.text, "Length": 3, "BoundaryType": "WordBoundary"},
            }},
        ]}))
        for word in WORDS
    ]  # fmt: skip
    parts = [binary(part) for part in sliced(mp3(sound, rate), 721)] if len(sound) else []
    begin = [text("turn.start", "{}"), text("response", "{}")]
    return [*begin, *metadata, *parts, binary(b""), text("turn.end", "{}")]


@dataclass(frozen=True)
class Provider:
    """A service's answers and what the settings need to say for it."""

    kind: TtsKind
    rate: int
    http: Callable[[Sound, int], Answer] | None = None
    socket: Callable[[Sound, int], list[str | bytes]] | None = None
    settings: dict[str, str] = field(default_factory=dict)
    hears: int = 0
    path: str = ""
    words: bool = False
    lossless: bool = True

    def service(
        self, url: str, first_seconds: float = 5.0, more: Mapping[str, str] | None = None
    ) -> TtsService:
        """As the settings would name it, at this address."""
        return TtsService(
            name=f"my-{self.kind}", kind=self.kind, url=url,
            first_seconds=first_seconds, **{"key": KEY, **self.settings, **(more or {})},
        )  # fmt: skip

    @asynccontextmanager
    async def stage(self, speech: Sound, scene: Scene = "whole") -> AsyncIterator[Stage]:
        """A local server that speaks this protocol and plays the scene."""
        sound = around(speech, self.rate)
        if scene == "empty":
            sound = sound[:0]
        if self.socket:
            said = self.socket(sound, self.rate)
            async with socket_stage(said, self.hears, scene, self.path) as stage:
                yield stage
        elif self.http:
            async with http_stage(self.http(sound, self.rate), scene, _beside) as stage:
                yield stage


def _beside(asked: Asked) -> bytes | None:
    """XTTS's other two addresses."""
    if asked.path == "/studio_speakers":
        return json.dumps({"Claribel Dervla": SPEAKER}).encode()
    return json.dumps(SPEAKER).encode() if asked.path == "/clone_speaker" else None


PROVIDERS = (
    Provider("openai", 24_000, _pcm("audio/pcm"), settings={"voice": "nova"}),
    Provider("azure", 24_000, _pcm("audio/x-wav"), settings={"voice": "en-GB-RyanNeural"}),
    Provider(
        "doubao", 24_000, _json_lines, settings={"account": "17", "voice": "zh_1"}, words=True
    ),
    Provider("qwen", 24_000, _events),
    Provider("gpt-sovits", 32_000, _streamed_wav, settings={"reference": "ref/a.wav"}),
    Provider("cosyvoice", 24_000, _pcm(""), settings={"voice": "中文女"}),
    Provider("fish", 44_100, _streamed_wav, settings={"voice": "7f92"}),
    Provider("xtts", 24_000, _streamed_wav, settings={"voice": "Claribel Dervla"}),
    Provider("indextts", 22_050, _whole_wav, settings={"voice": "jay"}),
    Provider(
        "tencent", 16_000, socket=_tencent, words=True,
        settings={"account": "1250000000", "key_id": "AKID1", "voice": "101001"},
    ),
    Provider(
        "edge", 24_000, socket=_edge, hears=2, words=True, lossless=False,
        path="/edge/v1?TrustedClientToken=1", settings={"voice": "en-US-EmmaMultilingualNeural"},
    ),
)  # fmt: skip
BY_KIND = {provider.kind: provider for provider in PROVIDERS}
