"""What differs between two ways of asking a language model: the request, and the events.

Types; own nothing. Implemented in `chat_completions` and `responses`, used by `endpoint`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from data.services import LlmService
from models.chat.history import Message
from models.chat.tools.call import ToolRequest, ToolUse

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream


class AnswerEvents(Protocol):
    """Reads the events of one answer."""

    def read(self, event: Any) -> tuple[str, str]:
        """Text and, at the end, why it ended ("stop", "length", …), "" for what the event lacks.

        OpenAI's client does not check what it reads, so any field may be of any type. Raise
        AttributeError, TypeError, LookupError or ValueError for an event that is none, ServiceError
        for one that says that the answer failed."""

    def request(self) -> ToolRequest | None:
        """The calls that the model wants, once it has ended."""


class AnswerShape(Protocol):
    """One way of asking. event: what its events are called."""

    event: str

    async def ask(
        self, client: "AsyncOpenAI", service: LlmService, messages: Sequence[Message], use: ToolUse
    ) -> "AsyncStream[Any]":
        """Ask; raises what OpenAI's client does."""

    def events(self, service: LlmService) -> AnswerEvents:
        """For one answer."""
