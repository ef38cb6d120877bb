"""A language model's endpoint over real HTTP and SSE, whose answers a test writes."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.models.chat.scripted_service import EVENTS, Call, serving

Messages = list[dict[str, str]]


@dataclass
class Model:
    """reply: the answer to these messages; "CALL name" is a call of that tool, which is here too
    and answers once `release` is called. asked: the messages of each request. left: how many
    clients went away before the answer was whole. pause: seconds between two words."""

    reply: Callable[[Messages], str]
    loop: asyncio.AbstractEventLoop
    url: str = ""
    pause: float = 0.0
    asked: list[Messages] = field(default_factory=list)
    left: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let the tool answer; from any thread."""
        self.loop.call_soon_threadsafe(self.released.set)

    async def answer(self, call: Call) -> None:
        """Stream the reply, word by word."""
        if "/tool" in call.head:
            await self.released.wait()
            self.released.clear()
            await call.whole(200, "text/plain", "seventeen")
            return
        messages: Messages = json.loads(call.body)["messages"]
        self.asked.append(messages)
        gone = asyncio.ensure_future(call.until_left())
        await call.head_of(200, EVENTS)
        try:
            reply = self.reply(messages)
            if reply.startswith("CALL "):
                function = {"name": reply.removeprefix("CALL "), "arguments": "{}"}
                calls = [{"index": 0, "id": "c", "function": function}]
                await call.chunk(_event({"tool_calls": calls}, "tool_calls"))
                await call.end()
                return
            for word in reply.split(" "):
                await call.chunk(_event({"content": f"{word} "}, None))
                if gone.done():
                    raise ConnectionError
                await asyncio.wait([gone], timeout=self.pause)
            await call.chunk(_event({}, "stop") + "data: [DONE]\n\n")
            await call.end()
        except ConnectionError:
            self.left += 1
            raise
        finally:
            gone.cancel()
            await asyncio.wait([gone])


def _event(delta: dict[str, Any], finish: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"


@asynccontextmanager
async def model(reply: Callable[[Messages], str], pause: float = 0.0) -> AsyncIterator[Model]:
    made = Model(reply, asyncio.get_running_loop(), pause=pause)
    async with serving(made.answer) as service:
        made.url = service.url
        yield made


@contextmanager
def model_in_a_thread(reply: Callable[[Messages], str], pause: float = 0.0) -> Iterator[Model]:
    """An endpoint on a loop of its own, for tests whose own loops come and go."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    scope = model(reply, pause)

    def wait(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        yield wait(scope.__aenter__())
        wait(scope.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
