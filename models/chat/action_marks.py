"""Actions that a text names, and before which word each stands.

In: the names in square brackets that stood in a text, as places of the text without them, and the
sentences that were made of it. Out: the sentences, each with its actions. Pure; owns nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

_CLOSING: Final = frozenset(".,;:!?…")


class ActionMark(NamedTuple):
    """An action's name; `at`: the index of the character that it stands before."""

    at: int
    name: str


class MarkedSentence(NamedTuple):
    """A sentence to speak, "" for actions behind the last one, and its actions in order."""

    text: str
    actions: tuple[ActionMark, ...] = ()


def tag_of(text: str, at: int, names: frozenset[str], last: bool) -> str | None:
    """The name of the action in the brackets that open at `text[at]`, "" if it is none of `names`.

    None: more of the text must be seen. `[nod](…)` is a link; capitals do not matter."""
    if not names:
        return ""
    longest = max(map(len, names)) + 1
    end = text.find("]", at, at + longest + 1)
    if end < 0:
        begun = text[at + 1 :].lower()
        grows = len(begun) < longest and any(name.startswith(begun) for name in names)
        return None if grows and not last else ""
    name = text[at + 1 : end].lower()
    if name not in names:
        return ""
    if end + 1 == len(text) and not last:
        return None
    return "" if text.startswith("(", end + 1) else name


def placed(
    text: str, marks: Sequence[ActionMark], found: Iterable[str]
) -> Iterator[MarkedSentence]:
    """The sentences `found` in `text`, in order, with the marks of `text`; marks behind the last
    one come with an empty sentence.

    A sentence's characters are the text's, but for spaces and what was left out. The space that a
    mark leaves before a full stop or the like goes."""
    waiting, at = list(marks), 0
    for sentence in found:
        places, at = _places(text, sentence, at)
        mine = [mark for mark in waiting if places and mark.at <= places[-1]]
        waiting = waiting[len(mine) :]
        moved = [ActionMark(_index(places, mark.at), mark.name) for mark in mine]
        yield _tidied(sentence, moved)
    if waiting:
        yield MarkedSentence("", tuple(ActionMark(0, mark.name) for mark in waiting))


def _places(text: str, sentence: str, at: int) -> tuple[list[int], int]:
    """Where in `text` each character of the sentence lies, a space where the one before does; and
    where the search went on to."""
    places: list[int] = []
    for character in sentence:
        found = -1 if character.isspace() else text.find(character, at)
        if found >= 0:
            at = found + 1
        places.append(max(at - 1, 0))
    return places, at


def _index(places: Sequence[int], at: int) -> int:
    return next(index for index, place in enumerate(places) if place >= at)


def _tidied(sentence: str, marks: Sequence[ActionMark]) -> MarkedSentence:
    cut = [
        mark.at - 1
        for mark in marks
        if mark.at and sentence[mark.at] in _CLOSING and sentence[mark.at - 1] == " "
    ]
    kept = "".join(one for index, one in enumerate(sentence) if index not in cut)
    moved = [ActionMark(mark.at - sum(c < mark.at for c in cut), mark.name) for mark in marks]
    return MarkedSentence(kept, tuple(moved))
