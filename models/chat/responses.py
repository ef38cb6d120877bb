"""OpenAI's Responses: the request, and the events of its stream.

https://platform.openai.com/docs/api-reference/responses-streaming. Nothing is kept by the service
(`store` is false): a turn with calls goes back to it without the ids of its items, and without
what it thought, unless that came encrypted. Runs in ingest; owns what is known of one answer.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from data.services import LlmService
from models.chat.history import Message
from models.chat.tools.call import ToolCall, ToolRequest, ToolSpec, ToolUse
from models.service_error import ServiceError, said

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.responses import FunctionToolParam, ResponseInputParam

_TEXT: Final = frozenset({"response.output_text.delta", "response.refusal.delta"})
_LENGTH: Final = "max_output_tokens"
_MOST_CALLS: Final = 128


class Responses:
    """See `answer_shape.AnswerShape`."""

    event = "event of a response"

    async def ask(
        self, client: "AsyncOpenAI", service: LlmService, messages: Sequence[Message], use: ToolUse
    ) -> "AsyncStream[Any]":
        """See `AnswerShape.ask`."""
        from openai import omit  # noqa: PLC0415 - who has a client has loaded it

        prompt = "\n".join(one["content"] for one in messages if one["role"] == "system")
        said_so_far = [one for one in messages if one["role"] != "system"]
        return await client.responses.create(
            model=service.model,
            instructions=prompt or omit,
            input=cast("ResponseInputParam", [*said_so_far, *_rounds(use)]),
            temperature=service.temperature if service.temperature >= 0 else omit,
            tools=[_tool(spec) for spec in use.specs] or omit,
            tool_choice=omit if use.allowed else "none",
            store=False,
            stream=True,
        )

    def events(self, service: LlmService) -> "ResponseEvents":
        """See `AnswerShape.events`."""
        return ResponseEvents(service.key)


class ResponseEvents:
    """See `answer_shape.AnswerEvents`."""

    def __init__(self, key: str) -> None:
        """`key` is not told, should the service say it."""
        self._key = key
        self._calls: list[ToolCall] = []
        self._items: list[dict[str, Any]] = []

    def read(self, event: Any) -> tuple[str, str]:
        """See `AnswerEvents.read`."""
        kind = event.type
        if kind in _TEXT:
            return event.delta, ""
        match kind:
            case "response.output_item.done":
                self._take(event.item)
            case "response.completed":
                return "", "stop"
            case "response.incomplete":
                why = getattr(event.response.incomplete_details, "reason", None)
                return "", "length" if why == _LENGTH else str(why or "incomplete")
            case "response.failed":
                error = event.response.error
                raise self._failed(getattr(error, "message", None) or "no reason is given")
            case "error":
                raise self._failed(event.message)
        if not isinstance(kind, str):
            raise TypeError("an event has a type")
        return "", ""

    def request(self) -> ToolRequest | None:
        """See `AnswerEvents.request`."""
        return ToolRequest(tuple(self._calls), self._items) if self._calls else None

    def _take(self, item: Any) -> None:
        whole = item.to_dict()
        if item.type == "function_call":
            if len(self._calls) == _MOST_CALLS:
                raise ValueError("the calls do not end")
            self._calls.append(ToolCall(str(item.call_id), str(item.name), str(item.arguments)))
        elif item.type == "reasoning" and not whole.get("encrypted_content"):
            return
        self._items.append(
            {name: value for name, value in whole.items() if name not in ("id", "status")}
        )

    def _failed(self, why: object) -> ServiceError:
        words = said(str(why), self._key)
        return ServiceError("llm", "down", f"failed while it answered: {words}")


def _tool(spec: ToolSpec) -> "FunctionToolParam":
    return {
        "type": "function",
        "name": spec.name,
        "description": spec.description,
        "parameters": dict(spec.parameters),
        "strict": False,
    }


def _rounds(use: ToolUse) -> list[Any]:
    """The rounds so far, as items."""
    told: list[Any] = []
    for done in use.rounds:
        told += done.request.turn
        told += [
            {"type": "function_call_output", "call_id": call.id, "output": result}
            for call, result in zip(done.request.calls, done.results, strict=True)
        ]
    return told
