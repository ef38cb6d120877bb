"""An answer for which a model calls tools, round after round.

In: the messages. Out: the answer's text in pieces, and marks: where the model waits for its tools,
and where they take long. The calls of a round run at once; one that changes something waits until
the answer is surely wanted. Closing it ends them. Runs in ingest, on its loop; owns the tasks of
one round.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from enum import Enum
from typing import Any, Final

from models.chat.answer_source import AnswerSource
from models.chat.history import Message
from models.chat.tools.call import (
    Outcome,
    ToolCall,
    ToolNews,
    ToolRequest,
    ToolResult,
    ToolRound,
    ToolUse,
)
from models.chat.tools.toolbox import Toolbox
from models.service_error import ServiceError

MOST_CALLS: Final = 16
"""Of one round; the others are refused."""
_TOO_MANY: Final = ToolResult(
    f'{{"error": "not called: at most {MOST_CALLS} calls at once"}}', "refused", "too many calls"
)


class RoundMark(Enum):
    """CALLS: the model has said what it says before its tools. SLOW: they take long."""

    CALLS = "calls"
    SLOW = "slow"


class ToolCalls:
    """The calls of one answer, round by round."""

    def __init__(
        self,
        toolbox: Toolbox,
        slow_ms: int,
        sure: asyncio.Event,
        tell: Callable[[ToolNews], None],
    ) -> None:
        """As `ToolRounds`."""
        self._toolbox = toolbox
        self._slow, self._sure, self._tell = slow_ms / 1000, sure, tell

    async def run(self, request: ToolRequest, results: list[str]) -> AsyncGenerator[RoundMark]:
        """Make them; what they gave is added to `results`. Closing it ends them."""
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(self._one(call)) for call in request.calls[:MOST_CALLS]]
        done = asyncio.gather(*tasks)
        sure = asyncio.ensure_future(self._sure.wait())
        try:
            either: list[asyncio.Future[Any]] = [done, sure]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._slow and not done.done():
                await asyncio.wait([done], timeout=self._slow)
                if not done.done():
                    yield RoundMark.SLOW
            results += [result.text for result in await done]
        finally:
            done.cancel()
            sure.cancel()
        results += [_TOO_MANY.text] * (len(request.calls) - len(tasks))

    async def _one(self, call: ToolCall) -> ToolResult:
        if not self._toolbox.is_read_only(call.name):
            await self._sure.wait()
        begun = time.monotonic()
        self._tell(ToolNews(call.id, call.name, "start"))
        outcome: Outcome = "cancelled"
        detail = ""
        try:
            result = await self._toolbox.call(call)
            outcome, detail = result.outcome, result.detail
            return result
        finally:
            ms = round((time.monotonic() - begun) * 1000)
            self._tell(ToolNews(call.id, call.name, "end", outcome, detail, ms))


class ToolRounds:
    """Of one answer."""

    def __init__(
        self,
        source: AnswerSource,
        toolbox: Toolbox,
        most: int,
        slow_ms: int,
        sure: asyncio.Event,
        tell: Callable[[ToolNews], None],
    ) -> None:
        """most: rounds, after which the model has to answer with what it has. slow_ms: after so
        long a round is called slow; 0: never. sure: set once the answer is wanted. `tell` hears of
        each call."""
        self._source, self._toolbox, self._most = source, toolbox, most
        self._calls = ToolCalls(toolbox, slow_ms, sure, tell)

    async def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str | RoundMark]:
        """The answer; raises ServiceError."""
        self._toolbox.refresh()
        use = ToolUse(self._toolbox.specs())
        while True:
            request: ToolRequest | None = None
            async with aclosing(self._source.stream(messages, use)) as stream:
                async for piece in stream:
                    if isinstance(piece, ToolRequest):
                        request = piece
                    else:
                        yield piece
            if request is None:
                return
            if not use.allowed:
                raise ServiceError(
                    "llm", "nonsense", f"asked for tools after {self._most} rounds of them"
                )
            yield RoundMark.CALLS
            results: list[str] = []
            async with aclosing(self._calls.run(request, results)) as running:
                async for mark in running:
                    yield mark
            use = use.after(ToolRound(request, tuple(results)), self._most)
