"""A whole text as it is said aloud: what a language model's answer goes through, at once.

In: a text, perhaps a model's raw reply. Out: its words, without thoughts, markup and tags. Pure.
"""

from models.chat.action_marks import ActionMark
from models.chat.markup import Markup
from models.chat.thought_filter import ThoughtFilter


def cleaned(text: str) -> str:
    """`text` without thoughts, markup and tags; paragraphs stay apart."""
    return cleaned_of_actions(text, frozenset())[0]


def cleaned_of_actions(text: str, actions: frozenset[str]) -> tuple[str, list[ActionMark]]:
    """The same, also without these actions in square brackets; where each of them stood."""
    thoughts, markup = ThoughtFilter("silent"), Markup(actions)
    said = thoughts.push(text) + thoughts.finish()
    whole = markup.push(said) + markup.finish()
    return whole, markup.take_marks()
