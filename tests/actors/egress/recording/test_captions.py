"""Captions: lines that a person can read, in time with what was heard."""

import pytest

from actors.egress.recording.caption_lines import LINE, HeardWord, captions_of, heard_part
from actors.egress.recording.heard_captions import LINGER_MS, HeardCaptions
from actors.egress.recording.subtitles import SubtitleCue, srt_block, vtt_cue
from runtime.messages import ActorEvent

LONG = (
    "The quick brown fox jumps over the lazy dog, and then it goes on to tell a story that is far "
    "too long for one caption, since nobody reads so fast."
)


def test_a_short_sentence_is_one_caption() -> None:
    assert captions_of("Hello.", 100, 900, []) == [SubtitleCue(100, 900, "Hello.")]
    assert captions_of("", 100, 900, []) == []


def test_a_long_one_is_cut_where_its_words_were_heard() -> None:
    words = [HeardWord(1000 + 200 * n, word) for n, word in enumerate(LONG.split())]
    found = captions_of(LONG, 1000, 7000, words)
    assert " ".join(one.text.replace("\n", " ") for one in found) == LONG
    assert len(found) == 2
    assert all(len(line) <= LINE for one in found for line in one.text.split("\n"))
    first, second = found
    begins = LONG.split().index(second.text.split()[0])
    assert (first.start_ms, second.end_ms) == (1000, 7000)
    assert first.end_ms == second.start_ms == 1000 + 200 * begins


def test_without_words_it_is_cut_by_its_length() -> None:
    first, second = captions_of(LONG, 0, 6000, [])
    assert 2500 < first.end_ms == second.start_ms < 4500


def test_wide_letters_take_two_columns() -> None:
    text = "今天天气很好我们一起去公园散步吧然后再去吃一顿美味的晚餐并且聊聊天"
    found = captions_of(text, 0, 6000, [])
    lines = [line for one in found for line in one.text.split("\n")]
    assert "".join(lines) == text
    assert all(len(line) <= LINE // 2 for line in lines)


def test_a_word_longer_than_a_line_is_cut() -> None:
    found = captions_of("x" * 100, 0, 1000, [])
    assert "".join(one.text.replace("\n", "") for one in found) == "x" * 100


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "Two and two is four."),
        (["Two"], "Two…"),
        (["Two", "and", "two"], "Two and two…"),
        (["Two", "and", "two", "is", "four."], "Two and two is four."),
        (["2", "and"], "Two and…"),
    ],
)
def test_of_what_broke_off_the_heard_part_is_shown(words: list[str], part: str) -> None:
    heard = [HeardWord(n, word) for n, word in enumerate(words)]
    assert heard_part("Two and two is four.", heard) == part


def event(kind: str, tick: int, text: str = "", ms: int = 0) -> ActorEvent:
    return ActorEvent("s", kind, 1, tick, text=text, end_ms=ms)


def test_a_caption_stays_until_the_next_but_not_for_ever() -> None:
    captions = HeardCaptions(10)
    assert captions.told(event("start", 10)) == []
    assert captions.told(event("sentence", 10, "One.", 400)) == []
    assert captions.told(event("sentence", 25, "Two.", 400)) == [SubtitleCue(0, 600, "One.")]
    assert captions.told(event("end", 200)) == [SubtitleCue(600, 1000 + LINGER_MS, "Two.")]
    assert captions.told(event("end", 201)) == []


def test_a_pause_in_a_sentence_keeps_its_caption() -> None:
    captions = HeardCaptions(0)
    captions.told(event("sentence", 0, "One and two.", 800))
    captions.told(event("word", 0, "One", 200))
    captions.told(event("word", 200, "two.", 400))
    assert captions.close(500) == [SubtitleCue(0, 8400 + LINGER_MS, "One and two.")]


def test_the_end_of_a_sentence_that_nobody_knew_is_when_it_is_over() -> None:
    captions = HeardCaptions(0)
    captions.told(event("sentence", 0, "A stream."))
    assert captions.told(event("end", 99)) == [SubtitleCue(0, 4000, "A stream.")]


def test_what_began_before_the_film_is_shown_from_its_beginning() -> None:
    captions = HeardCaptions(100)
    captions.told(event("sentence", 90, "On its way.", 2000))
    assert captions.told(event("end", 140)) == [SubtitleCue(0, 1640, "On its way.")]


def test_the_two_forms() -> None:
    caption = SubtitleCue(3_723_004, 3_724_000, "a < b & c\n\n-->")
    assert vtt_cue(caption) == ("01:02:03.004 --> 01:02:04.000\na &lt; b &amp; c\n--&gt;\n\n")
    assert srt_block(7, caption) == "7\n01:02:03,004 --> 01:02:04,000\na < b & c\n-->\n\n"
