"""A server, asked from an ordinary program.

In: its address and a key. Out: `Session`s, and what it knows. Not for two threads at once. Owns an
HTTP connection pool, freed by `close` or the end of `with`.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from ringtalk_client import api
from ringtalk_client.errors import Unreachable
from ringtalk_client.session import Session


class Client:
    """One ringtalk server."""

    def __init__(
        self, url: str = api.LOCAL, *, key: str = "", seconds: float = api.SECONDS
    ) -> None:
        """key: of the server's `api_keys`, or a session token. seconds: how long one request may
        take."""
        self.url, self.key = url.rstrip("/"), key
        self.http = httpx.Client(headers=api.headers_of(key), timeout=seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the connections; sessions go on."""
        self.http.close()

    def begin(self, avatar: str = "", background: str = "") -> Session:
        """A session without a caller, for viewers (WHEP), outputs and recordings. It ends with its
        `close`, or when nobody has used it for a while."""
        body = {"avatar": avatar or None, "background": background}
        told = self.ask(api.Request("POST", "sessions", body))
        return Session(self, str(told["sessionid"]))

    def session(self, sessionid: str) -> Session:
        """One that is there already, such as a page's."""
        return Session(self, sessionid)

    def sessions(self) -> list[dict[str, Any]]:
        """Every session and what it does; needs a key that may operate, or this machine."""
        told = self.ask(api.Request("GET", "api/admin/sessions"))
        return list(told["sessions"])

    def avatars(self) -> list[dict[str, Any]]:
        """Who can be shown."""
        return list(self.ask(api.Request("GET", "avatars")))

    def recordings(self) -> list[dict[str, Any]]:
        """Every recording there is, the newest first."""
        return list(self.ask(api.Request("GET", "recordings")))

    def token(self, seconds: int = 60, avatar: str = "", origins: Sequence[str] = ()) -> str:
        """A session token, for a visitor's browser."""
        return str(self.ask(api.token(seconds, avatar, origins))["token"])

    def download(self, path: str, to: Path) -> Path:
        """Keep what a GET answers, piece by piece."""
        try:
            with self.http.stream("GET", f"{self.url}/{path}") as answer:
                if not answer.is_success:
                    answer.read()
                    api.data_of(answer)
                with to.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
        except httpx.HTTPError as error:
            raise Unreachable(f"{self.url}: {error}") from error
        return to

    def ask(self, request: api.Request) -> Any:
        """The data of its answer. Raises Refused, and Unreachable where nothing answers."""
        with ExitStack() as open_files:
            file = open_files.enter_context(request.file.open("rb")) if request.file else None
            try:
                answer = self.http.request(
                    request.method,
                    f"{self.url}/{request.path}",
                    json=request.body,
                    params=request.params,
                    data=request.form or None,
                    files={"file": file} if file else None,
                )
            except httpx.HTTPError as error:
                raise Unreachable(f"{self.url}: {error or type(error).__name__}") from error
        return api.data_of(answer)
