import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.thought_filter import ThoughtFilter


def said(pieces: list[str]) -> str:
    thoughts = ThoughtFilter()
    return "".join(map(thoughts.push, pieces)) + thoughts.finish()


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Hello.", "Hello."),
        ("<think>Hm.</think>Hello.", "Hello."),
        ("<think>\n\n</think>\n\nHello.", "\n\nHello."),
        ("A <think>b</think> c <think>d</think> e", "A  c  e"),
        ("<think>never ends", ""),
        ("1 < 2 <thin", "1 < 2 <thin"),
        ("<<think>x</think>>", "<>"),
        ("<think>a </thin </think>b", "b"),
    ],
)
def test_thoughts_are_left_out(text: str, spoken: str) -> None:
    assert said([text]) == spoken
    assert said(list(text)) == spoken


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "thi", "nk>", "/", "a"]), max_size=20))
def test_any_cutting_says_the_same(pieces: list[str]) -> None:
    assert said(pieces) == said(["".join(pieces)]) == said(list("".join(pieces)))


def test_text_is_not_held_back() -> None:
    assert ThoughtFilter().push("Hello <b") == "Hello <b"
    assert ThoughtFilter().push("Hello <t") == "Hello "
