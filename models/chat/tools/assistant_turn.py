"""A model's turn that ends with calls, as a chat completion's message.

In: the deltas of its events. Out: the message that is sent back with the calls' results. What the
model thought goes with it where its service told it apart (`reasoning_content`): DeepSeek's API
refuses a turn with calls that comes back without. Pure; owns the turn's text.
"""

from typing import Any

from models.chat.tools.call_parts import CallParts


class AssistantTurn:
    """One turn."""

    def __init__(self) -> None:
        self._text = ""
        self._thought = ""

    def push(self, delta: Any) -> None:
        """Take what an event says."""
        text, thought = delta.content, (delta.model_extra or {}).get("reasoning_content")
        self._text += text if isinstance(text, str) else ""
        self._thought += thought if isinstance(thought, str) else ""

    def message(self, calls: CallParts) -> dict[str, Any]:
        """All of it."""
        told: dict[str, Any] = {
            "role": "assistant",
            "content": self._text or None,
            "tool_calls": calls.message(),
        }
        return told | ({"reasoning_content": self._thought} if self._thought else {})
