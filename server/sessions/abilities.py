"""What the server can do in a conversation, as the settings and what is installed have it.

In: the settings. Out: who answers, and what is understood by ear. Pure but for a look at what is
installed; owns nothing.
"""

from typing import Literal

from data.hearing.bundled import resolved
from runtime.settings import Settings

Answers = Literal["model", "guide", "nothing"]


def answers_of(settings: Settings) -> Answers:
    """Who answers a person: a language model, the guide, or nobody."""
    if settings.llm.url:
        return "model"
    return "guide" if settings.guide else "nothing"


def hears_of(settings: Settings) -> str | None:
    """The language that is understood by ear, "" for whichever is spoken, None for none."""
    if settings.llm.url and settings.llm.api == "realtime":
        return ""
    transcriber = resolved(settings.asr)
    return transcriber.language if transcriber.kind else None
