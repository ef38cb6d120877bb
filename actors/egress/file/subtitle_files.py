"""What is said in a film, beside it: WebVTT and SubRip.

In: what the playout cursor tells of the film's session. Out: two files with the film's name, if
anything was said. Runs in the egress process's event loop, its end in a thread; owns the captions
until then.
"""

from pathlib import Path
from typing import Final

from actors.egress.recording.heard_captions import HeardCaptions
from actors.egress.recording.subtitles import VTT_HEAD, SubtitleCue, srt_block, vtt_cue
from data.staging import staged_file
from runtime.messages import ActorEvent

ENDINGS: Final = (".vtt", ".srt")


class SubtitleFiles:
    """Of one film, which begins with the session's tick 0."""

    def __init__(self, film: Path) -> None:
        self._film = film
        self._heard = HeardCaptions(0)
        self._captions: list[SubtitleCue] = []

    def told(self, event: ActorEvent) -> None:
        """Take what the playout cursor tells."""
        self._captions += self._heard.told(event)

    def write(self, tick: int) -> None:
        """The film ends with this tick. Raises CannotStore."""
        captions = [*self._captions, *self._heard.close(tick + 1)]
        texts = (
            VTT_HEAD + "".join(map(vtt_cue, captions)),
            "".join(srt_block(number, one) for number, one in enumerate(captions, 1)),
        )
        for ending, text in zip(ENDINGS, texts, strict=True):
            if captions:
                with staged_file(self._film.with_suffix(ending)) as part:
                    part.write_text(text, encoding="utf-8")
