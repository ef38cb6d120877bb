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
        ("| a | b |", "\n\na, b"),
        (
            "| a | b |\n|:--|--:|\n| 1. | -2 |\n|  | c |\nd",
            "\n\na, b\n\n\n\n\n\n\n\n1. -2\n\n\n\nc\n\nd",
        ),
        ("a | b\n--- | :-:\n1 | 2\n\nc", "a , b\n\n\n1, 2\n\n\nc"),
        ("| a \\| b | `c` |\n", "\n\na | b, c\n\n"),
        ("Use x | y or not", "Use x , y or not"),
        ("at www.a.de/b?c=d now", "at www.a.de now"),
        ("at a.com/b?c=d. Km/h and/or", "at a.com. Km/h and/or"),
        ("http://localhost:8010/x: yes", "localhost: yes"),
        ("<https://a.de/b> is", "a.de is"),
        ("请看https://a.de/b?c=d，谢谢", "请看a.de，谢谢"),
        ("请看https://a.de/b然后", "请看a.de然后"),
        ("Is it https://a.de? Yes", "Is it a.de? Yes"),
        ("[x](https://a.de/b_(c)) d", "x d"),
        ("```print(1)```\nAfter.", "\n\n\nAfter."),
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


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("a < b, x<y and y>z, 5<6, <3", "a < b, x<y and y>z, 5<6, <3"),
        ("if a<b and c>d, List<int> or <your name>", "if a<b and c>d, List<int> or <your name>"),
        ("One<br>two<br/>three", "One\n\ntwo\n\nthree"),
        ("a <b>b</b> <i class='x'>c</i><span>d</span>", "a b cd"),
        ("<p>One</p><ul><li>two</li></ul>", "\n\nOne\n\n\n\n\n\ntwo\n\n\n\n"),
        ("AT&amp;T &lt; R&D&nbsp;&#8212; &#x41; &nothing; a & b", "AT&T < R&D — A &nothing; a & b"),
        ('<a href="https://a.de/?x=1&y=2">there</a>', "there"),
        ("a<!-- not > said -->b<script>x < y</script>c<style>p {}</style>", "abc"),
        ("<!DOCTYPE html><?xml version='1.0'?>a", "a"),
        ("<speak>Hi <break time='1s'/>you</speak>", "\n\nHi \n\nyou\n\n"),
        ('a<break strength="none"/>b<break time="0ms"/>c<break/>d', "abc\n\nd"),
        ("<speak><s>a</s><s>b</s></speak> <s>c</s>", "\n\n\n\na\n\n\n\nb\n\n\n\n c"),
        ('<prosody rate="slow">a</prosody> <say-as interpret-as="date">b</say-as>', "a b"),
        ("<mstts:express-as style='sad'>a</mstts:express-as>", "a"),
        ("<tr><td>a</td><td>b</td></tr>\n<tr><td>c</td></tr>", "\n\na, b\n\n\n\n\nc\n\n"),
        ("Use the `<br>` tag", "Use the br tag"),
        ("an open <b", "an open <b"),
        ("an open <a href='x", "an open <a href='x"),
        ("a <!-- never ends", "a "),
        (r"\<br> \&amp;", "<br> &amp;"),
    ],
)
def test_tags_are_not_said(text: str, spoken: str) -> None:
    assert said([text]) == spoken
    assert said(list(text)) == spoken


SIGNS = st.sampled_from(
    [
        *'*_~`#->|[]()!\\\n ah1.。<&;"',
        *("```", "https://", "](", "---", "word", "😀", "\n- ", "/x"),
        *(
            "<b>",
            "</b",
            "<br/>",
            "&amp;",
            "<a href='",
            "'",
            "<!--",
            "-->",
            "\n| ",
            " | ",
            "\n-- | -\n",
        ),
        *(
            "<td>",
            "<tr>",
            "</tr>",
            "<script>",
            "www.",
            "a.com",
            ":8",
            "`<b>",
            "<speak>",
            "<s>",
            "<p",
        ),
    ]
)


@given(st.lists(SIGNS, max_size=40), st.integers(0, 200), st.integers(0, 200))
def test_any_cutting_says_the_same(signs: list[str], one: int, two: int) -> None:
    text = "".join(signs)
    first, second = sorted((one, two))
    whole = said([text])
    assert said(list(text)) == whole
    assert said([text[:first], text[first:second], text[second:]]) == whole


@pytest.mark.parametrize(
    "sign", ["*", "-", "_", "~", "`", "#", " ", "\n", "[", "!", "|", "h", "<", "&"]
)
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
