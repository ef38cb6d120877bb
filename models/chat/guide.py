"""Answers without a language model: a few intents over what ringtalk is and can do.

In: what a person says, in English or Chinese. Out: what data/guide/intents.toml has for the
intent that comes nearest, or that there is none. It says of itself that it is no model. Strings
are compared by rapidfuzz (https://github.com/rapidfuzz/RapidFuzz, MIT): a transcript is never
quite what was said. Runs in ingest, a few milliseconds an answer; owns the intents.
"""

import re
import tomllib
from collections.abc import AsyncGenerator, Sequence
from importlib import resources
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process, utils

from models.chat.history import Message
from models.chat.tools.call import NO_TOOLS, ToolRequest, ToolUse


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LEAST: Final = {"en": 66.0, "zh": 58.0}
"""Of 100: the likeness from which a phrase counts as meant."""
_UNKNOWN: Final = "unknown"
_COMMON: Final = _set(
    "a an and are can could d do does excuse heck hell how i in is it ll m me my now of on or "
    "please re s so sorry tell that the there this to uh um want was well what where which with "
    "would you your"
)
"""Words that ask, and say nothing of what about."""
_SHORT: Final = 4
"""Letters of what is asked about: so few are the same, or something else ("yes" is no "bye")."""
_ONE_SIDED: Final = 15
"""What it costs that only one of two says what it is about ("Are you sad?", "Are you there?")."""
_POLITE: Final = {
    "en": re.compile(
        r"^(?:(?:please|excuse me|sorry|ok|okay|so|well|hello|hi|hey|um|uh)\b[\s,.!]*)+"
    ),
    "zh": re.compile(r"^(?:请问|请|那么?|嗯|你好[，,。\s]+|您好[，,。\s]+)+"),
}
"""What a question may begin with."""


class _Phrase(NamedTuple):
    intent: str
    text: str


class Guide:
    """An `AnswerSource` that needs nothing."""

    def __init__(self) -> None:
        text = resources.files("data.guide").joinpath("intents.toml").read_text("utf-8")
        intents = tomllib.loads(text)
        self._answers = {name: intent["say"] for name, intent in intents.items()}
        self._phrases = {
            language: [
                _Phrase(name, utils.default_process(phrase))
                for name, intent in intents.items()
                for phrase in intent.get(language, ())
            ]
            for language in ("en", "zh")
        }

    def intent(self, text: str) -> str:
        """The name of what `text` asks, "unknown" if none is near."""
        language = _language(text)
        known = self._phrases[language]
        said = _POLITE[language].sub("", text.casefold())
        if language == "en" and said.count(" ") == 0 and not _about(said.strip(" .!?,")):
            said = text
        said = said or text
        likeness = _english if language == "en" else fuzz.ratio
        best = process.extractOne(
            utils.default_process(said),
            [phrase.text for phrase in known],
            scorer=likeness,
            score_cutoff=_LEAST[language],
        )
        return _UNKNOWN if best is None else known[best[2]].intent

    def answer(self, text: str) -> str:
        """What is said to `text`, in its language."""
        found: str = self._answers[self.intent(text)][_language(text)]
        return found

    async def warm(self) -> None:
        """There is nothing to load."""

    async def stream(
        self, messages: Sequence[Message], use: ToolUse = NO_TOOLS
    ) -> AsyncGenerator[str | ToolRequest]:
        """The answer to the last line of the last message: above it stand questions whose answers
        nobody heard. It calls no tools."""
        yield self.answer(messages[-1]["content"].splitlines()[-1])

    async def close(self) -> None:
        """There is nothing to free."""


def _language(text: str) -> str:
    return "zh" if _HAN.search(text) else "en"


def _english(said: str, phrase: str, **_: object) -> float:
    """How like two questions are: a third by all words, the rest by those that say what about."""
    whole = fuzz.token_sort_ratio(said, phrase)
    asked, meant = _about(said), _about(phrase)
    if not (asked and meant):
        return whole - _ONE_SIDED * bool(asked or meant)
    if min(len(asked), len(meant)) <= _SHORT and asked != meant:
        return 0.0
    return (whole + 2 * fuzz.token_sort_ratio(asked, meant)) / 3


def _about(text: str) -> str:
    return " ".join(word for word in text.split() if word not in _COMMON)
