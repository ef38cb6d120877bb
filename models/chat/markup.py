r"""Markdown, HTML and SSML as they are said aloud: the words without the signs.

In: a growing text, cut anywhere. Out: the text that is spoken, the same for every cutting. Pure;
holds the few characters that may still turn out to be a sign. Follows CommonMark 0.31
(https://spec.commonmark.org/0.31.2/) as far as language models write it:

headings, list items and quotes become paragraphs; fenced code is left out; `**`, `*`, `_`, `~~`
and backticks around words go; of a link its text stays, of a bare address the host
(`models.chat.addresses`); a table is read row by row (`models.chat.table_row`); tags and entities
are not said (`models.chat.tags`); emoji neither.
"""

import re
from collections.abc import Iterator
from typing import Final

from models.chat import addresses
from models.chat.action_marks import ActionMark, tag_of
from models.chat.addresses import AddressTail
from models.chat.code_fence import CodeFence
from models.chat.line_heads import head_at, may_be_head
from models.chat.table_row import TableRow
from models.chat.tags import BREAK, Tag, may_grow, tag_at
from models.voice.text import plain

_RUN: Final = re.compile(r"[*_~]{1,40}")
_SENTENCE_ENDS: Final = frozenset(".,;:!?")
"""At its end they belong to the sentence, not to the address."""
_ESCAPED: Final = frozenset(r"\`*_{}[]()#+-.!>|~<&")
_ABOVE_TEXT: Final = "\u2000"
"""Below it there is no emoji."""
_LONGEST_WORD: Final = 80


