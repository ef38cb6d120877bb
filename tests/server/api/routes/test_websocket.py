"""WS /ws against a real uvicorn: every message, every refusal, and the way of the sound."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from data.services import SpeechStyle
from runtime.errors import NotConfigured, OtherShape, QueueFull, UnknownSession
from runtime.settings import Settings
from server.sessions import pcm_stream
from server.sessions.event_log import EventLog
from server.sessions.event_types import Error, State
from tests.server.service_recorder import Recorder, running


@dataclass
class Scene:
    """A server, the service behind it and the log of its one session."""

    service: Recorder
    log: EventLog
    url: httpx.URL

    def join(self, query: str = "", **more: Any) -> connect:
        """A WebSocket of the session."""
        url = f"ws://{self.url.host}:{self.url.port}/ws?sessionid=abc{query}"
        return connect(url, proxy=None, compression=None, **more)

    async def asked(self, what: str) -> tuple[object, ...]:
        """What the service was asked, once it was."""
        while not (found := [ask for ask in self.service.asked if ask[0] == what]):
            self.service.was_asked.clear()
            await self.service.was_asked.wait()
        return found[-1]


def scene(act: Callable[[Scene], Awaitable[None]], **changes: Any) -> Recorder:
    service = Recorder()

    async def within() -> None:
        log = service.logs["abc"] = EventLog()
        async with asyncio.timeout(60), running(service, Settings(**changes)) as client:
            await act(Scene(service, log, client.base_url))

    uvloop.run(within())
    return service


async def told(client: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await client.recv())
    return found


async def read(end: socket.socket, count: int) -> bytes:
    """So many bytes, fewer if it ends."""
    found = b""
    loop = asyncio.get_running_loop()
    while len(found) < count and (some := await loop.sock_recv(end, count - len(found))):
        found += some
    return found


def test_events_come_down_and_the_socket_ends_with_the_call() -> None:
    async def act(it: Scene) -> None:
        it.log.tell(State(state="idle"))
        async with it.join() as client, it.join("&after=1") as late:
            assert await told(client) == {"id": 1, "status": "state", "state": "idle"}
            it.log.tell(Error(utterance=2, text="x"))
            assert (await told(client))["id"] == 2
            assert (await told(late))["id"] == 2
            it.log.close()
            assert await told(client) == {"id": 3, "status": "closed"}
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (client.close_code, client.close_reason) == (1000, "the session has ended")

    scene(act)


def test_sound_goes_to_the_house_as_it_is_with_odd_pieces() -> None:
    async def act(it: Scene) -> None:
        async with it.join("&rate=16000") as client:
            for piece in (b"abc", b"d", b"", b"e", b"fghij"):
                await client.send(piece)
            end = await it.service.streams.get()
            with end:
                assert await read(end, 10) == b"abcdefghij"
                await client.send('{"type":"commit"}')
                assert await read(end, 1) == b""
            await client.send(b"next")
            with await it.service.streams.get() as end:
                assert await read(end, 4) == b"next"

    service = scene(act)
    assert service.asked[1:] == [("stream", "abc", 16000)] * 2


def test_another_avatar_is_wanted_and_a_refusal_is_told() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            await client.send('{"type":"avatar","avatar":"anna"}')
            await client.send('{"type":"avatar","avatar":5}')
            assert "avatar: " in (await told(client))["text"]
            it.service.refusal = OtherShape("'anna' is 1280 x 720, this session is 512 x 512")
            await client.send('{"type":"avatar","avatar":"anna"}')
            answer = await told(client)
            assert (answer["status"], "1280 x 720" in answer["text"]) == ("error", True)

    service = scene(act)
    assert service.asked[1:] == [("set_avatar", "abc", "anna")] * 2


def test_utterances_that_are_sent_at_once_stay_apart() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            for piece in (b"one.", '{"type":"commit"}', b"two.", '{"type":"commit"}') * 2:
                await client.send(piece)
            await client.send('{"type":"commit"}')
            for expected in (b"one.", b"two.", b"one.", b"two."):
                with await it.service.streams.get() as end:
                    assert await read(end, 99) == expected

    service = scene(act)
    assert service.asked[1:] == [("stream", "abc", 24000)] * 4


def test_sound_that_came_before_the_client_left_is_written_to_its_end() -> None:
    async def act(it: Scene) -> None:
        sound = bytes(400_000)
        async with it.join() as client:
            await client.send(sound)
        with await it.service.streams.get() as end:
            assert await read(end, 500_000) == sound

    scene(act)


def test_a_client_that_is_too_quick_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcm_stream, "PIECES_AHEAD", 4)

    async def act(it: Scene) -> None:
        async with it.join() as client:
            pieces = [bytes([number]) * 100_000 for number in range(200)]

            async def send() -> None:
                for piece in pieces:
                    await client.send(piece)

            sending = asyncio.ensure_future(send())
            with await it.service.streams.get() as end:
                done, _ = await asyncio.wait([sending], timeout=0.2)
                assert not done, "20 MB are on their way, and nobody reads"
                assert await read(end, 20_000_000) == b"".join(pieces)
            await sending

    scene(act)


def test_a_named_utterance_is_told_its_number_or_that_it_is_not_said() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            for name in ("a", "b"):
                await client.send(json.dumps({"type": "begin", "name": name}))
                await client.send(b"ab")
                await client.send(b"cd")
            await client.send('{"type":"commit"}')
            await client.send(b"ef")
            for number, name in enumerate("ab", 1):
                queued = {"status": "queued", "name": name, "utterance": number}
                assert await told(client) == {**queued, "epoch": 0}
            for sound in (b"abcd", b"abcd", b"ef"):
                with await it.service.streams.get() as end:
                    assert await read(end, len(sound)) == sound
            it.service.refusal = QueueFull("64 wait")
            await client.send('{"type":"begin","name":"c"}')
            await client.send(b"gh")
            assert (await told(client))["status"] == "error"
            missed = {"status": "queued", "name": "c", "utterance": 0, "epoch": 0}
            assert await told(client) == missed

    scene(act)


@pytest.mark.parametrize("kind", ["clear", "interrupt"])
def test_a_clear_silences_and_drops_what_waits_and_what_comes_later_is_new(kind: str) -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            await client.send(bytes(1_000_000))
            first = await it.service.streams.get()
            await client.send(bytes(500_000))
            await client.send(json.dumps({"type": kind}))
            await client.send(b"new")
            await it.asked("interrupt")
            first.close()  # as ingest does
            with await it.service.streams.get() as second:
                assert await read(second, 3) == b"new"

    service = scene(act)
    assert service.asked[1:] == [
        ("stream", "abc", 24000),
        ("interrupt", "abc"),
        ("stream", "abc", 24000),
    ]


def test_an_interrupt_from_elsewhere_ends_the_utterance() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            await client.send(b"old")
            with await it.service.streams.get() as first:
                it.service.interrupt("abc")
                await client.send(b"new")
                with await it.service.streams.get() as second:
                    assert await read(second, 3) == b"new"
                assert await read(first, 99) == b"old"

    scene(act)


def test_an_utterance_that_breaks_off_is_told_of_once_until_the_next() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            await client.send(b"old")
            (await it.service.streams.get()).close()
            for _ in range(3):
                await client.send(b"more of the old")
            assert "broke off" in (await told(client))["text"]
            await client.send('{"type":"commit"}')
            await client.send(b"new")
            with await it.service.streams.get() as second:
                assert await read(second, 3) == b"new"

    scene(act)


def test_sound_that_is_refused_is_told_of_once_an_utterance() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            it.service.refusal = QueueFull("64 wait")
            for _ in range(2):
                await client.send(b"ab")
                await client.send(b"cd")
                await client.send('{"type":"commit"}')
            for _ in range(2):
                assert await told(client) == {"status": "error", "utterance": 0, "text": "64 wait"}
            it.service.refusal = None
            await client.send(b"ef")
            with await it.service.streams.get() as end:
                assert await read(end, 2) == b"ef"

    scene(act)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ({"type": "interrupt"}, ("interrupt", "abc")),
        ({"type": "clear"}, ("interrupt", "abc")),
        ({"type": "resume"}, ("resume", "abc")),
        ({"type": "say", "text": "Hi."}, ("say", "abc", "Hi.", SpeechStyle(), False, "strip")),
        (
            {"type": "say", "text": "Hi.", "markup": "keep"},
            ("say", "abc", "Hi.", SpeechStyle(), False, "keep"),
        ),
        (
            {"type": "say", "text": "Hi.", "tts": {"voice": "v", "speed": 2, "language": "de"}},
            ("say", "abc", "Hi.", SpeechStyle("v", 2.0, language="de"), False, "strip"),
        ),
        (
            {"type": "chat", "text": "Who?", "tts": {"emotion": "glad"}, "unheard_of": 1},
            ("chat", "abc", "Who?", SpeechStyle(emotion="glad"), False),
        ),
    ],
)
def test_messages_are_handed_on(message: dict[str, Any], asked: tuple[object, ...]) -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            await client.send(json.dumps(message))
            await client.send('{"type": "ping"}')
            assert await told(client) == {"status": "pong"}

    assert scene(act).asked[1:] == [asked]


@pytest.mark.parametrize(
    ("messages", "asked"),
    [
        (["hold"], ["hold", "resume"]),
        (["hold", "resume"], ["hold", "resume"]),
        (["hold", "interrupt"], ["hold", "interrupt"]),
    ],
)
def test_a_socket_that_ends_lets_go_of_what_it_held(messages: list[str], asked: list[str]) -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            for message in messages:
                await client.send(json.dumps({"type": message}))
        await it.asked(asked[-1])

    assert [ask[0] for ask in scene(act).asked[1:]] == asked


def test_what_the_voice_cannot_use_is_a_note_for_who_asked() -> None:
    async def act(it: Scene) -> None:
        it.service.notes = ["task_type: no voice here takes one", "ref_file 'a.wav': no"]
        async with it.join() as client:
            for kind in ("say", "chat"):
                wish = {"type": kind, "text": "Hi.", "tts": {"task_type": "x"}}
                await client.send(json.dumps(wish))
                assert await told(client) == {"status": "note", "text": "; ".join(it.service.notes)}

    scene(act)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("", "Invalid JSON"),
        ("{", "Invalid JSON"),
        ("[]", "object"),
        ("{}", "'type'"),
        (
            '{"type":"sing"}',
            "'begin', 'commit', 'clear', 'interrupt', 'hold', 'resume', 'say', 'chat', 'avatar', "
            "'ping'",
        ),
        ('{"type":"say"}', "text: field required"),
        ('{"type":"say","text":" "}', "text: is empty"),
        ('{"type":"chat","text":"xxxxxx"}', "text: has 6 characters; allowed are 5"),
        ('{"type":"say","text":"a","tts":{"speed":9}}', "tts.speed: input should be less than"),
        ('{"type":"say","text":"\\ud800"}', "Invalid JSON"),
    ],
)
def test_a_bad_message_is_an_error_and_the_socket_lives(message: str, why: str) -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            await client.send(message)
            error = await told(client)
            assert (error["status"], error["utterance"]) == ("error", 0)
            assert why in error["text"]
            await client.send('{"type": "ping"}')
            assert await told(client) == {"status": "pong"}

    assert scene(act, max_text=5).asked[1:] == []


def test_what_the_house_refuses_is_an_error_and_the_socket_lives() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            it.service.refusal = NotConfigured("set llm.url")
            await client.send('{"type":"chat","text":"Hi."}')
            assert (await told(client))["text"] == "set llm.url"
            await client.send('{"type": "ping"}')
            assert await told(client) == {"status": "pong"}

    scene(act)


def test_a_call_that_ends_meanwhile_ends_the_socket() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            it.service.refusal = UnknownSession.named("abc")
            it.log.close()
            await client.send(b"ab")
            assert (await told(client))["status"] == "closed"
            with pytest.raises(ConnectionClosed):
                await client.recv()

    scene(act)


def test_a_message_that_is_too_large_ends_the_socket() -> None:
    async def act(it: Scene) -> None:
        async with it.join() as client:
            await client.send(bytes(2_000_000))
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == 1009

    assert scene(act).asked[1:] == []


@pytest.mark.parametrize(
    ("query", "headers", "status", "why"),
    [
        ("&sessionid=nobody", {}, 404, "'nobody'"),
        ("&rate=44100", {}, 422, "rate: input should be 16000, 24000 or 48000"),
        ("&after=-1", {}, 422, "after: "),
        ("", {"Origin": "http://evil.example"}, 403, "cors_origins"),
        ("", {"Origin": "null"}, 403, "cors_origins"),
    ],
)
def test_what_is_refused_before_the_upgrade(
    caplog: pytest.LogCaptureFixture,
    query: str,
    headers: dict[str, str],
    status: int,
    why: str,
) -> None:
    async def act(it: Scene) -> None:
        with pytest.raises(InvalidStatus) as caught:
            async with it.join(query, additional_headers=headers):
                raise AssertionError("it was let in")
        response = caught.value.response
        assert response.status_code == status
        answer = json.loads(response.body or b"")
        assert (answer["code"], why in answer["msg"]) == (-1, True)
        assert not caplog.records, "it is the client's mistake"

    scene(act)


def test_pages_of_allowed_origins_may_join() -> None:
    async def act(it: Scene) -> None:
        own = f"http://{it.url.host}:{it.url.port}"
        for origin in (own, "https://a.example"):
            async with it.join(additional_headers={"Origin": origin}) as client:
                await client.send('{"type": "ping"}')
                assert await told(client) == {"status": "pong"}

    scene(act, cors_origins=["https://a.example"])


def test_another_host_and_another_path_are_refused() -> None:
    async def act(it: Scene) -> None:
        for path, host, status in (
            ("ws?sessionid=abc", "evil.example", 421),
            ("nothing", "localhost", 404),
            ("human", "localhost", 404),
        ):
            reader, writer = await asyncio.open_connection(it.url.host, it.url.port)
            writer.write(
                f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            answer = await reader.read()
            writer.close()
            assert answer.startswith(f"HTTP/1.1 {status} ".encode())
            assert b'"code":-1' in answer

    scene(act)
