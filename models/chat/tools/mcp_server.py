"""A server that speaks the Model Context Protocol, and its tools.

In: arguments that a tool's schema allows. Out: what it answers, as text. The protocol is spoken by
the official client (https://github.com/modelcontextprotocol/python-sdk, MIT). A server that is lost
is connected anew by the next call. Runs in ingest, on its loop; owns one task for the connection,
and with it a program or an HTTP session, freed by `close`.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from data.tools import McpService
from models.chat.tools.arguments import ArgumentCheck
from models.chat.tools.call import ToolError, ToolSpec
from models.chat.tools.environment import filled, filled_all

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import Tool as Listed

logger = logging.getLogger(__name__)

_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME: Final = 64
_MOST_TOOLS: Final = 200
NO_PACKAGE: Final = "llm.mcp needs the package mcp: pip install -e '.[mcp]'"


class McpTool:
    """One tool of a server; see `toolbox.CallableTool`."""

    def __init__(self, server: "McpServer", listed: "Listed") -> None:
        """Raise ValueError when its schema is none."""
        name = f"{server.name}__{listed.name}"
        hints = listed.annotations
        self.spec = ToolSpec(
            _UNFIT.sub("_", name)[:_LONGEST_NAME],
            listed.description or listed.title or listed.name,
            listed.input_schema,
            bool(hints and hints.read_only_hint),
        )
        self.check = ArgumentCheck(self.spec.name, listed.input_schema)
        self.seconds = server.seconds
        self._server, self._name = server, listed.name

    async def run(self, arguments: dict[str, Any]) -> str:
        """Ask; the caller bounds its time. Raise ToolError."""
        return await self._server.call(self._name, arguments)


class McpServer:
    """One server, connected or not."""

    def __init__(self, settings: McpService) -> None:
        """Connects to nothing yet. Raise ValueError when the settings cannot work."""
        where = f"llm.mcp {settings.name}"
        if bool(settings.command) == bool(settings.url):
            raise ValueError(f"{where} needs either a command or a url")
        if find_spec("mcp") is None:
            raise ValueError(NO_PACKAGE)
        self.name, self.seconds = settings.name, settings.seconds
        self._command = settings.command
        self._environment = filled_all(settings.environment, f"{where}.environment")
        self._url = filled(settings.url, f"{where}.url")
        self._headers = filled_all(settings.headers, f"{where}.headers")
        self._wanted = frozenset(settings.tools)
        self.tools: Sequence[McpTool] = ()
        """Those of its last listing; none before the first."""
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._over = asyncio.Event()

    async def connect(self) -> "Client":
        """The connection, made now where there is none. Raise ToolError."""
        if self._task is not None and self._over.is_set() and not self._task.done():
            await asyncio.wait([self._task])
        if self._task is None or self._task.done():
            self._ready, self._over = asyncio.Event(), asyncio.Event()
            self._task = asyncio.get_running_loop().create_task(self._live(self._over))
            self._task.add_done_callback(_looked_at)
        task, ready = self._task, asyncio.ensure_future(self._ready.wait())
        try:
            await asyncio.wait([ready, task], timeout=self.seconds, return_when="FIRST_COMPLETED")
        finally:
            ready.cancel()
        if self._client is not None and not task.done():
            return self._client
        why = _first(task.exception()) if task.done() and not task.cancelled() else "no answer"
        if not task.done():
            task.cancel()
        raise ToolError("failed", f"the server {self.name} cannot be reached ({why})", "down")

    async def call(self, name: str, arguments: dict[str, Any]) -> str:
        """Call a tool. Raise ToolError."""
        client = await self.connect()
        from anyio import BrokenResourceError, ClosedResourceError  # noqa: PLC0415 - loaded by mcp
        from mcp import MCPError  # noqa: PLC0415 - only who has servers

        try:
            result = await client.call_tool(name, arguments)
        except MCPError as refusal:
            if _is_lost(refusal):
                self._over.set()
                raise ToolError(
                    "failed", f"{name} broke off; whether it was done is not known", "lost"
                ) from refusal
            raise ToolError("refused", f"{name} was refused: {refusal}", "refused") from refusal
        except (BrokenResourceError, ClosedResourceError, OSError) as lost:
            self._over.set()
            raise ToolError("failed", f"{name} cannot be reached", "lost") from lost
        except (ValueError, RuntimeError) as garbled:
            raise ToolError(
                "failed", f"{name} answered nonsense: {garbled}", "nonsense"
            ) from garbled
        text = _text(result.content, result.structured_content)
        if result.is_error:
            raise ToolError("failed", text or f"{name} failed", "failed")
        return text

    async def close(self) -> None:
        """End the connection, and the program."""
        self._over.set()
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _live(self, over: asyncio.Event) -> None:
        """Hold a connection until it is over; raises what went wrong with it."""
        from models.chat.tools.mcp_connection import opened  # noqa: PLC0415 - loads mcp

        changed = asyncio.Event()
        connection = await asyncio.to_thread(
            opened, self._command, self._environment, self._url, self._headers
        )
        try:
            async with connection.client(over, changed) as client:
                await self._list(client)
                self._client = client
                self._ready.set()
                while not over.is_set():
                    await _either(over, changed)
                    if changed.is_set() and not over.is_set():
                        changed.clear()
                        await self._list(client)
        finally:
            self._client = None

    async def _list(self, client: "Client") -> None:
        found: list[Listed] = []
        page = await client.list_tools(cache_mode="refresh")
        found += page.tools
        while page.next_cursor and len(found) < _MOST_TOOLS:
            page = await client.list_tools(cursor=page.next_cursor)
            found += page.tools
        self.tools = [tool for listed in found[:_MOST_TOOLS] if (tool := self._fit(listed))]
        if missing := self._wanted - {listed.name for listed in found}:
            logger.warning("MCP server %s has no tool %s", self.name, ", ".join(sorted(missing)))

    def _fit(self, listed: "Listed") -> McpTool | None:
        if self._wanted and listed.name not in self._wanted:
            return None
        try:
            return McpTool(self, listed)
        except ValueError as wrong:
            logger.warning("MCP server %s: %s is left out: %s", self.name, listed.name, wrong)
            return None


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when="FIRST_COMPLETED")
    finally:
        for wait in waits:
            wait.cancel()


def _is_lost(error: Any) -> bool:
    from mcp.types import CONNECTION_CLOSED  # noqa: PLC0415 - loaded

    return "Session terminated" in str(error) or error.code == CONNECTION_CLOSED


def _text(content: Sequence[Any], structured: Any) -> str:
    """What a model can read of a result."""
    from mcp.types import EmbeddedResource, TextContent, TextResourceContents  # noqa: PLC0415
    from pydantic_core import to_json  # noqa: PLC0415 - loaded by mcp

    said: list[str] = []
    for block in content:
        if isinstance(block, TextContent):
            said.append(block.text)
        elif isinstance(block, EmbeddedResource) and isinstance(
            block.resource, TextResourceContents
        ):
            said.append(block.resource.text)
        else:
            said.append(f"[{block.type}, which is no text]")
    if not said and structured is not None:
        said.append(to_json(structured).decode())
    return "\n".join(said)


def _first(error: BaseException | None) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}" if error is not None else "it ended"


def _looked_at(task: asyncio.Task[None]) -> None:
    """Who calls the server is told; that nobody does is no fault."""
    if not task.cancelled():
        task.exception()
