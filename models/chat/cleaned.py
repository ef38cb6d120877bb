"""A whole text as it is said aloud: what a language model's answer goes through, at once.

In: a text, perhaps a model's raw reply. Out: its words, without thoughts, markup and tags. Pure.
"""

from models.chat.markup import Markup
from models.chat.thought_filter import ThoughtFilter


def cleaned(text: str) -> str:
    """`text` without thoughts, markup and tags; paragraphs stay apart."""
    thoughts, markup = ThoughtFilter("silent"), Markup()
    said = thoughts.push(text) + thoughts.finish()
    return markup.push(said) + markup.finish()
