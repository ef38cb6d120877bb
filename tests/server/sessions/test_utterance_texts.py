"""The words of utterances, from when they are asked for until they have ended."""

from server.sessions.utterance_texts import MOST_CHARACTERS, UtteranceTexts


def test_a_text_is_known_from_the_first_on() -> None:
    texts = UtteranceTexts()
    texts.asked(1, "Hello there.", {"ref_file": "anna"})
    said = texts.of(1)
    assert (said.begins_with, said.whole) == ("Hello there.", "Hello there.")
    assert said.tts == {"ref_file": "anna"}


def test_an_answer_is_known_sentence_by_sentence() -> None:
    texts = UtteranceTexts()
    texts.asked(1, None)
    assert texts.of(1).begins_with is None
    for words in ("One.", "Two."):
        texts.sentence(1, words)
    assert (texts.of(1).begins_with, texts.of(1).whole) == ("One.", "One. Two.")
    texts.sentence(2, "Nobody asked.")
    assert texts.of(2).whole is None


def test_what_has_ended_is_forgotten() -> None:
    texts = UtteranceTexts()
    for number in (1, 2, 3):
        texts.asked(number, "x")
    texts.ended(1)
    texts.only({3})
    assert [texts.of(number).whole for number in (1, 2, 3)] == [None, None, "x"]


def test_what_is_kept_is_bounded() -> None:
    texts = UtteranceTexts()
    texts.asked(1, "x" * 40_000, {"a": "y" * 5000})
    assert len(texts.of(1).whole or "") == MOST_CHARACTERS
    assert texts.of(1).tts is None
    texts.asked(2, None)
    for _ in range(100):
        texts.sentence(2, "z" * 1000)
    assert len(texts.of(2).whole or "") == MOST_CHARACTERS
