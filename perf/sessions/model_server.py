"""A language model's endpoint on this machine, with a given time to its first token.

In: seconds until the first token, and what it answers to what was said. Out: chat completions as
OpenAI streams them, a word an event. Runs in a thread with a loop of its own, in the benchmark's
process; owns the port, which leaving frees.
"""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

EVENTS: Final = "text/event-stream"


@dataclass
class LocalModel:
    """The endpoint. reply: the answer to the last message. asked: requests so far. left: those
    whose client went before the end. word_seconds: between two words."""

    url: str
    reply: Callable[[str], str]
    first_seconds: float
    word_seconds: float = 0.0
    asked: int = 0
    left: int = 0

    async def complete(self, request: Request) -> StreamingResponse:
        """POST /v1/chat/completions."""
        said = (await request.json())["messages"][-1]["content"]
        self.asked += 1
        return StreamingResponse(self._words(self.reply(said)), media_type=EVENTS)

    async def _words(self, answer: str) -> AsyncIterator[str]:
        whole = False
        try:
            await asyncio.sleep(self.first_seconds)
            for word in answer.split(" "):
                yield _event({"content": f"{word} "}, None)
                await asyncio.sleep(self.word_seconds)
            yield _event({}, "stop") + "data: [DONE]\n\n"
            whole = True
        finally:
            self.left += not whole


@contextmanager
def local_model(reply: Callable[[str], str], first_seconds: float) -> Iterator[LocalModel]:
    """An endpoint that answers as `reply` says; its fields may be changed while it runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    model = LocalModel(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", reply, first_seconds)
    app = Starlette(routes=[Route("/v1/chat/completions", model.complete, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield model
    finally:
        server.should_exit = True
        thread.join()


def _event(delta: dict[str, str], finish: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"
