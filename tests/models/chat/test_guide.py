"""What the guide understands, in both languages, and that it says what it is."""

import asyncio

import pytest

from models.chat.guide import Guide
from models.chat.history import Message


@pytest.fixture(scope="module")
def guide() -> Guide:
    return Guide()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Hello.", "greeting"),
        ("What are you?", "who"),
        ("What is ring talk?", "who"),
        ("Are you human?", "who"),
        ("Hello, what can you do?", "abilities"),
        ("Can you help me?", "abilities"),
        ("How do I give you my face?", "face"),
        ("Please, could you tell me how I can use my own photo?", "face"),
        ("How can I make you look like me?", "face"),
        ("How do I connect a model?", "model"),
        ("How can I connect to chat GPT?", "model"),
        ("I'd like another voice.", "voice"),
        ("Do you understand Chinese?", "languages"),
        ("Please stop.", "stop"),
        ("No, stop!", "stop"),
        ("Hi there!", "greeting"),
        ("Who the hell are you?", "who"),
        ("Can you see me?", "sight"),
        ("How much does it cost?", "licence"),
        ("你看得到我吗", "sight"),
        ("Thanks a lot.", "thanks"),
        ("你好", "greeting"),
        ("请问你是谁啊", "who"),
        ("怎样接入语言模型？", "model"),
        ("请问怎么换成我的脸？", "face"),
        ("能换个声音吗？", "voice"),
        ("别说了", "stop"),
    ],
)
def test_what_is_asked_in_other_words_is_understood(guide: Guide, text: str, intent: str) -> None:
    assert guide.intent(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "What time is it now?",
        "What's the weather like in Paris?",
        "How do I cook rice?",
        "Who is the president?",
        "Tell me a joke.",
        "Yes.",
        "Are you sad?",
        "今天天气怎么样？",
        "给我讲个笑话",
        "?!",
    ],
)
def test_what_it_does_not_know_it_says(guide: Guide, text: str) -> None:
    assert guide.intent(text) == "unknown"
    assert "language model" in guide.answer(text) or "语言模型" in guide.answer(text)


def test_it_is_honest_and_tells_the_command_that_connects_a_model(guide: Guide) -> None:
    assert "not a language model" in guide.answer("Hello.")
    assert "RINGTALK_LLM__URL" in guide.answer("How do I connect a model?")
    assert "RINGTALK_LLM__URL" in guide.answer("怎么接入语言模型？")


def test_every_phrase_means_its_own_intent(guide: Guide) -> None:
    for phrases in guide._phrases.values():
        for intent, text in phrases:
            assert guide.intent(text) == intent, text


def test_the_last_line_is_answered(guide: Guide) -> None:
    messages: list[Message] = [
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "What are you?\nHow do I give you my face?"},
    ]

    async def story() -> list[str]:
        return [str(piece) async for piece in guide.stream(messages)]

    assert asyncio.run(story()) == [guide.answer("How do I give you my face?")]
