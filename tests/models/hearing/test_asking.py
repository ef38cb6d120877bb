"""Who waits for an answer, and whose statement may go on."""

import pytest

from models.hearing.asking import asks


@pytest.mark.parametrize(
    "text",
    [
        "What time is it now?",
        "what time is it now",
        "Sorry, could you say that again?",
        "Please tell me a story.",
        "Tell me a joke.",
        "I would like a cup of coffee, please.",
        "Yes, please.",
        "Yes, of course.",
        "No.",
        "Peter Miller.",
        "Hello, can you hear me",
        "I have a question. How much is it",
        "My phone is broken. Send me the bill.",
        "That is all, thank you.",
        "You're open on Sundays, right?",
        "When does it start",
        "Wie spät ist es?",
        "¿Dónde está la estación?",
        "你叫什么名字",
        "今天天气怎么样？",
        "请给我讲一个故事。",
        "你能帮我吗？",
        "好的，谢谢。",
        "هل تسمعني؟",
    ],
)
def test_these_ask(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "I went to the market yesterday.",
        "My computer stopped working this morning.",
        "When I press the button",
        "The red one is nice.",
        "It was raining all day.",
        "Well, I live in Berlin.",
        "Is it open? I was there yesterday at noon.",
        "Tomorrow I fly to Rome.",
        "Ich war gestern auf dem Markt.",
        "我昨天去了市场。",
        "我的电脑今天早上坏了。",
    ],
)
def test_these_may_go_on(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize("text", ["", " ", "...", "?", "。"])
def test_what_is_no_word_is_no_trouble(text: str) -> None:
    assert asks(text)
