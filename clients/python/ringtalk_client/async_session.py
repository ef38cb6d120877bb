"""One session of an `AsyncClient`: speech, events, recordings, and sound as it is made.

In: texts, files, sound. Out: events. Owns nothing but, while a stream is open, its WebSocket.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ringtalk_client import api
from ringtalk_client.errors import Unreachable
from ringtalk_client.events import CLOSED, Event, event_of, events_in

if TYPE_CHECKING:
    from ringtalk_client.async_client import AsyncClient

NOTHING: Final[Mapping[str, str]] = {}


class AsyncSoundStream:
    """Sound that is spoken as it is made: int16 little-endian mono, in pieces of any length."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, sound: bytes) -> None:
        """Waits where the server has 30 s of it already."""
        await self._give(sound)

    async def commit(self) -> None:
        """The utterance is complete."""
        await self._give(json.dumps({"type": "commit"}))

    async def interrupt(self) -> None:
        """Silence it, and drop what was sent."""
        await self._give(json.dumps({"type": "interrupt"}))

    async def hold(self) -> None:
        """Stop speaking with the next tick and wait there, until `resume` or `interrupt`."""
        await self._give(json.dumps({"type": "hold"}))

    async def resume(self) -> None:
        """Go on where it was held."""
        await self._give(json.dumps({"type": "resume"}))

    async def events(self) -> AsyncIterator[Event]:
        """What the session tells from now on, until it ends."""
        try:
            async for text in self._socket:
                yield event_of(text)
        except ConnectionClosed as gone:
            raise Unreachable(f"the stream broke off: {gone}") from gone

    async def _give(self, message: str | bytes) -> None:
        try:
            await self._socket.send(message)
        except ConnectionClosed as gone:
            raise Unreachable(f"the stream broke off: {gone}") from gone


class AsyncSession:
    """`async with await client.begin() as session:` ends it too; others' are used bare, by
    `client.session(id)`."""

    def __init__(self, client: "AsyncClient", sessionid: str) -> None:
        self._client, self.id = client, sessionid

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def say(
        self, words: str, *, interrupt: bool = False, tts: Mapping[str, Any] | None = None
    ) -> None:
        """Word for word. tts: `voice`, `speed`, `emotion` and more, as POST /human has them."""
        await self._client.ask(api.text("echo", self.id, words, interrupt, tts))

    async def chat(
        self, words: str, *, interrupt: bool = False, tts: Mapping[str, Any] | None = None
    ) -> None:
        """Have the words answered."""
        await self._client.ask(api.text("chat", self.id, words, interrupt, tts))

    async def say_file(self, path: Path | str, *, interrupt: bool = False) -> float:
        """A recording: WAV, FLAC, Ogg or MP3; its seconds. FileNotFoundError without one."""
        told = await self._client.ask(api.sound(self.id, Path(path), interrupt))
        return float(told["seconds"])

    async def interrupt(self) -> None:
        """Silence it now."""
        await self._post("interrupt_talk")

    async def is_speaking(self) -> bool:
        """Whether something is being said."""
        return bool(await self._post("is_speaking"))

    async def show(self, avatar: str) -> None:
        """Another avatar from now on."""
        await self._post("avatar", {"avatar": avatar})

    async def put_behind(self, background: str) -> None:
        """Another background: `#rrggbb`, the id of a picture, empty for the avatar's own."""
        await self._post("background", {"background": background})

    async def open_output(self, kind: str, url: str = "", token: str = "") -> str:
        """Send it there too (POST /outputs); its address, as the server shows it."""
        told = await self._post("outputs", {"kind": kind, "url": url, "token": token})
        return str(told["url"])

    async def record(self) -> None:
        """Begin a recording."""
        await self._post("record", {"type": "start_record"})

    async def stop_recording(self) -> None:
        """End it; `save_recording` has it then."""
        await self._post("record", {"type": "end_record"})

    async def save_recording(self, to: Path | str) -> Path:
        """The session's newest recording as a file."""
        return await self._client.download(f"record/{self.id}", Path(to))

    async def close(self) -> None:
        """End the session."""
        await self._post("close")

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """What it tells behind the event `after`, until it has ended. A stream that breaks off is
        taken up again where it was. Raises Refused, and Unreachable when nothing answers."""
        tries = 0
        while True:
            try:
                async for event in self._stream(after):
                    after, tries = max(after, event.id), 0
                    yield event
                    if event.status == CLOSED:
                        return
            except httpx.HTTPError as error:
                if tries == api.TRIES:
                    raise Unreachable(f"{self._client.url}: {error}") from error
            await asyncio.sleep(0.25 * 2**tries)
            tries += 1

    async def _stream(self, after: int) -> AsyncIterator[Event]:
        params = {"sessionid": self.id, "after": str(after)}
        url = f"{self._client.url}/sse"
        async with self._client.http.stream("GET", url, params=params, timeout=None) as answer:
            if not answer.is_success:
                await answer.aread()
                api.data_of(answer)
            async for line in answer.aiter_lines():
                for event in events_in(line):
                    yield event

    @asynccontextmanager
    async def stream(self, rate: int = 24000) -> AsyncIterator[AsyncSoundStream]:
        """For sound as it is made; rate: 16000, 24000 or 48000."""
        url = api.stream_url(self._client.url, self.id, rate, api.NEWEST)
        try:
            socket = await connect(url, additional_headers=api.headers_of(self._client.key))
        except (OSError, InvalidHandshake) as error:
            raise api.no_upgrade(self._client.url, error) from error
        async with socket:
            yield AsyncSoundStream(socket)

    async def _post(self, path: str, fields: Mapping[str, str] = NOTHING) -> Any:
        return await self._client.ask(api.Request("POST", path, {"sessionid": self.id, **fields}))
