"""The words of a session's utterances, for the events that begin and end them.

In: what is asked for, and the sentences as their voices make them. Out: `text` and `tts` of `start`
and `end`. Runs in the supervisor's process; owns the texts of the utterances that have not ended.
"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MOST_CHARACTERS: Final = 5000
"""Of an event's text; of a longer one the beginning is told."""
MOST_TTS_BYTES: Final = 4096
"""Of a request's `tts`, as JSON; a longer one is not told again."""


@dataclass(slots=True)
class UtteranceText:
    """text: what was asked to be spoken, None of an answer or a sound. tts: the request's."""

    text: str | None = None
    tts: dict[str, Any] | None = None
    sentences: list[str] = field(default_factory=list)

    @property
    def begins_with(self) -> str | None:
        """The text, or an answer's first sentence; None of a sound."""
        return self.text or next(iter(self.sentences), None)

    @property
    def whole(self) -> str | None:
        """The text, or all sentences of an answer; None of a sound."""
        return self.text or " ".join(self.sentences)[:MOST_CHARACTERS] or None


class UtteranceTexts:
    """Of one session."""

    def __init__(self) -> None:
        self._known: dict[int, UtteranceText] = {}

    def asked(
        self, utterance: int, text: str | None, tts: Mapping[str, object] | None = None
    ) -> None:
        """An utterance is asked for; text: None where its words are not known yet, or are none."""
        fits = bool(tts) and len(json.dumps(tts).encode()) <= MOST_TTS_BYTES
        words = text[:MOST_CHARACTERS] if text else None
        self._known[utterance] = UtteranceText(words, dict(tts) if tts and fits else None)

    def sentence(self, utterance: int, text: str) -> None:
        """A sentence of it will be heard."""
        known = self._known.get(utterance)
        if known is not None and sum(map(len, known.sentences)) < MOST_CHARACTERS:
            known.sentences.append(text)

    def of(self, utterance: int) -> UtteranceText:
        """What is known of it; nothing of one that has ended."""
        return self._known.get(utterance) or UtteranceText()

    def ended(self, utterance: int) -> None:
        """It was heard, or will not be."""
        self._known.pop(utterance, None)

    def only(self, utterances: Container[int]) -> None:
        """All others are over."""
        self._known = {n: text for n, text in self._known.items() if n in utterances}
