"""OpenAI's chat completions: the request, and the events of its stream.

https://platform.openai.com/docs/api-reference/chat-streaming; Ollama, vLLM, llama.cpp, DashScope
and others speak it. Runs in ingest; owns what is known of one answer.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from data.services import LlmService
from models.chat.history import Message
from models.chat.tools.assistant_turn import AssistantTurn
from models.chat.tools.call import ToolRequest, ToolSpec, ToolUse
from models.chat.tools.call_parts import CallParts

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam


class ChatCompletions:
    """See `answer_shape.AnswerShape`."""

    event = "chat completion chunk"

    async def ask(
        self, client: "AsyncOpenAI", service: LlmService, messages: Sequence[Message], use: ToolUse
    ) -> "AsyncStream[Any]":
        """See `AnswerShape.ask`."""
        from openai import omit  # noqa: PLC0415 - who has a client has loaded it

        return await client.chat.completions.create(
            model=service.model,
            messages=cast("list[ChatCompletionMessageParam]", [*messages, *_rounds(use)]),
            temperature=service.temperature if service.temperature >= 0 else omit,
            tools=[_tool(spec) for spec in use.specs] or omit,
            tool_choice=omit if use.allowed else "none",
            stream=True,
        )

    def events(self, service: LlmService) -> "ChatCompletionEvents":
        """See `AnswerShape.events`."""
        return ChatCompletionEvents()


class ChatCompletionEvents:
    """See `answer_shape.AnswerEvents`."""

    def __init__(self) -> None:
        self._calls, self._turn = CallParts(), AssistantTurn()

    def read(self, event: Any) -> tuple[str, str]:
        """See `AnswerEvents.read`."""
        if not event.choices:
            return "", ""
        choice = event.choices[0]
        delta, finish = choice.delta, choice.finish_reason or ""
        if delta is None:
            return "", str(finish)
        self._calls.push(delta.tool_calls)
        self._turn.push(delta)
        return delta.content or delta.refusal or "", str(finish)

    def request(self) -> ToolRequest | None:
        """See `AnswerEvents.request`."""
        if not self._calls:
            return None
        return ToolRequest(self._calls.calls(), self._turn.message(self._calls))


def _tool(spec: ToolSpec) -> "ChatCompletionToolParam":
    return {
        "type": "function",
        "function": {
            "name": spec.name,
            "description": spec.description,
            "parameters": dict(spec.parameters),
        },
    }


def _rounds(use: ToolUse) -> list[Any]:
    """The rounds so far, as messages."""
    told: list[Any] = []
    for done in use.rounds:
        told.append(done.request.turn)
        told += [
            {"role": "tool", "tool_call_id": call.id, "content": result}
            for call, result in zip(done.request.calls, done.results, strict=True)
        ]
    return told
