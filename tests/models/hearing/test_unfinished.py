"""Transcripts that break off, and those that do not."""

import pytest

from models.hearing.unfinished import breaks_off, is_fragment


@pytest.mark.parametrize(
    "text",
    [
        "I would like.",
        "I would like, um",
        "Can you tell me about?",
        "How much does the",
        "I was thinking that...",
        "What is the capital of?",
        "My brother and",
        "Is there a train that",
        "The thing is that my",
        "I want to go to the",
        "Maybe we should",
        "When I was in Paris,",
        "We could go by train or",
        "I think it's because",
        "我想",
        "我想要一个",
        "因为",
        "我们明天去，然后",
    ],
)
def test_a_clause_that_nobody_ends_there_breaks_off(text: str) -> None:
    assert breaks_off(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What time is it now?",
        "Where do you come from?",
        "Who is it for?",
        "What are you looking at?",
        "No, I would like something else.",
        "I think so.",
        "I do.",
        "Yes.",
        "Stop!",
        "Tell me.",
        "Let's go.",
        "How are you?",
        "I know that.",
        "Please tell me a story about dragons.",
        "你好",
        "好的。",
        "你是谁？",
        "今天天气怎么样？",
        "Wie spät ist es?",
    ],
)
def test_what_may_end_there_does_not(text: str) -> None:
    assert not breaks_off(text)


@pytest.mark.parametrize("text", ["My brother.", "The weather", "A coffee."])
def test_a_thing_alone_may_be_a_fragment(text: str) -> None:
    assert is_fragment(text)
    assert not breaks_off(text)


@pytest.mark.parametrize("text", ["", "The blue one, please.", "My brother came.", "你好", "Yes."])
def test_a_sentence_is_none(text: str) -> None:
    assert not is_fragment(text)
