"""All tools of the settings: which there are, and how one is called.

In: a model's call. Out: what it gave, within its time; what goes wrong is a result too, for the
model to make something of. Runs in ingest; owns one pool of HTTP connections and the MCP servers,
freed by `close`.
"""

import asyncio
import json
import logging
from typing import Any, Final, Protocol

import httpx

from data.services import LlmService
from models.chat.tools.arguments import ArgumentCheck
from models.chat.tools.call import (
    NO_SUCH_TOOL,
    ToolCall,
    ToolError,
    ToolResult,
    ToolSpec,
)
from models.chat.tools.http_tool import HttpEndpointTool
from models.chat.tools.mcp_server import McpServer

logger = logging.getLogger(__name__)

_MOST_SAID: Final = 20_000
"""Characters of a result that the model is told."""
_START_SECONDS: Final = 5.0
"""How long a server that is not there keeps ringtalk from its start."""
_CUT: Final = "… (cut)"


class CallableTool(Protocol):
    """Something that can be called. seconds: how long it may take."""

    spec: ToolSpec
    seconds: float
    check: ArgumentCheck

    async def run(self, arguments: dict[str, Any]) -> str:
        """What it gives; cancelling ends it. Raise ToolError."""


class Toolbox:
    """May be used by many sessions at once."""

    def __init__(self, service: LlmService) -> None:
        """Connects to nothing yet. Raise ValueError when the settings cannot work."""
        self._http = httpx.AsyncClient(timeout=None)
        self._own = [HttpEndpointTool(one, self._http) for one in service.tools]
        self._servers = [McpServer(one) for one in service.mcp]
        self._connecting: dict[str, asyncio.Task[None]] = {}
        for names in ([one.name for one in service.tools], [one.name for one in service.mcp]):
            if double := next((name for name in names if names.count(name) > 1), ""):
                raise ValueError(f"two of llm.tools or of llm.mcp are called {double}")

    async def load(self, seconds: float = _START_SECONDS) -> None:
        """Connect to the servers, for so long; then it goes on behind. One that cannot be reached
        is tried again with every answer; until then its tools are not there."""
        self.refresh()
        if self._connecting:
            await asyncio.wait(self._connecting.values(), timeout=seconds)

    def refresh(self) -> None:
        """Begin to connect to those servers whose tools are not known yet."""
        for server in self._servers:
            under_way = self._connecting.get(server.name)
            if not server.tools and (under_way is None or under_way.done()):
                task = asyncio.get_running_loop().create_task(self._connect(server))
                self._connecting[server.name] = task

    def specs(self) -> tuple[ToolSpec, ...]:
        """What a model may call now."""
        return tuple(tool.spec for tool in self._tools().values())

    def is_read_only(self, name: str) -> bool:
        """Whether a call of it changes nothing; so does one of a tool that is not there."""
        tool = self._find(name)
        return tool is None or tool.spec.read_only

    async def call(self, call: ToolCall) -> ToolResult:
        """What it gave, or why it gave nothing. Cancelling ends it."""
        tool = self._find(call.name)
        try:
            if tool is None:
                names = ", ".join(spec.name for spec in self.specs())
                raise ToolError(
                    "refused", f"there is no tool {call.name!r}; there are {names}", NO_SUCH_TOOL
                )
            arguments = tool.check.read(call.arguments)
            async with asyncio.timeout(tool.seconds):
                return ToolResult(_cut(await tool.run(arguments)))
        except TimeoutError:
            assert tool is not None, "only a tool takes time"
            return _failure(
                ToolError(
                    "slow",
                    f"{call.name} did not answer within {tool.seconds:g} seconds; whether it was "
                    "done is not known",
                    f"no answer within {tool.seconds:g} s",
                )
            )
        except ToolError as error:
            return _failure(error)

    async def close(self) -> None:
        """End the servers and close every connection."""
        for task in self._connecting.values():
            task.cancel()
        await asyncio.gather(*(server.close() for server in self._servers), self._http.aclose())

    async def _connect(self, server: McpServer) -> None:
        try:
            await server.connect()
        except ToolError as error:
            logger.warning("%s: its tools are not there yet", error)

    def _tools(self) -> dict[str, CallableTool]:
        """By name; where two share one, the first in the settings has it."""
        found: dict[str, CallableTool] = {tool.spec.name: tool for tool in self._own}
        for server in self._servers:
            found = {tool.spec.name: tool for tool in server.tools} | found
        return found

    def _find(self, name: str) -> CallableTool | None:
        return self._tools().get(name)


def _failure(error: ToolError) -> ToolResult:
    text = json.dumps({"error": _cut(str(error))}, ensure_ascii=False)
    return ToolResult(text, error.outcome, error.detail)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SAID else text[:_MOST_SAID] + _CUT
