"""Tools of real MCP servers: a program by its pipes, and one over streamable HTTP."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from data.services import LlmService
from data.tools import McpService
from models.chat.tools.call import ToolCall, ToolResult
from models.chat.tools.toolbox import Toolbox
from tests.actors.session_rig import told
from tests.models.chat.tools import mcp_program

PROGRAM = str(Path(__file__).with_name("mcp_program.py"))
COMMAND = (sys.executable, PROGRAM)
Use = Callable[[Toolbox], Coroutine[Any, Any, None]]


def by_pipes(use: Use, **settings: Any) -> None:
    async def story() -> None:
        await with_toolbox(McpService("lab", COMMAND, **settings), use)

    told(story())


async def with_toolbox(service: McpService, use: Use) -> None:
    toolbox = Toolbox(LlmService(mcp=(service,)))
    await toolbox.load(60)
    try:
        await use(toolbox)
    finally:
        await toolbox.close()


@asynccontextmanager
async def over_http(port: int = 0) -> AsyncIterator[int]:
    """The same server over HTTP, until it is left; its port."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        app = mcp_program.server.streamable_http_app(stateless_http=True)
        served = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        task = asyncio.ensure_future(served.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            served.should_exit = served.force_exit = True
            await task


@asynccontextmanager
async def journal(folder: Path) -> AsyncIterator[tuple[str, asyncio.Queue[str]]]:
    """A socket, and the lines that the program says to it."""
    lines: asyncio.Queue[str] = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.put_nowait((await reader.read()).decode())
        writer.close()

    path = str(folder / "journal")
    async with await asyncio.start_unix_server(take, path):
        yield path, lines


async def call(toolbox: Toolbox, name: str, **arguments: Any) -> ToolResult:
    return await toolbox.call(ToolCall("c", f"lab__{name}", json.dumps(arguments)))


async def uses(toolbox: Toolbox) -> None:
    """What every server's tools do."""
    specs = {spec.name: spec for spec in toolbox.specs()}
    assert specs["lab__add"].description == "Add two numbers."
    assert specs["lab__add"].parameters["required"] == ["a", "b"]
    assert specs["lab__add"].read_only and not specs["lab__token"].read_only
    added = await asyncio.gather(*(call(toolbox, "add", a=n, b=1) for n in range(8)))
    assert [one.text for one in added] == [str(n + 1) for n in range(8)]
    wrong = await call(toolbox, "add", a="two", b=1)
    assert wrong.outcome == "refused" and "['a']: 'two'" in wrong.text
    failed = await call(toolbox, "fails")
    assert failed.outcome == "failed" and "the oven is cold" in failed.text
    assert "oven" not in failed.detail


def test_a_programs_tools_are_called_by_its_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(toolbox: Toolbox) -> None:
        await uses(toolbox)
        assert (await call(toolbox, "token")).text == "t0"

    monkeypatch.setenv("LAB_TOKEN", "t0")
    by_pipes(use, environment={"TOKEN": "${LAB_TOKEN}"})


def test_a_servers_tools_are_called_over_http_and_it_may_come_back() -> None:
    async def story() -> None:
        async with over_http() as port:
            pass
        service = McpService("lab", url=f"http://127.0.0.1:{port}/mcp", seconds=10)
        toolbox = Toolbox(LlmService(mcp=(service,)))
        await toolbox.load(60)
        assert toolbox.specs() == (), "nobody is there"
        try:
            async with over_http(port):
                await toolbox.load(60)
                await uses(toolbox)
            assert (await call(toolbox, "add", a=1, b=1)).outcome == "failed"
            async with over_http(port):
                assert (await call(toolbox, "add", a=1, b=1)).text == "2"
        finally:
            await toolbox.close()

    told(story())


def test_only_those_that_are_named_are_there() -> None:
    async def use(toolbox: Toolbox) -> None:
        assert [spec.name for spec in toolbox.specs()] == ["lab__add"]
        assert (await call(toolbox, "token")).outcome == "refused"

    by_pipes(use, tools=("add", "missing"))


def test_a_call_that_is_cancelled_is_cancelled_at_the_server(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal(tmp_path) as (path, lines):

            async def use(toolbox: Toolbox) -> None:
                task = asyncio.ensure_future(call(toolbox, "waits"))
                assert await lines.get() == "waits"
                task.cancel()
                assert await lines.get() == "cancelled"
                assert (await call(toolbox, "add", a=1, b=2)).text == "3"

            await with_toolbox(McpService("lab", COMMAND, {"JOURNAL": path}), use)

    told(story())


def test_a_call_that_is_slow_is_cancelled_and_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal(tmp_path) as (path, lines):

            async def use(toolbox: Toolbox) -> None:
                for tool in toolbox._servers[0].tools:
                    tool.seconds = 0.2
                assert (await call(toolbox, "waits")).outcome == "slow"
                assert [await lines.get(), await lines.get()] == ["waits", "cancelled"]

            await with_toolbox(McpService("lab", COMMAND, {"JOURNAL": path}), use)

    told(story())


def test_a_program_that_died_is_begun_again_by_the_next_call() -> None:
    async def use(toolbox: Toolbox) -> None:
        lost = await call(toolbox, "dies")
        assert (lost.outcome, lost.detail) == ("failed", "lost")
        assert (await call(toolbox, "add", a=1, b=2)).text == "3"

    by_pipes(use)


def test_tools_that_a_server_learns_are_there_soon() -> None:
    async def use(toolbox: Toolbox) -> None:
        assert (await call(toolbox, "subtract", a=3, b=1)).outcome == "refused"
        assert (await call(toolbox, "learn")).text == "learnt"
        while not any(spec.name == "lab__subtract" for spec in toolbox.specs()):
            assert (await call(toolbox, "add", a=1, b=2)).text == "3"
        assert (await call(toolbox, "subtract", a=3, b=1)).text == "2"

    by_pipes(use)


def test_its_end_is_the_programs() -> None:
    async def use(toolbox: Toolbox) -> None:
        assert children()

    by_pipes(use)
    assert children() == set()


def children() -> set[str]:
    """Programs of ours that run."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError):
            continue
        if PROGRAM.encode() in words and int(parent) == os.getpid():
            found.add(entry.name)
    return found


@pytest.mark.parametrize(
    ("service", "why"),
    [
        (McpService("lab"), "either a command or a url"),
        (McpService("lab", ("x",), url="http://x"), "either a command or a url"),
        (McpService("lab", ("x",), environment={"A": "${NOT_SET_HERE}"}), "NOT_SET_HERE"),
    ],
)
def test_settings_that_cannot_work_are_refused(service: McpService, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Toolbox(LlmService(mcp=(service,)))


@pytest.mark.parametrize("command", [("/no/such/program",), (sys.executable, "-c", "print('hi')")])
def test_a_program_that_is_none_is_told_and_stops_nobody(command: tuple[str, ...]) -> None:
    async def story() -> None:
        service = McpService("lab", command, seconds=5)
        toolbox = Toolbox(LlmService(mcp=(service,)))
        await toolbox.load(60)
        assert toolbox.specs() == ()
        await toolbox.close()

    told(story())
