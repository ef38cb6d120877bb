"""What a language model asks of tools, and what it is told of them.

Types; own nothing. They are the same for every kind of endpoint and every kind of tool.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

Outcome = Literal["done", "refused", "failed", "slow", "cancelled"]
"""done: it answered. refused: its arguments were wrong, or there is no such tool. failed: it says
so, or cannot be reached. slow: it took longer than it may. cancelled: nobody waits any more."""
NO_SUCH_TOOL: Final = "no such tool"
"""Detail of a call whose name the model made up."""


class ToolSpec(NamedTuple):
    """A function as a model is told of it. parameters: the JSON schema of its arguments.
    read_only: it changes nothing."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    read_only: bool = False


class ToolCall(NamedTuple):
    """One call that a model wants. arguments: JSON, as the model wrote it."""

    id: str
    name: str
    arguments: str


class ToolRequest(NamedTuple):
    """A model's turn that ends with calls. turn: that turn, as its endpoint wants it back."""

    calls: tuple[ToolCall, ...]
    turn: Any


class ToolRound(NamedTuple):
    """A request, and what each of its calls gave, in their order."""

    request: ToolRequest
    results: tuple[str, ...]


@dataclass(frozen=True)
class ToolUse:
    """What a model is told of tools. rounds: those of this answer so far. allowed: whether it may
    ask for another."""

    specs: tuple[ToolSpec, ...] = ()
    rounds: tuple[ToolRound, ...] = ()
    allowed: bool = True

    def after(self, done: ToolRound, most: int) -> "ToolUse":
        """One round further, of `most`."""
        rounds = (*self.rounds, done)
        return replace(self, rounds=rounds, allowed=len(rounds) < most)


NO_TOOLS: Final = ToolUse()


class ToolResult(NamedTuple):
    """What a call gave. text: for the model. detail: for people, where it went wrong; it names
    neither arguments nor results."""

    text: str
    outcome: Outcome = "done"
    detail: str = ""


class ToolNews(NamedTuple):
    """A call begins, or is over, after so many ms."""

    call: str
    name: str
    phase: Literal["start", "end"]
    outcome: Outcome | Literal[""] = ""
    detail: str = ""
    ms: int = 0


class ToolError(Exception):
    """A call gave nothing; `str(error)` is for the model, `detail` for people."""

    def __init__(self, outcome: Outcome, message: str, detail: str) -> None:
        super().__init__(message)
        self.outcome: Outcome = outcome
        self.detail = detail
