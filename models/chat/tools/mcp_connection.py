"""A connection to an MCP server: a program's pipes, or streamable HTTP.

In: a command or an address. Out: the official client, connected, and two events: the connection is
lost, the server's tools have changed. Loads the package mcp. Runs in ingest; owns nothing that the
context of `client` does not free.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Self

from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.session import IncomingMessage
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.types import Implementation, ToolListChangedNotification

_US = Implementation(name="ringtalk", version="0.1.0")


class _WatchedStream:
    """Messages of a server; sets `lost` at their end."""

    def __init__(self, stream: Any, lost: asyncio.Event) -> None:
        self._stream, self._lost = stream, lost

    async def receive(self) -> Any:
        return await self._stream.receive()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._stream.__anext__()
        except StopAsyncIteration:
            self._lost.set()
            raise

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        done: bool | None = await self._stream.__aexit__(kind, error, trace)
        return done


class McpConnection:
    """A way to a server; opened again with each `client`."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        url: str,
        headers: Mapping[str, str],
    ) -> None:
        self._command, self._environment = command, environment
        self._url, self._headers = url, headers

    @asynccontextmanager
    async def client(self, lost: asyncio.Event, changed: asyncio.Event) -> AsyncGenerator[Client]:
        """Connected. Raises what the package raises."""

        async def hears(message: IncomingMessage) -> None:
            if isinstance(message, ToolListChangedNotification):
                changed.set()

        async with AsyncExitStack() as stack:
            transport = self._transport(stack, lost)
            client = await stack.enter_async_context(
                Client(transport, message_handler=hears, client_info=_US)
            )
            hearing = asyncio.get_running_loop().create_task(_listen(client, changed))
            try:
                yield client
            finally:
                hearing.cancel()
                await asyncio.wait([hearing])

    @asynccontextmanager
    async def _transport(self, stack: AsyncExitStack, lost: asyncio.Event) -> AsyncGenerator[Any]:
        if self._command:
            program, *arguments = self._command
            server = StdioServerParameters(
                command=program, args=arguments, env=dict(self._environment)
            )
            streams = stdio_client(server)
        else:
            http = await stack.enter_async_context(create_mcp_http_client(dict(self._headers)))
            streams = streamable_http_client(self._url, http_client=http)
        async with streams as (read, write):
            yield _WatchedStream(read, lost), write


def opened(
    command: Sequence[str],
    environment: Mapping[str, str],
    url: str,
    headers: Mapping[str, str],
) -> McpConnection:
    """As the class; called in a thread, so that loading the package stops nobody."""
    return McpConnection(command, environment, url, headers)


async def _listen(client: Client, changed: asyncio.Event) -> None:
    """Servers of the protocol of 2026-07-28 tell changes only to who asks for them."""
    try:
        async with client.listen(tools_list_changed=True) as news:
            async for _ in news:
                changed.set()
    except (ListenNotSupportedError, SubscriptionLost, MCPError, TimeoutError):
        return
