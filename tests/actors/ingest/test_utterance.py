"""What of an utterance a person has heard, from where the ear was."""

from actors.ingest.utterance import heard
from runtime.exchange import WHOLE, Caption

SAID = [
    Caption("sentence", "Hello, dear Anna.", 0, 1000),
    Caption("word", "Hello", 0, 300),
    Caption("word", "dear", 400, 600),
    Caption("word", "Anna", 640, 1000),
    Caption("sentence", "I am here.", 1200, 2000),
    Caption("word", "I", 1200, 1400),
    Caption("word", "am", 1440, 1600),
    Caption("word", "here", 1680, 2000),
]


def test_the_whole_is_every_sentence() -> None:
    assert heard(SAID, WHOLE) == "Hello, dear Anna. I am here."


def test_a_sentence_ends_with_the_last_word_that_began() -> None:
    assert heard(SAID, 0) == "Hello"
    assert heard(SAID, 400 // 40) == "Hello, dear"
    assert heard(SAID, 640 // 40) == "Hello, dear Anna."
    assert heard(SAID, 1440 // 40) == "Hello, dear Anna. I am"


def test_between_two_sentences_the_first_was_heard_and_the_second_was_not() -> None:
    assert heard(SAID, 1100 // 40) == "Hello, dear Anna."


def test_a_sentence_whose_words_nobody_knows_counts_from_its_beginning() -> None:
    told = [caption for caption in SAID if caption.kind == "sentence"]
    assert heard(told, 0) == "Hello, dear Anna."


def test_nothing_was_heard_of_what_was_not_said() -> None:
    assert heard([], WHOLE) == heard([], 7) == ""


def test_words_that_are_written_otherwise_leave_the_others_in_their_place() -> None:
    said = [
        Caption("sentence", "It costs $5 today.", 0, 900),
        Caption("word", "It", 0, 100),
        Caption("word", "five", 200, 400),
        Caption("word", "today", 500, 900),
    ]
    assert heard(said, 5) == "It"
    assert heard(said, 600 // 40) == "It costs $5 today."
