"""A real MCP server, of the official package. As a program it is spoken to by its pipes.

It says to who listens at the socket $JOURNAL what befalls it, a line each.
"""

import asyncio
import os
import socket

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

server = MCPServer("made for a test")


def journal(line: str) -> None:
    with socket.socket(socket.AF_UNIX) as told:
        told.connect(os.environ["JOURNAL"])
        told.sendall(line.encode())


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(a: int, b: int) -> str:
    """Add two numbers."""
    return str(a + b)


@server.tool()
def token() -> str:
    """What the environment says."""
    return os.environ.get("TOKEN", "none")


@server.tool()
def fails() -> str:
    """It fails."""
    raise ToolError("the oven is cold")


@server.tool()
def dies() -> str:
    """The server ends in the middle."""
    os._exit(3)


@server.tool()
async def waits() -> str:
    """Until it is cancelled."""
    journal("waits")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        journal("cancelled")
        raise
    return "never"


@server.tool()
async def learn(context: Context) -> str:
    """The server learns to subtract."""

    def subtract(a: int, b: int) -> str:
        """Subtract."""
        return str(a - b)

    server.add_tool(subtract)
    await context.notify_tools_changed()
    return "learnt"


if __name__ == "__main__":
    server.run()
