"""A hub on this machine: the part of the protocol that a pull needs, and its accidents.

Files are answered at /REPO/resolve/REVISION/NAME; those of LFS by a redirect to another host, as
the real hub does. It keeps what it was asked.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final, NamedTuple

COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    range: str | None
    token: str | None
    agent: str


@dataclass
class Hub:
    """What the server holds and does; change it between requests.

    files: bytes by path, REPO/resolve/REVISION/NAME. lfs: those that are answered by redirect.
    sent: other bytes than it publishes. cut: answers of so many bytes, once each, then the line
    breaks. statuses: of the answers to come, in turn, with their X-Error-Code; None for a good
    one. ranges: whether it can go on in the middle. hashes: whether it publishes any.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    lfs: set[str] = field(default_factory=set)
    sent: dict[str, bytes] = field(default_factory=dict)
    cut: list[int] = field(default_factory=list)
    statuses: list[tuple[int, str] | None] = field(default_factory=list)
    token: str | None = None
    ranges: bool = True
    hashes: bool = True
    asked: list[Asked] = field(default_factory=list)
    endpoint: str = ""
    storage: str = ""

    def add(self, repository: str, revision: str, name: str, data: bytes, lfs: bool) -> None:
        path = f"{repository}/resolve/{revision}/{name}"
        self.files[path] = data
        if lfs:
            self.lfs.add(path)

    def gets(self) -> list[Asked]:
        """The requests for bytes, of the storage where there is one."""
        return [
            asked
            for asked in self.asked
            if asked.method == "GET" and asked.path.strip("/") not in self.lfs
        ]


@contextmanager
def running() -> Iterator[Hub]:
    """A hub that listens until the end."""
    hub = Hub()

    class Handler(_Handler):
        held = hub

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        port = server.server_address[1]
        hub.endpoint = f"http://127.0.0.1:{port}"
        hub.storage = f"http://localhost:{port}/storage"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    held: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""

    def _answer(self, body: bool) -> None:
        hub = self.held
        path = self.path.removeprefix("/")
        token = self.headers.get("Authorization")
        hub.asked.append(
            Asked(
                self.command,
                self.path,
                self.headers.get("Range"),
                token,
                self.headers.get("User-Agent", ""),
            )
        )
        refusal = hub.statuses.pop(0) if hub.statuses else None
        stored = path.startswith("storage/")
        name = path.removeprefix("storage/")
        if refusal is None and hub.token and not stored and token != f"Bearer {hub.token}":
            refusal = (401, "RepoNotFound")
        if refusal is None and name not in hub.files:
            refusal = (404, "EntryNotFound")
        if refusal is not None:
            self._refuse(*refusal)
        elif name in hub.lfs and not stored:
            self._redirect(name)
        else:
            self._give(name, body)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _redirect(self, name: str) -> None:
        data = self.held.files[name]
        self.send_response(302)
        self.send_header("Location", f"{self.held.storage}/{name}")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(len(data)))
        if self.held.hashes:
            self.send_header("X-Linked-ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _give(self, name: str, body: bool) -> None:
        hub = self.held
        published = hub.files[name]
        data = hub.sent.get(name, published)
        first = 0
        asked = self.headers.get("Range")
        if asked and hub.ranges:
            first = int(asked.removeprefix("bytes=").split("-")[0])
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        blob = hashlib.sha1(b"blob %d\0" % len(published) + published).hexdigest()
        self.send_header("X-Repo-Commit", COMMIT)
        if hub.hashes:
            self.send_header("ETag", f'"{blob}"')
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        if not body:
            return
        count = hub.cut.pop(0) if hub.cut else len(data)
        self.wfile.write(data[first : first + count])
        self.close_connection = self.close_connection or first + count < len(data)
