"""What was heard of a session, sentence by sentence, as captions in the time of a file.

In: what the playout cursor tells. Out: each sentence's captions, once it is over. Runs in the
egress process's event loop; owns the sentence that is being heard.
"""

from typing import Final

from actors.egress.recording.caption_lines import HeardWord, captions_of, heard_part
from actors.egress.recording.subtitles import SubtitleCue
from data.units import TICK_MS
from runtime.messages import ActorEvent

LINGER_MS: Final = 1000
"""A caption stays for so long behind its last word, if nothing follows."""


class HeardCaptions:
    """Of one file, which begins with tick `begin`."""

    def __init__(self, begin: int) -> None:
        self._begin = begin
        self._sentence = ""
        self._start = 0
        self._spoken: int | None = None
        self._words: list[HeardWord] = []

    def told(self, event: ActorEvent) -> list[SubtitleCue]:
        """Take an event; the captions that are complete with it."""
        now = self._ms(event.tick)
        lasts = now + max(0, event.end_ms - event.start_ms)
        match event.kind:
            case "sentence":
                done = self.close(event.tick)
                self._sentence = " ".join(event.text.split())
                self._start, self._spoken = now, lasts if event.end_ms else None
                return done
            case "word" if self._sentence:
                self._words.append(HeardWord(now, event.text))
                self._spoken = max(self._spoken or 0, lasts)
            case "interrupted":
                self._sentence = heard_part(self._sentence, self._words)
                return self.close(event.tick)
            case "end":
                return self.close(event.tick + 1)
        return []

    def close(self, tick: int) -> list[SubtitleCue]:
        """The sentence is over at this tick at the latest; its captions."""
        sentence, words = self._sentence, self._words
        self._sentence, self._words = "", []
        end = self._ms(tick)
        if self._spoken is not None:
            end = min(end, self._spoken + LINGER_MS)
        return captions_of(sentence, self._start, end, words)

    def _ms(self, tick: int) -> int:
        """Of the file; what began before it is shown from its first picture on."""
        return max(0, tick - self._begin) * TICK_MS
