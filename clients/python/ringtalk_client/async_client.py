"""A server, asked from a program of asyncio.

In: its address and a key. Out: `AsyncSession`s, and what it knows. Owns an
HTTP connection pool, freed by `close` or the end of `async with`.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from ringtalk_client import api
from ringtalk_client.async_session import AsyncSession
from ringtalk_client.errors import Unreachable


class AsyncClient:
    """One ringtalk server."""

    def __init__(
        self, url: str = api.LOCAL, *, key: str = "", seconds: float = api.SECONDS
    ) -> None:
        """key: of the server's `api_keys`, or a session token. seconds: how long one request may
        take."""
        self.url, self.key = url.rstrip("/"), key
        self.http = httpx.AsyncClient(headers=api.headers_of(key), timeout=seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Free the connections; sessions go on."""
        await self.http.aclose()

    async def begin(self, avatar: str = "", background: str = "") -> AsyncSession:
        """A session without a caller, for viewers (WHEP), outputs and recordings. It ends with its
        `close`, or when nobody has used it for a while."""
        body = {"avatar": avatar or None, "background": background}
        told = await self.ask(api.Request("POST", "sessions", body))
        return AsyncSession(self, str(told["sessionid"]))

    def session(self, sessionid: str) -> AsyncSession:
        """One that is there already, such as a page's."""
        return AsyncSession(self, sessionid)

    async def sessions(self) -> list[dict[str, Any]]:
        """Every session and what it does; needs a key that may operate, or this machine."""
        told = await self.ask(api.Request("GET", "api/admin/sessions"))
        return list(told["sessions"])

    async def avatars(self) -> list[dict[str, Any]]:
        """Who can be shown."""
        return list(await self.ask(api.Request("GET", "avatars")))

    async def recordings(self) -> list[dict[str, Any]]:
        """Every recording there is, the newest first."""
        return list(await self.ask(api.Request("GET", "recordings")))

    async def token(self, seconds: int = 60, avatar: str = "", origins: Sequence[str] = ()) -> str:
        """A session token, for a visitor's browser."""
        return str((await self.ask(api.token(seconds, avatar, origins)))["token"])

    async def download(self, path: str, to: Path) -> Path:
        """Keep what a GET answers, piece by piece."""
        try:
            async with self.http.stream("GET", f"{self.url}/{path}") as answer:
                if not answer.is_success:
                    await answer.aread()
                    api.data_of(answer)
                with to.open("wb") as file:
                    async for piece in answer.aiter_bytes():
                        file.write(piece)
        except httpx.HTTPError as error:
            raise Unreachable(f"{self.url}: {error}") from error
        return to

    async def ask(self, request: api.Request) -> Any:
        """The data of its answer. Raises Refused, and Unreachable where nothing answers."""
        with ExitStack() as open_files:
            file = open_files.enter_context(request.file.open("rb")) if request.file else None
            try:
                answer = await self.http.request(
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