class Markup:
    """Takes the markup out of one text.

    actions: names that, in square brackets, are no text but an action, see `take_marks`."""

    def __init__(self, actions: frozenset[str] = frozenset()) -> None:
        self._actions = actions
        self._marks: list[ActionMark] = []
        self._given = 0
        """Characters that were given so far."""
        self._held = ""
        self._before = "\n"
        """The last character that was read; a line begins after a line end."""
        self._word = ""
        """The letters, digits, dots and hyphens that it ends."""
        self._code = CodeFence()
        self._unsaid = ""
        """What ends the part that is not said; "" outside of one."""
        self._tail = AddressTail()
        self._host = self._angle = False
        """Inside the host of an address; inside the `<` and `>` around one."""
        self._heading = self._table = self._speak = False
        self._row = TableRow()

    def push(self, piece: str) -> str:
        """What is spoken of the text so far and was not given yet."""
        return "".join(self._counted(self._held + piece, last=False))

    def finish(self) -> str:
        """The rest; the text is over."""
        return "".join(self._counted(self._held, last=True))

    def take_marks(self) -> list[ActionMark]:
        """The actions that were met since the last time, counted in all that was given."""
        marks, self._marks = self._marks, []
        return marks

    def _counted(self, text: str, last: bool) -> Iterator[str]:
        for said in self._read(text, last):
            self._given += len(said)
            yield said

    def _read(self, text: str, last: bool) -> Iterator[str]:
        at = 0
        while at < len(text):
            if self._code.open:
                at, self._before = self._code.skip(text, at)
                continue
            if self._tail.open:
                said, at = self._in_address(text, at)
                yield self._row.take(said) if self._row.open else said
                continue
            if self._unsaid:
                at, over = self._in_unsaid(text, at)
                if not over:
                    break
                continue
            step = self._step(text, at, last)
            if step is None:
                break
            said, length = step
            self._remember(said, text[at : at + length])
            at += length
            yield self._row.take(said) if self._row.open and said != BREAK else said
        self._held = text[at:]
        if last and self._tail.open and not self._tail.link and self._before in _SENTENCE_ENDS:
            yield self._before

    def _remember(self, said: str, read: str) -> None:
        if said == BREAK:
            self._before = "\n"
        elif said or len(read) == 1 or not read.startswith("<"):
            self._before = read[-1]
        joins = len(read) == 1 and read.isascii() and (read.isalnum() or read in ".-")
        self._word = (self._word + read)[-_LONGEST_WORD:] if joins else ""

    def _step(self, text: str, at: int, last: bool) -> tuple[str, int] | None:
        """What the next characters say and how many they are; None when more must be seen."""
        if self._before == "\n" and not self._row.open:
            if not last and may_be_head(text, at):
                return None
            if (said := self._line_begin(text, at)) is not None:
                return said
        character, rest = text[at], len(text) - at
        if character == "[" and self._before != "`":
            name = tag_of(text, at, self._actions, last)
            if name is None:
                return None
            if name:
                self._marks.append(ActionMark(self._given, name))
                return "", len(name) + 2
        if character in "<&":
            return self._tag(text, at, last)
        if character in "*_~":
            return self._run(text, at, last)
        if character in addresses.LETTERS and self._may_be_address():
            begun = addresses.begun(text, at, last)
            if begun is None or begun[1]:
                self._host = begun is not None
                return begun
        if rest == 1 and not last and (character in "\\!]" or (character == ":" and self._host)):
            return None
        return self._character(character, text[at + 1 : at + 2])

    def _may_be_address(self) -> bool:
        """Chinese is written right before an address."""
        return not self._host and not (self._before.isascii() and self._before.isalnum())

    def _line_begin(self, text: str, at: int) -> tuple[str, int] | None:
        sign = head_at(text, at)
        if sign is None:
            self._table = self._table and text[at] != "\n"
            if self._table:
                self._row.begin()
            return None
        if sign["fence"]:
            self._code.begin(sign["fence"])
        if sign["row"]:
            self._row.begin()
        self._table = bool(sign["ruled"])
        self._heading = bool(sign["heading"])
        return BREAK, len(sign[0])

    def _character(self, character: str, following: str) -> tuple[str, int]:
        if character == "\n":
            return self._line_end(), 1
        if character == "\\" and following in _ESCAPED and following:
            return following, 2
        if character == "]" and following == "(":
            self._tail.begin(link=True)
            return "", 2
        if self._host_ends(character, following):
            self._host = False
            self._tail.begin(link=False)
            return "", 1
        self._host = self._host and (character.isalnum() or character in ".-")
        if character == "|":
            return self._bar(), 1
        return ("" if self._is_sign(character, following) else character), 1

    def _host_ends(self, character: str, following: str) -> bool:
        """Whether the rest of an address begins here, which is not said."""
        if character in addresses.PATH:
            return self._host or addresses.is_host(self._word)
        return self._host and character == ":" and following.isdigit()

    def _is_sign(self, character: str, following: str) -> bool:
        if character == ">" and self._angle:
            self._angle = False
            return True
        if character in "`[]" or (character == "!" and following == "["):
            return True
        return character > _ABOVE_TEXT and not character.isspace() and not plain(character)

    def _line_end(self) -> str:
        ends = self._heading or (self._row.open and not self._row.wraps)
        self._heading = self._angle = self._host = False
        if ends:
            self._row.end()
        return BREAK if ends else "\n"

    def _bar(self) -> str:
        if not self._row.open:
            return ","
        self._row.cell()
        return ""

    def _tag(self, text: str, at: int, last: bool) -> tuple[str, int] | None:
        """Tags and entities; of a tag that stands in code, as `<br>`, the name is said."""
        if not last and may_grow(text, at):
            return None
        found = tag_at(text, at)
        if found is None:
            begun = addresses.begun(text, at + 1, last) if text[at] == "<" else ("", 0)
            if begun is None:
                return None
            self._angle = bool(begun[1])
            return "" if self._angle else text[at], 1
        self._host = False
        if self._before == "`" and found.name:
            return found.name, found.length
        self._unsaid = found.until
        return self._said_of(found), found.length

    def _said_of(self, tag: Tag) -> str:
        if tag.name == "speak":
            self._speak = not tag.shut
        if tag.name in ("td", "th") and not tag.shut:
            if not self._row.open:
                self._row.begin(wraps=True)
            self._row.cell()
        elif tag.name == "tr" and not tag.shut:
            self._row.begin(wraps=True)
        elif tag.says == BREAK and tag.name in ("tr", "table", "tbody"):
            self._row.end()
        elif tag.says == BREAK and self._row.open:
            return " "
        return BREAK if tag.name == "s" and self._speak else tag.says

    def _in_unsaid(self, text: str, at: int) -> tuple[int, bool]:
        """Where the part that is not said is over, and whether it is; as far as it goes else."""
        end = re.compile(re.escape(self._unsaid), re.IGNORECASE).search(text, at)
        if end is None:
            return max(at, len(text) - len(self._unsaid) + 1), False
        self._unsaid = ""
        return end.end(), True

    def _run(self, text: str, at: int, last: bool) -> tuple[str, int] | None:
        """Stars and lines around words go; between spaces or inside a name they stay."""
        run = _RUN.match(text, at)
        assert run is not None
        if run.end() == len(text) and not last:
            return None
        after = text[run.end() : run.end() + 1] or "\n"
        signs = run[0]
        alone = self._before.isspace() and after.isspace()
        inside = "_" in signs and self._before.isalnum() and after.isalnum()
        keeps = alone or inside or signs == "~"
        return (signs if keeps else ""), len(signs)

    def _in_address(self, text: str, at: int) -> tuple[str, int]:
        """Leave out what is inside; say the mark that ends the sentence behind it."""
        end = self._tail.skip(text, at)
        if end > at:
            self._before = text[end - 1]
        if end == len(text):
            return "", end
        if self._tail.link and text[end] == ")":
            self._before = ")"
            return "", end + 1
        return (self._before if self._before in _SENTENCE_ENDS else ""), end
