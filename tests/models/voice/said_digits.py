"""No digit may be lost, whatever the language whose rules read it.

In: the rules of a language and a text; out: nothing, or an AssertionError.
"""

from collections.abc import Callable

from models.voice.numbers.rules import Respelled, owners
from models.voice.text import plain
from models.voice.words import written


def every_digit_is_said(rules: Callable[[str], Respelled], text: str) -> None:
    """Each stands in a place that is said in letters or words; none is left as a digit."""
    made = plain(text)
    found = rules(made)
    assert not any(c.isdecimal() for c in found.text)
    said = {
        at: found.text[place.said_begin : place.said_end]
        for place in found.places
        for at in range(place.begin, place.end)
    }
    for at, c in enumerate(made):
        assert not c.isdecimal() or any(map(str.isalpha, said[at]))
    assert len(owners(made, found, lambda _: 1)) == len(written(found.text))
