import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.markup import Markup


def said(pieces: list[str]) -> str:
    markup = Markup()
    return "".join(map(markup.push, pieces)) + markup.finish()


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Plain text, 3 * 4 = 12.", "Plain text, 3 * 4 = 12."),
        ("Some **bold**, *it*, __b__, _i_ and ~~no~~.", "Some bold, it, b, i and no."),
        ("the name snake_case_name stays", "the name snake_case_name stays"),
        ("Run `make test` now.", "Run make test now."),
        ("# Title\nText", "\n\nTitle\n\nText"),
        ("- one\n- two", "\n\none\n\n\ntwo"),
        ("  * one\n+ two", "\n\none\n\n\ntwo"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("-5 degrees", "-5 degrees"),
        ("**Bold** start", "Bold start"),
        ("> - quoted", "\n\n\n\nquoted"),
        ("a\n---\nb", "a\n\n\n\nb"),
        ("a\n--- \nb", "a\n\n\n \nb"),
        ("See [the page](https://a.b/c?d=e 'x') there.", "See the page there."),
        ("![A cat](cat.png) sits.", "A cat sits."),
        ("As said [1].", "As said 1."),
        ("Go to https://www.example.com/a/b.html. Then", "Go to www.example.com. Then"),
        ("(http://example.com)", "(example.com)"),
        ("at https://a.de/x.", "at a.de."),
        ("https and https: alone", "https and https: alone"),
        ("Hi 😀👍🏽 there ❤️!", "Hi  there !"),
        ("家庭👨‍👩‍👧好", "家庭好"),
        ("| a | b |", ", a , b ,"),
        (r"5 \* 3 \_ C:\dir", r"5 * 3 _ C:\dir"),
        ("Wow! [x] Hey!", "Wow! x Hey!"),
        ("about ~5", "about ~5"),
        ("x\n```python\nprint('a')\n```\nAfter.", "x\n\n\nAfter."),
        ("~~~\ncode\n  ~~~\nAfter.", "\n\nAfter."),
        ("```\ncode that never ends", "\n\n"),
        ("**", "**"),
        ("", ""),
    ],
)
def test_signs_are_not_said(text: str, spoken: str) -> None:
    assert said([text]) == spoken
    assert said(list(text)) == spoken


SIGNS = st.sampled_from(
    [*"*_~`#->|[]()!\\\n ah1.。", "```", "https://", "](", "---", "word", "😀", "\n- ", "/x"]
)


@given(st.lists(SIGNS, max_size=40), st.integers(0, 200), st.integers(0, 200))
def test_any_cutting_says_the_same(signs: list[str], one: int, two: int) -> None:
    text = "".join(signs)
    first, second = sorted((one, two))
    whole = said([text])
    assert said(list(text)) == whole
    assert said([text[:first], text[first:second], text[second:]]) == whole


@pytest.mark.parametrize("sign", ["*", "-", "_", "~", "`", "#", " ", "\n", "[", "!", "|", "h"])
def test_one_sign_for_ever_is_not_held(sign: str) -> None:
    markup = Markup()
    for _ in range(20_000):
        markup.push(sign)
        assert len(markup._held) <= 90


def test_words_are_not_held_back() -> None:
    markup = Markup()
    assert markup.push("Hello wor") == "Hello wor"
    assert markup.push("ld, h") == "ld, "
    assert markup.push("e") == "he"
