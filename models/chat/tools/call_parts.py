"""The calls of a chat completion, put together from the pieces in which they come.

In: `delta.tool_calls` of each event. Out: the calls. A piece belongs to the call of its index, but
some services (Ollama, Gemini) give every call the same one, and whole: an id of its own begins a
call of its own. Pure; owns the calls so far of one answer.
"""

from typing import Any, Final

from models.chat.tools.call import ToolCall

_KNOWN: Final = frozenset({"index", "id", "type", "function"})
_MOST: Final = 128
_LONGEST: Final = 200_000


class CallParts:
    """Of one answer."""

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._indices: list[int | None] = []

    def __bool__(self) -> bool:
        return bool(self._calls)

    def push(self, deltas: Any) -> None:
        """Take pieces. Raise TypeError, AttributeError or ValueError for what is none."""
        for delta in deltas or ():
            call = self._of(delta)
            function = delta.function
            if function is not None:
                call["function"]["name"] += function.name or ""
                call["function"]["arguments"] += function.arguments or ""
            if len(call["function"]["arguments"]) > _LONGEST:
                raise ValueError("a call's arguments do not end")
            more = {k: v for k, v in delta.to_dict().items() if k not in _KNOWN}
            call.update(more)

    def calls(self) -> tuple[ToolCall, ...]:
        """All of them, whole."""
        return tuple(
            ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in self._calls
        )

    def message(self) -> list[dict[str, Any]]:
        """The same as an assistant's message has them, with what else the service said of them."""
        return self._calls

    def _of(self, delta: Any) -> dict[str, Any]:
        index, id_ = delta.index, delta.id
        at = self._indices.index(index) if index in self._indices else None
        if index is None and not id_ and self._calls:
            return self._calls[-1]
        if at is not None:
            at = max(n for n, known in enumerate(self._indices) if known == index)
            if not id_ or id_ == self._calls[at]["id"]:
                return self._calls[at]
        if len(self._calls) == _MOST:
            raise ValueError("the calls do not end")
        made = {
            "id": id_ or f"call_{len(self._calls) + 1}",
            "type": "function",
            "function": {"name": "", "arguments": ""},
        }
        self._calls.append(made)
        self._indices.append(index)
        return made
