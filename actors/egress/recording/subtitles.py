"""Captions as text files: WebVTT (W3C) and SubRip.

In: captions with their times. Out: text. Pure; owns nothing.
"""

from typing import Final, NamedTuple

VTT_HEAD: Final = "WEBVTT\n\n"
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class SubtitleCue(NamedTuple):
    """A text of one or two lines, shown from `start_ms` to `end_ms` of the file."""

    start_ms: int
    end_ms: int
    text: str


def vtt_text(text: str) -> str:
    """As it stands in a WebVTT cue: an empty line would end it."""
    return "\n".join(line for line in text.translate(_ESCAPES).splitlines() if line.strip())


def vtt_cue(caption: SubtitleCue) -> str:
    """One cue, with the empty line behind it."""
    times = f"{_clock(caption.start_ms, '.')} --> {_clock(caption.end_ms, '.')}"
    return f"{times}\n{vtt_text(caption.text)}\n\n"


def srt_block(number: int, caption: SubtitleCue) -> str:
    """One block, counted from 1, with the empty line behind it."""
    times = f"{_clock(caption.start_ms, ',')} --> {_clock(caption.end_ms, ',')}"
    lines = "\n".join(line for line in caption.text.splitlines() if line.strip())
    return f"{number}\n{times}\n{lines}\n\n"


def _clock(ms: int, point: str) -> str:
    seconds, rest = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest:03}"
