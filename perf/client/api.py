"""LiveTalking's routes, and no others: what the client may ask of either server.

In: what to say. Out: the server's answer, and when the request was sent. Requests are made
with the standard library's client in a thread, on one connection that is kept; that adds a tenth of
a millisecond. Runs in the client's process; owns the connection and the thread.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from runtime.client_key import key_headers

PATIENCE: Final = 30.0
FRESH_SECONDS: Final = 10.0
"""A connection that was idle for longer is made anew: the server may have closed it."""
BOUNDARY: Final = "perf-a5b6c7d8e9"
FORM: Final = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
JSON: Final = {"Content-Type": "application/json"}

SessionId = str | int


class Refused(Exception):
    """The server answered with a failure, or not at all; the message says which and where."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """The server at `url`; one request at a time."""

    def __init__(self, url: str) -> None:
        """Raises ValueError when `url` is none of http."""
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"--url {url!r}: an address such as http://localhost:8010 is wanted")
        self.host, self.port = parts.hostname, parts.port or 80
        self._thread = ThreadPoolExecutor(1, "api")
        self._line = HTTPConnection(self.host, self.port, timeout=PATIENCE)
        self._used = time.monotonic()

    def close(self) -> None:
        """Close the connection and end the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._line.close()

    async def offer(self, sdp: str) -> tuple[str, SessionId]:
        """The answer's SDP and the session's id."""
        answer = await self._post("/offer", {"sdp": sdp, "type": "offer"})
        return answer["sdp"], answer["sessionid"]

    async def say(self, session: SessionId, text: str, kind: str = "echo") -> int:
        """Have a text spoken. This and the three below return ns when the request was sent."""
        sent = time.monotonic_ns()
        await self._post(
            "/human", {"sessionid": session, "type": kind, "text": text, "interrupt": False}
        )
        return sent

    async def say_sound(self, session: SessionId, wav: bytes) -> int:
        """Have a recording spoken."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="sessionid"\r\n\r\n{session}\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
            "Content-Type: audio/wav\r\n\r\n"
        )
        body = head.encode() + wav + f"\r\n--{BOUNDARY}--\r\n".encode()
        sent = time.monotonic_ns()
        await self._ask("/humanaudio", body, FORM)
        return sent

    async def interrupt(self, session: SessionId) -> int:
        """Silence the session."""
        sent = time.monotonic_ns()
        await self._post("/interrupt_talk", {"sessionid": session})
        return sent

    async def is_speaking(self, session: SessionId) -> bool:
        """What the server says of itself."""
        return bool((await self._post("/is_speaking", {"sessionid": session}))["data"])

    async def record(self, session: SessionId, what: str) -> dict[str, Any]:
        """`start_record` or `end_record`; the recording, as the server tells of it."""
        found: dict[str, Any] = (await self._post("/record", {"sessionid": session, "type": what}))[
            "data"
        ]
        return found

    async def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        return await self._ask(path, json.dumps(body).encode(), JSON)

    async def _ask(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._send, path, body, headers)

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """In the thread."""
        if time.monotonic() - self._used > FRESH_SECONDS:
            self._line.close()  # the next request opens it again
        try:
            self._line.request("POST", path, body, {**headers, **key_headers()})
            response = self._line.getresponse()
            text = response.read()
        except (OSError, HTTPException) as error:
            self._line.close()
            where = f"http://{self.host}:{self.port}"
            why = f"{path}: {type(error).__name__}: {error}"
            raise Refused(0, f"no server at {where} ({why})") from error
        self._used = time.monotonic()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"code": -1, "msg": text[:200].decode(errors="replace")}
        if response.status >= 400 or answer.get("code", 0) != 0:
            raise Refused(response.status, f"{path}: {response.status} {answer.get('msg')}")
        found: dict[str, Any] = answer
        return found
