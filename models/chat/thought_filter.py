"""What a model thinks is not what it says.

In: pieces of its text, cut anywhere. Out: the same text without its thoughts
(`models.chat.thought_marks`). Pure; holds at most the length of a mark, except where the text may
be a thought that was opened silently: then all of it until `</think>` or its end, at most 100 000
characters. Some endpoints hand thoughts out beside the answer (`reasoning_content`), others leave
them in it.
"""

import re
from typing import Final

from models.chat.silent_thoughts import Opening, reads_like_thought
from models.chat.thought_marks import ThoughtMark, begun_at, first_mark

_SAID_ROLES: Final = ("final", "assistant")
_MOST_HELD: Final = 100_000
"""More is no answer to be spoken, and counts as a thought."""
_BARE: Final = re.compile(r"\s*analysis(?=[A-Z])")
"""gpt-oss where the server took the marks away and left the channel's name."""
_BARE_BEGUN: Final = re.compile(r"\s*(?:a|an|ana|anal|analy|analys|analysi|analysis)?")
_BARE_END: Final = "assistantfinal"
_GAP: Final = "\n\n"


class ThoughtFilter:
    """Takes the thoughts out of one answer."""

    def __init__(self, opening: Opening = "unknown") -> None:
        """`opening`: what is known of the model; the attribute is what is known at the end."""
        self.opening = opening
        self._held = ""
        self._before = ""
        """The last character in front of `_held`."""
        self._begun = self._bare = self._marked = self._said = False
        self._doubt: bool | None = None if opening == "unknown" else opening != "written"
        """Whether the answer so far may be a silent thought; None: not yet known."""
        self._first = ""
        """The answer so far, as long as it may be one."""
        self._thinking = ""
        """The family of the mark that opened the thought; "" outside of one."""
        self._head: str | None = None
        """The channel's name so far, or what stands between two messages; None in a message."""
        self._between = False

    def push(self, piece: str) -> str:
        """What of the text so far is said and was not given yet."""
        return self._read(self._held + piece, last=False)

    def finish(self, whole: bool = True) -> str:
        """What was held. whole: the model came to its end; else what may be a thought is one."""
        rest = self._read(self._held, last=True)
        if self._between and self._head and self._head.strip() not in _SAID_ROLES:
            rest, self._head = rest + self._head, None
        if self._doubt is not False:
            likely = self._doubt and not whole
            rest, self._first = "" if likely else self._first, ""
        self._said = self._said or bool(rest.strip())
        if whole and self._said and self.opening in ("unknown", "likely"):
            self.opening = "written"
        return rest

    def _read(self, text: str, last: bool) -> str:
        if not self._begun:
            if _BARE_BEGUN.fullmatch(text) and not last:
                self._held = text
                return ""
            self._begun, self._bare = True, _BARE.match(text) is not None
        if self._bare:
            return self._in_bare(text, last)
        text, at = self._before + text, len(self._before)
        said: list[str] = []
        while (mark := first_mark(text, at)) is not None:
            said += [self._take(text[at : mark.begin]), self._pass(mark)]
            at = mark.end
        kept = len(text) if last else begun_at(text, at)
        said.append(self._take(text[at:kept]))
        self._held, self._before = text[kept:], text[:kept][-1:]
        return "".join(said)

    def _in_bare(self, text: str, last: bool) -> str:
        _, found, after = text.partition(_BARE_END)
        if not found:
            self._held = text[-len(_BARE_END) :]
            return ""
        self._bare, self._held, self._doubt, self.opening = False, "", False, "written"
        return self._read(after, last)

    def _take(self, text: str) -> str:
        """What is said of a text without marks."""
        if self._head is not None:
            self._head = (self._head + text)[:_MOST_HELD]
            return ""
        if self._thinking or not text:
            return ""
        if self._doubt is not False:
            self._first += text
            if self._doubt is None:
                self._doubt = reads_like_thought(self._first)
            if len(self._first) > _MOST_HELD:
                self._first, self._doubt, self._thinking = "", False, "think"
            if self._doubt is not False:
                return ""
            text, self._first = self._first, ""
        self._said = self._said or not text.isspace()
        return text

    def _pass(self, mark: ThoughtMark) -> str:
        """Go past a mark."""
        match mark.kind:
            case "open":
                self._thinking = self._thinking or mark.family
                return self._written()
            case "shut":
                return self._shut(mark.family)
            case "channel" | "role":
                self._thinking, self._head, self._between = "", "", False
                return self._written()
            case "message":
                words = (self._head or "").replace("<", " ").split()
                self._thinking = "think" if words and words[0] not in _SAID_ROLES else ""
                self._head, self._between = None, False
            case "end":
                if self._marked:
                    self._thinking, self._head, self._between = "", "", True
            case "drop":
                self._head = None if self._head is None else f"{self._head} "
        return ""

    def _written(self) -> str:
        """The text has marks of its own: what was held before them was the answer."""
        text, self._first, self._doubt = self._first, "", False
        self._marked, self.opening = True, "written"
        self._said = self._said or bool(text.strip())
        return text

    def _shut(self, family: str) -> str:
        if self._thinking:
            self._thinking = "" if family in (self._thinking, "think") else self._thinking
            return ""
        self._first, self._doubt = "", False
        if not self._marked:
            self.opening = "silent"
        return _GAP if self._said else ""
