"""What was said in a call, as a language model is told it.

In: what the person asked, what of the answer was heard. Out: messages whose roles alternate.
Pure; owns the words of the last turns.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal, TypedDict

_MOST_UNANSWERED: Final = 4
"""Questions without a heard answer that are asked again together with the next one."""
CUT: Final = "…"
"""Ends an answer that was interrupted, so that the model knows that it did not finish."""


class Message(TypedDict):
    """One message of OpenAI's chat completions."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass
class _Exchange:
    asked: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_UNANSWERED))
    heard: str = ""


class History:
    """The last `turns` exchanges of one session and the question that is open.

    An exchange is a user message and the part of its answer that was heard. A question whose
    answer was never heard is not lost: it stands above the next one, in the same message.
    """

    def __init__(self, system: str, turns: int) -> None:
        """`system`: the prompt, "" for none. Raise ValueError when `turns` is negative."""
        if turns < 0:
            raise ValueError(f"a history has 0 or more turns, not {turns}")
        self._system = system
        self._turns: deque[_Exchange] = deque(maxlen=turns + 1)

    def ask(self, text: str) -> None:
        """The person says `text`. Raise ValueError when it says nothing."""
        if not text.strip():
            raise ValueError("an empty text asks nothing")
        if not self._turns or self._turns[-1].heard:
            self._turns.append(_Exchange())
        self._turns[-1].asked.append(text.strip())

    def answer(self, heard: str, interrupted: bool) -> None:
        """The person heard `heard` of the answer; "" when nothing of it was.

        Called again for the same question it goes on with the answer. What was spoken before
        anything was asked is not kept: many endpoints want a user message first.
        """
        words = heard.strip()
        if not words or not self._turns:
            return
        turn = self._turns[-1]
        turn.heard = f"{turn.heard} {words}".strip()
        if interrupted:
            turn.heard = turn.heard.rstrip(CUT) + CUT

    def messages(self) -> list[Message]:
        """What is sent to the model: the system prompt, then user and assistant in turn.

        The last one is a user message, unless nothing was asked since the last answer.
        """
        told: list[Message] = []
        if self._system:
            told.append({"role": "system", "content": self._system})
        for turn in self._turns:
            told.append({"role": "user", "content": "\n".join(turn.asked)})
            if turn.heard:
                told.append({"role": "assistant", "content": turn.heard})
        return told
