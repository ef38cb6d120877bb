"""What answers a person: a language model, or the guide where there is none.

A type; owns nothing.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from models.chat.history import Message
from models.chat.tools.call import NO_TOOLS, ToolRequest, ToolUse


class AnswerSource(Protocol):
    """May answer many sessions at once."""

    async def warm(self) -> None:
        """Load what the first answer needs."""

    def stream(
        self, messages: Sequence[Message], use: ToolUse = NO_TOOLS
    ) -> AsyncGenerator[str | ToolRequest]:
        """The answer to the last of `messages` in pieces as they come; at its end the calls of
        tools that it needs before it goes on, if it does. Raises ServiceError."""

    async def close(self) -> None:
        """Free what it holds."""
