"""An answer that is still being written, cut into sentences to speak.

In: pieces of text, cut anywhere. Out: sentences without markup, each as soon as it is certain
(`models.chat.sentence_ends`). Pure; owns the open sentence, a few hundred characters. What comes
out depends on the text alone, not on how it was cut into pieces, and it is what
`models.voice.sentences` makes of the whole text, unless that would need the text's end to decide.
"""

from collections.abc import Iterator
from typing import Final

from models.chat.action_marks import ActionMark, MarkedSentence, placed
from models.chat.markup import Markup
from models.chat.sentence_ends import MARKS, depth, is_open, verdict
from models.voice.clauses import LONGEST, clauses
from models.voice.sentences import sentences
from models.voice.text import weight

_MOST_AT_ONCE: Final = 500
_WIDE_CLAUSE_MARKS: Final = frozenset("，：")
_CLAUSE_MARKS: Final = frozenset(",;:—–-") | _WIDE_CLAUSE_MARKS
_EARLY_LETTERS: Final = 20
"""Letters that make a first clause worth speaking alone: about a second of speech."""
_SHORTEST_LONG: Final = LONGEST // 4
"""Characters that `clauses` may find too long: digits count four times."""
_EVERY: Final = 16


class SentenceStream:
    """The sentences of one answer."""

    def __init__(
        self, early: bool, language: str = "", actions: frozenset[str] = frozenset()
    ) -> None:
        """early: the first clause goes alone if it has about 20 letters (7 in Chinese).

        language: whose rules cut the text, see `models.voice.sentences.sentences`. actions: names
        that are actions where they stand in square brackets."""
        self._early = early
        self._language = language
        self._markup = Markup(actions)
        self._marks: list[ActionMark] = []
        """Those that no sentence has yet, counted from the open sentence's first character."""
        self._done = 0
        """Characters before the open sentence."""
        self._text = ""
        """From the first character of the open sentence on."""
        self._at = 0
        """What is before it was decided on."""
        self._depth = 0
        """Quotes and brackets that were open where it begins."""
        self._check = _SHORTEST_LONG
        """Where it is looked next whether the open sentence is too long."""

    def push(self, delta: str) -> list[str]:
        """The sentences that are certain now and were not given yet, stripped.

        A sentence of more than about 200 letters comes in parts (`models.voice.clauses`).
        """
        return [sentence.text for sentence in self.push_marked(delta) if sentence.text]

    def finish(self) -> list[str]:
        """The rest; the text is over, and the stream of no more use."""
        return [sentence.text for sentence in self.finish_marked() if sentence.text]

    def push_marked(self, delta: str) -> list[MarkedSentence]:
        """The same, each with the actions that stand in it."""
        return list(self._take(self._markup.push(delta), last=False))

    def finish_marked(self) -> list[MarkedSentence]:
        """The rest; actions behind the last sentence come with an empty one."""
        rest = list(self._take(self._markup.finish(), last=True))
        if self._marks:
            rest.append(MarkedSentence("", tuple(self._marks)))
        return rest

    def _take(self, more: str, last: bool) -> Iterator[MarkedSentence]:
        for mark in self._markup.take_marks():
            self._marks.append(ActionMark(mark.at - self._done, mark.name))
        for begin in range(0, len(more), _MOST_AT_ONCE):
            self._text += more[begin : begin + _MOST_AT_ONCE]
            yield from self._cut(last=False)
        if last:
            yield from self._cut(last=True)
            yield from self._give(len(self._text))

    def _cut(self, last: bool) -> Iterator[MarkedSentence]:
        while self._at < len(self._text):
            mark = self._text[self._at]
            if self._early and mark in _CLAUSE_MARKS:
                breath = self._breath(last)
                if breath is None:
                    return
                if breath:
                    yield from self._give(self._at + 1)
                    continue
            if mark in MARKS:
                found = verdict(self._text, self._at, last, self._depth > 0, self._language)
                if found is None:
                    return
                self._at = found.at
                if found.ends:
                    yield from self._give(found.at)
                    continue
            else:
                self._at += 1
            if self._at >= self._check:
                self._check = self._at + _EVERY
                yield from self._overlong()

    def _give(self, end: int) -> Iterator[MarkedSentence]:
        done, self._text = self._text[:end], self._text[end:]
        self._at, self._check = 0, _SHORTEST_LONG
        self._depth = max(0, self._depth + depth(done))
        self._done += end
        marks = [mark for mark in self._marks if mark.at < end]
        self._marks = [ActionMark(mark.at - end, mark.name) for mark in self._marks[len(marks) :]]
        for sentence in placed(done, marks, sentences(done, self._language)):
            if not sentence.text:
                self._marks = [*sentence.actions, *self._marks]
                continue
            self._early = False
            yield sentence

    def _breath(self, last: bool) -> bool | None:
        """Whether the first clause may go alone up to the mark at `_at`; None: more is wanted."""
        mark, before = self._text[self._at], self._text[: self._at]
        if mark not in _WIDE_CLAUSE_MARKS:
            if self._at + 1 == len(self._text) and not last:
                return None
            spaced = self._text[self._at + 1 : self._at + 2].isspace()
            if not spaced or (mark == "-" and not before[-1:].isspace()):
                return False
        return _letters(before) >= _EARLY_LETTERS and not is_open(before)

    def _overlong(self) -> Iterator[MarkedSentence]:
        """The first part of a sentence that is too long for one breath already."""
        if len(list(clauses(self._text[: self._at]))) < 2:
            return
        parts = list(sentences(self._text[: self._at], self._language))
        end = _after(self._text, parts[0]) if len(parts) > 1 else self._at
        yield from self._give(end)


def _letters(text: str) -> int:
    return sum(weight(c) for c in text if c.isalpha())


def _after(text: str, said: str) -> int:
    """Where in `text` the sentence `said` is over; both are the same but for their spaces."""
    at = 0
    for character in said:
        if not character.isspace():
            at = text.index(character, at) + 1
    return at
