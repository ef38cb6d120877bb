"""Whether a stream of events ended as OpenAI's do, with `data: [DONE]`.

In: the bytes of an answer, in pieces. Out: the same bytes. OpenAI's client keeps the mark to
itself, and some servers send no `finish_reason` before it. Runs in ingest's process; owns the last
bytes of one answer.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from openai import AsyncStream

_MARK: Final = b"data:[DONE]"
_LONGEST: Final = len(_MARK) + 8
"""With the spaces that may stand in it, and the line end before it."""


class DoneMark:
    """Watches one answer; `seen` once it said that it is whole."""

    def __init__(self, answer: "AsyncStream[Any]") -> None:
        """Takes its place between the answer's response and who reads it; nothing is read yet."""
        self.seen = False
        self._last = b"\n"
        response = cast("Any", answer.response)
        self._read = response.aiter_bytes
        response.aiter_bytes = self._watched

    async def _watched(self, *arguments: Any) -> AsyncIterator[bytes]:
        async for piece in self._read(*arguments):
            seen = self._last + piece
            lines = seen.replace(b"\r", b"\n").replace(b" ", b"")
            self.seen = self.seen or b"\n" + _MARK in lines
            self._last = seen[-_LONGEST:]
            yield piece
