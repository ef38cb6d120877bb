"""What a model thinks between <think> and </think> is not what it says.

In: pieces of its text, cut anywhere. Out: the same text without its thoughts. Pure; holds at most
the length of a tag. Some endpoints hand thoughts out beside the answer (`reasoning_content`),
others leave DeepSeek's and Qwen's tags in it.
"""

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class ThoughtFilter:
    """Takes the thoughts out of one answer."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def push(self, piece: str) -> str:
        """What of the text so far is said and was not given yet."""
        text, said = self._held + piece, []
        while True:
            tag = _CLOSE if self._thinking else _OPEN
            before, found, after = text.partition(tag)
            if not found:
                break
            if not self._thinking:
                said.append(before)
            self._thinking, text = not self._thinking, after
        kept = _begun(text, tag)
        if not self._thinking:
            said.append(text[: len(text) - kept])
        self._held = text[len(text) - kept :]
        return "".join(said)

    def finish(self) -> str:
        """What was held because it might have become a tag."""
        rest, self._held = "" if self._thinking else self._held, ""
        return rest


def _begun(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    most = min(len(tag) - 1, len(text))
    return next((n for n in range(most, 0, -1) if tag.startswith(text[-n:])), 0)
