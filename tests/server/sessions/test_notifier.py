"""What is told arrives where it may, and nowhere else."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from runtime.notify_rules import NotifyRules
from server.sessions.notifier import Notifier

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class Hook:
    """A server that notes the requests and answers all alike."""

    def __init__(self, answer: bytes = OK) -> None:
        self._answer = answer
        self.heard: list[tuple[str, str, Any]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(fields["content-length"]))
        self.heard.append((head.split("\r\n")[0], fields["host"], json.loads(body)))
        writer.write(self._answer)
        writer.close()


def tell(hook: Hook, hosts: Callable[[int], list[str]], host: str = "127.0.0.1") -> tuple[str, int]:
    """What became of a notification to `host`, and the hook's port."""

    async def story() -> tuple[str, int]:
        server = await asyncio.start_server(hook, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            notifier = Notifier(NotifyRules(hosts(port)))
            return await notifier.tell(f"http://{host}:{port}/a?b=1", {"status": "running"}), port

    return asyncio.run(story())


def test_an_address_that_is_named_is_told() -> None:
    hook = Hook()
    why, port = tell(hook, lambda port: [f"127.0.0.1:{port}"])
    assert why == ""
    assert hook.heard == [
        ("POST /a?b=1 HTTP/1.1", f"127.0.0.1:{port}", {"status": "running"}),
    ]


def test_a_name_that_stands_for_this_machine_is_not_enough() -> None:
    hook = Hook()
    why, _ = tell(hook, lambda port: ["localhost"], "localhost")
    assert "which is not public" in why
    assert hook.heard == []


def test_a_name_is_told_where_its_address_is_named_too() -> None:
    hook = Hook()
    why, port = tell(hook, lambda port: ["localhost", "127.0.0.0/8", "::1"], "localhost")
    assert why == ""
    assert hook.heard[0][1] == f"localhost:{port}"


def test_what_is_not_named_is_not_told() -> None:
    hook = Hook()
    assert "is told nothing" in tell(hook, lambda port: [f"127.0.0.1:{port - 1}"])[0]
    assert hook.heard == []


@pytest.mark.parametrize("status", ["302 Found\r\nLocation: http://127.0.0.1:1/", "500 Oh"])
def test_a_redirect_is_not_followed_and_no_arrival(status: str) -> None:
    hook = Hook(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    why, _ = tell(hook, lambda port: ["127.0.0.1"])
    assert why == f"it answered {status[:3]}"
    assert len(hook.heard) == 1


def test_nobody_there_is_told_of() -> None:
    async def story() -> str:
        notifier = Notifier(NotifyRules(["127.0.0.1"]))
        return await notifier.tell("http://127.0.0.1:1/", {})

    assert "ConnectError" in asyncio.run(story())
