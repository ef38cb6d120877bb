"""One session of a `Client`: speech, events, recordings, and sound as it is made.

In: texts, files, sound. Out: events. Owns nothing but, while a stream is open, its WebSocket.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from ringtalk_client import api
from ringtalk_client.errors import Unreachable
from ringtalk_client.events import CLOSED, Event, event_of, events_in

if TYPE_CHECKING:
    from ringtalk_client.client import Client

NOTHING: Final[Mapping[str, str]] = {}


class SoundStream:
    """Sound that is spoken as it is made: int16 little-endian mono, in pieces of any length."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def send(self, sound: bytes) -> None:
        """Waits where the server has 30 s of it already."""
        self._give(sound)

    def commit(self) -> None:
        """The utterance is complete."""
        self._give(json.dumps({"type": "commit"}))

    def interrupt(self) -> None:
        """Silence it, and drop what was sent."""
        self._give(json.dumps({"type": "interrupt"}))

    def hold(self) -> None:
        """Stop speaking with the next tick and wait there, until `resume` or `interrupt`."""
        self._give(json.dumps({"type": "hold"}))

    def resume(self) -> None:
        """Go on where it was held."""
        self._give(json.dumps({"type": "resume"}))

    def events(self) -> Iterator[Event]:
        """What the session tells from now on, until it ends."""
        try:
            for text in self._socket:
                yield event_of(text)
        except ConnectionClosed as gone:
            raise Unreachable(f"the stream broke off: {gone}") from gone

    def _give(self, message: str | bytes) -> None:
        try:
            self._socket.send(message)
        except ConnectionClosed as gone:
            raise Unreachable(f"the stream broke off: {gone}") from gone


class Session:
    """`with client.begin() as session:` ends it too; others' are used bare, by
    `client.session(id)`."""

    def __init__(self, client: "Client", sessionid: str) -> None:
        self._client, self.id = client, sessionid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def say(
        self, words: str, *, interrupt: bool = False, tts: Mapping[str, Any] | None = None
    ) -> None:
        """Word for word. tts: `voice`, `speed`, `emotion` and more, as POST /human has them."""
        self._client.ask(api.text("echo", self.id, words, interrupt, tts))

    def chat(
        self, words: str, *, interrupt: bool = False, tts: Mapping[str, Any] | None = None
    ) -> None:
        """Have the words answered."""
        self._client.ask(api.text("chat", self.id, words, interrupt, tts))

    def say_file(self, path: Path | str, *, interrupt: bool = False) -> float:
        """A recording: WAV, FLAC, Ogg or MP3; its seconds. FileNotFoundError without one."""
        told = self._client.ask(api.sound(self.id, Path(path), interrupt))
        return float(told["seconds"])

    def interrupt(self) -> None:
        """Silence it now."""
        self._post("interrupt_talk")

    def is_speaking(self) -> bool:
        """Whether something is being said."""
        return bool(self._post("is_speaking"))

    def show(self, avatar: str) -> None:
        """Another avatar from now on."""
        self._post("avatar", {"avatar": avatar})

    def put_behind(self, background: str) -> None:
        """Another background: `#rrggbb`, the id of a picture, empty for the avatar's own."""
        self._post("background", {"background": background})

    def open_output(self, kind: str, url: str = "", token: str = "") -> str:
        """Send it there too (POST /outputs); its address, as the server shows it."""
        told = self._post("outputs", {"kind": kind, "url": url, "token": token})
        return str(told["url"])

    def record(self) -> None:
        """Begin a recording."""
        self._post("record", {"type": "start_record"})

    def stop_recording(self) -> None:
        """End it; `save_recording` has it then."""
        self._post("record", {"type": "end_record"})

    def save_recording(self, to: Path | str) -> Path:
        """The session's newest recording as a file."""
        return self._client.download(f"record/{self.id}", Path(to))

    def close(self) -> None:
        """End the session."""
        self._post("close")

    def events(self, after: int = 0) -> Iterator[Event]:
        """What it tells behind the event `after`, until it has ended. A stream that breaks off is
        taken up again where it was. Raises Refused, and Unreachable when nothing answers."""
        tries = 0
        while True:
            try:
                for event in self._stream(after):
                    after, tries = max(after, event.id), 0
                    yield event
                    if event.status == CLOSED:
                        return
            except httpx.HTTPError as error:
                if tries == api.TRIES:
                    raise Unreachable(f"{self._client.url}: {error}") from error
            time.sleep(0.25 * 2**tries)
            tries += 1

    def _stream(self, after: int) -> Iterator[Event]:
        params = {"sessionid": self.id, "after": str(after)}
        url = f"{self._client.url}/sse"
        with self._client.http.stream("GET", url, params=params, timeout=None) as answer:
            if not answer.is_success:
                answer.read()
                api.data_of(answer)
            for line in answer.iter_lines():
                yield from events_in(line)

    @contextmanager
    def stream(self, rate: int = 24000) -> Iterator[SoundStream]:
        """For sound as it is made; rate: 16000, 24000 or 48000."""
        url = api.stream_url(self._client.url, self.id, rate, api.NEWEST)
        try:
            socket = connect(url, additional_headers=api.headers_of(self._client.key))
        except (OSError, InvalidHandshake) as error:
            raise api.no_upgrade(self._client.url, error) from error
        with socket:
            yield SoundStream(socket)

    def _post(self, path: str, fields: Mapping[str, str] = NOTHING) -> Any:
        return self._client.ask(api.Request("POST", path, {"sessionid": self.id, **fields}))
