"""Services that transcribe over a WebSocket: real servers that speak each one's protocol."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from data.services import AsrService
from data.units import FEATURE_RATE
from models.hearing.engines import open_transcriber
from models.hearing.transcriber import Transcriber
from models.service_error import ServiceError
from tests.actors.session_rig import told

KEY = "sk-secret-0123456789"
SECONDS = 2
SOUND = (np.sin(np.arange(SECONDS * FEATURE_RATE) / 10) * 0.5).astype(np.float32)
PCM = (SOUND * 32767).astype("<i2")
KINDS = ["funasr", "deepgram", "openai-realtime"]


@dataclass
class Heard:
    """What a server was sent. words: in how many parts it answers. manner: how it goes wrong."""

    words: list[str] = field(default_factory=lambda: ["good", "morning"])
    manner: str = ""
    paths: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    begun: list[dict[str, Any]] = field(default_factory=list)
    sounds: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def funasr(self, socket: ServerConnection) -> None:
        sound = b""
        async for message in socket:
            if isinstance(message, bytes):
                sound += message
                continue
            frame = json.loads(message)
            if frame["is_speaking"]:
                self.begun.append(frame)
                sound = b""
                continue
            self.sounds.append(sound)
            if await self.goes_wrong(socket):
                return
            for number, word in enumerate(self.words):
                last = number == len(self.words) - 1
                await self.say(socket, mode="2pass-online", text=word[:2], wav_name="m")
                final = {"is_final": last} if self.manner != "python" else {"is_final": False}
                await self.say(socket, mode="2pass-offline", text=word, wav_name="m", **final)

    async def deepgram(self, socket: ServerConnection) -> None:
        sound = b""
        async for message in socket:
            if isinstance(message, bytes):
                sound += message
                continue
            assert json.loads(message) == {"type": "CloseStream"}
            self.sounds.append(sound)
            if await self.goes_wrong(socket):
                return
            for word in self.words:
                for part, final in ((word[:2], False), (word, True)):
                    heard = {"alternatives": [{"transcript": part, "confidence": 0.9}]}
                    await self.say(socket, type="Results", is_final=final, channel=heard)
            await self.say(socket, type="Metadata", duration=1.0)
            return

    async def openai(self, socket: ServerConnection) -> None:
        sound, number = b"", 0
        await self.say(socket, type="session.created", session={})
        async for message in socket:
            frame = json.loads(message)
            match frame["type"]:
                case "session.update":
                    self.begun.append(frame["session"])
                case "input_audio_buffer.clear":
                    sound = b""
                case "input_audio_buffer.append":
                    sound += base64.b64decode(frame["audio"])
                case "input_audio_buffer.commit":
                    number += 1
                    self.sounds.append(sound)
                    if await self.goes_wrong(socket):
                        return
                    kind = "conversation.item.input_audio_transcription"
                    mine = {"item_id": f"i{number}", "content_index": 0}
                    await self.say(socket, type="input_audio_buffer.committed", **mine)
                    stale = {"item_id": "i0", "transcript": "stale"}
                    await self.say(socket, type=f"{kind}.completed", **stale)
                    for word in self.words:
                        await self.say(socket, type=f"{kind}.delta", delta=f" {word}", **mine)
                    whole = " ".join(self.words)
                    await self.say(socket, type=f"{kind}.completed", transcript=whole, **mine)

    async def goes_wrong(self, socket: ServerConnection) -> bool:
        match self.manner:
            case "cut":
                await socket.close(1011, "out of memory")
            case "nonsense":
                await socket.send('{"type": 7}')
            case "garbled":
                await socket.send("oh no")
            case "silent":
                self.arrived.set()
                try:
                    await socket.recv()
                except ConnectionClosed:
                    self.left.set()
            case "error":
                await self.say(
                    socket,
                    type="Error" if "/listen" in self.paths[-1] else "error",
                    description=f"{KEY} is out",
                    error={"message": f"{KEY} is out"},
                )
            case _:
                return False
        return True

    async def say(self, socket: ServerConnection, **fields: Any) -> None:
        await socket.send(json.dumps(fields))


@asynccontextmanager
async def serving(kind: str, heard: Heard, **settings: Any) -> AsyncIterator[Transcriber]:
    handlers: dict[str, Callable[[ServerConnection], Awaitable[None]]] = {
        "funasr": heard.funasr,
        "deepgram": heard.deepgram,
        "openai-realtime": heard.openai,
    }

    async def handle(socket: ServerConnection) -> None:
        assert socket.request is not None
        heard.paths.append(socket.request.path)
        heard.keys.append(socket.request.headers.get("Authorization", ""))
        await handlers[kind](socket)

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        usual = {"model": "m", "url": f"ws://127.0.0.1:{port}/v1", "key": KEY}
        engine = await open_transcriber(AsrService(kind, **usual | settings))  # type: ignore[arg-type]
        try:
            yield engine
        finally:
            await engine.close()


def story(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    told(work())


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_becomes_text_which_is_told_as_it_grows(kind: str) -> None:
    async def work() -> None:
        heard = Heard()
        async with serving(kind, heard) as engine:
            grown: list[str] = []
            assert await engine.transcribe(SOUND, "en-GB", grown.append) == "good morning"
            assert len(grown) >= 2 and all(one for one in grown)
            assert KEY in heard.keys[0]
            rate = 24_000 if kind == "openai-realtime" else FEATURE_RATE
            sound = np.frombuffer(heard.sounds[0], "<i2")
            assert len(sound) == SECONDS * rate
            if rate == FEATURE_RATE:
                assert np.abs(sound.astype(int) - PCM).max() <= 1

    story(work)


def test_what_each_is_asked() -> None:
    async def work() -> None:
        for kind in KINDS:
            heard = Heard()
            async with serving(kind, heard) as engine:
                await engine.transcribe(SOUND, "en-GB")
            query = parse_qs(urlsplit(heard.paths[0]).query)
            match kind:
                case "deepgram":
                    assert urlsplit(heard.paths[0]).path == "/v1/listen"
                    assert query["language"] == ["en-GB"]
                    assert query["encoding"] == ["linear16"]
                    assert heard.keys[0] == f"Token {KEY}"
                case "openai-realtime":
                    assert urlsplit(heard.paths[0]).path == "/v1/realtime"
                    assert query == {"intent": ["transcription"]}
                    asked = heard.begun[0]["audio"]["input"]
                    assert asked["transcription"] == {"model": "m", "language": "en"}
                    assert asked["turn_detection"] is None
                case _:
                    assert heard.begun[0]["mode"] == "2pass"

    story(work)


@pytest.mark.parametrize(
    ("kind", "connections"), [("funasr", 1), ("openai-realtime", 1), ("deepgram", 3)]
)
def test_a_connection_is_kept_where_it_may_be(kind: str, connections: int) -> None:
    async def work() -> None:
        heard = Heard()
        async with serving(kind, heard) as engine:
            for _ in range(3):
                assert await engine.transcribe(SOUND) == "good morning"
            assert len(heard.paths) == connections
            both = await asyncio.gather(engine.transcribe(SOUND), engine.transcribe(SOUND))
            assert set(both) == {"good morning"}

    story(work)


@pytest.mark.parametrize("kind", ["funasr", "openai-realtime"])
def test_a_connection_that_was_lost_meanwhile_is_made_anew(kind: str) -> None:
    async def work() -> None:
        heard = Heard()
        async with serving(kind, heard) as engine:
            await engine.transcribe(SOUND)
            heard.manner = "cut"
            with pytest.raises(ServiceError) as lost:
                await engine.transcribe(SOUND)
            assert lost.value.reason == "cut" and "out of memory" in str(lost.value)
            assert len(heard.paths) == 2, "it was tried once more, on a new connection"
            heard.manner = ""
            assert await engine.transcribe(SOUND) == "good morning"

    story(work)


def test_words_of_a_server_that_does_not_say_which_are_the_last() -> None:
    async def work() -> None:
        async with serving("funasr", Heard(["你好。", "你是谁？"], manner="python")) as engine:
            assert await engine.transcribe(SOUND, "zh") == "你好。你是谁？"

    story(work)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_understood_where_there_is_nothing(kind: str) -> None:
    async def work() -> None:
        heard = Heard([""])
        async with serving(kind, heard) as engine:
            assert await engine.transcribe(SOUND) == ""
            assert await engine.transcribe(SOUND[:100]) == ""
            assert len(heard.sounds) == 1, "in less than a word nothing is looked for"
            with pytest.raises(ValueError, match="at most 60 s"):
                await engine.transcribe(np.zeros(61 * FEATURE_RATE, np.float32))

    story(work)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("manner", "reason"), [("cut", "cut"), ("nonsense", "nonsense"), ("garbled", "nonsense")]
)
def test_what_goes_wrong_is_told(kind: str, manner: str, reason: str) -> None:
    async def work() -> None:
        async with serving(kind, Heard(manner=manner)) as engine:
            with pytest.raises(ServiceError) as wrong:
                await engine.transcribe(SOUND)
            assert wrong.value.reason == reason

    story(work)


@pytest.mark.parametrize("kind", ["deepgram", "openai-realtime"])
def test_an_error_is_told_without_the_key(kind: str) -> None:
    async def work() -> None:
        async with serving(kind, Heard(manner="error")) as engine:
            with pytest.raises(ServiceError, match="is out") as wrong:
                await engine.transcribe(SOUND)
            assert wrong.value.reason == "down" and KEY not in str(wrong.value)

    story(work)


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_too_slow_is_told_and_left(kind: str) -> None:
    async def work() -> None:
        heard = Heard(manner="silent")
        async with serving(kind, heard, seconds=1.0) as engine:
            with pytest.raises(ServiceError) as slow:
                await engine.transcribe(SOUND)
            assert slow.value.reason == "slow"
            await heard.left.wait()

    story(work)


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_cancelled_leaves(kind: str) -> None:
    async def work() -> None:
        heard = Heard(manner="silent")
        async with serving(kind, heard) as engine:
            asking = asyncio.ensure_future(engine.transcribe(SOUND))
            await heard.arrived.wait()
            assert await engine.partial(SOUND) is None, "a partial result never waits"
            asking.cancel()
            await heard.left.wait()
            assert asking.cancelled()

    story(work)


def test_a_service_that_refuses_or_is_not_there_is_told() -> None:
    async def work() -> None:
        def refuse(socket: ServerConnection, _: Any) -> Any:
            return socket.respond(401, f"no such key {KEY}")

        async def never(socket: ServerConnection) -> None:
            raise AssertionError

        async with serve(never, "127.0.0.1", 0, process_request=refuse) as server:
            url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            engine = await open_transcriber(AsrService("deepgram", "m", url, KEY))
            with pytest.raises(ServiceError) as refused:
                await engine.transcribe(SOUND)
            assert refused.value.reason == "refused" and KEY not in str(refused.value)
        with pytest.raises(ServiceError) as down:
            await engine.transcribe(SOUND)
        assert down.value.reason == "down"

    story(work)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"kind": "funasr"}, "set asr.url"),
        ({"kind": "funasr", "url": "http://x"}, "has to begin with ws"),
        ({"kind": "deepgram", "url": "wss://x"}, "set asr.model"),
        ({"kind": "openai-realtime", "url": "https://x"}, "set asr.model"),
    ],
)
def test_settings_that_leave_something_out_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        asyncio.run(open_transcriber(AsrService(**settings)))
