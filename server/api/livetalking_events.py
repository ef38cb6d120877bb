"""A session's events as LiveTalking tells them: `start` and `end` of each sentence, and no more.

In: the events of one session in their order, as JSON. Out: the JSON that LiveTalking sends for
them: `status`, `text` (a sound has none) and the request's `tts`. Source: its tts/ and
avatars/base_avatar.py at commit a5a77f4. Owns what it knows of the sentence that is being heard.
"""

import json
from collections.abc import Iterator
from typing import Any


class LiveTalkingEvents:
    """Of one session; `of` takes every event from the first on."""

    def __init__(self) -> None:
        self._told: dict[str, Any] = {}
        self._open: dict[str, Any] | None = None
        self._begun = False

    def of(self, text: str) -> Iterator[str]:
        """What LiveTalking tells when this event (JSON) happens."""
        event = json.loads(text)
        match event["status"]:
            case "start":
                yield from self._end()
                self._told = {key: event[key] for key in ("text", "tts") if key in event}
                self._begun = False
                if "text" not in event:  # a sound, or words that nobody knows
                    yield from self._begin({})
            case "sentence":
                yield from self._end()
                yield from self._begin({"text": event["text"]})
            case "end" | "interrupted":
                if event["status"] == "end" and not self._begun and "text" in event:
                    yield from self._begin({"text": event["text"]})  # its sentences were lost
                yield from self._end()

    def _begin(self, words: dict[str, str]) -> Iterator[str]:
        more = {"tts": self._told["tts"]} if "tts" in self._told else {}
        self._open, self._begun = {**words, **more}, True
        yield json.dumps({"status": "start", **self._open}, ensure_ascii=False)

    def _end(self) -> Iterator[str]:
        if self._open is not None:
            yield json.dumps({"status": "end", **self._open}, ensure_ascii=False)
            self._open = None
