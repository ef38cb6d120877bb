from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.chat.markup import Markup
from models.chat.sentences import SentenceStream
from models.voice.sentences import sentences

LONG = (
    "This sentence goes on and on, and it has many clauses, which are long; because we want to see "
    "how it is cut when it is more than two hundred letters long, and it goes on, and on, until it "
    "ends here at last, but not yet."
)
ENGLISH = [
    "Hello there.",
    "Dr. Smith paid $3.50 for it.",
    "Is it true?",
    "No!",
    "It is 3.5 m long, e.g. here.",
    "Visit example.com now.",
    "We met at 5 p.m. Then he left.",
    "I know Mr. J. Brown.",
    "Wait... what is it?",
    'He said "Hello. World." and left.',
    "It costs 1,000,000 dollars (about 3.5 times more than before. really) and that's it.",
    LONG,
    "A sentence\nthat is wrapped",
    "\n\nA paragraph here",
    "Note: that is all.",
    "Yes, indeed — it is fine.",
    "It was in 2024. The end.",
    "**Bold** words and `code`.",
    "\n- An item\n- Another one\n\n",
    "Good 😀!",
    "It lost its space.Second one did too!Now it ends.",
    "See example.Com, Node.Js and the U.S.A now.",
    "One<br>two &amp; three",
    "Ok",
]
CHINESE = [
    "你好。",
    "这是一个很长的句子，我们来看看它怎么样；好吗？",
    "他说：“走吧。”",
    "“你好。再见。”他说。",
    "真的！",
    "价格是3.5元。",
    "\n\n新的一段\n",
    "我们今天要介绍的是一个非常重要的概念，它和我们的生活有着密切的关系，但是很多人并不了解它，"
    "因为它看起来很复杂，其实只要认真学习，每一个人都可以掌握它，并且在工作中使用它。",
    "用 Python 写。",
    "好",
]


def streamed(pieces: list[str], early: bool = False) -> list[str]:
    stream = SentenceStream(early)
    return [s for piece in pieces for s in stream.push(piece)] + stream.finish()


def unmarked(text: str) -> str:
    markup = Markup()
    return markup.push(text) + markup.finish()


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


@pytest.mark.parametrize(("pool", "joint"), [(ENGLISH, " "), (CHINESE, "")])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_sentences_are_those_of_the_whole_text(
    pool: list[str], joint: str, data: st.DataObject
) -> None:
    text = joint.join(data.draw(st.lists(st.sampled_from(pool), max_size=7)))
    places = data.draw(st.lists(st.integers(0, 2000), max_size=20))
    whole = list(sentences(unmarked(text)))
    assert streamed(cut(text, places)) == whole
    assert streamed(list(text)) == whole


ANY = st.lists(
    st.sampled_from(
        [*'aBc1。，.,!?:;"“”()（ \n-—*', "ab.Cd ", "it!The ", "Node.Js", "<br>", "| a |"]
    ),
    max_size=120,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(ANY, st.lists(st.integers(0, 200), max_size=6), st.booleans())
def test_any_cutting_gives_the_same(text: str, places: list[int], early: bool) -> None:
    assert streamed(cut(text, places), early) == streamed(list(text), early)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ENGLISH + CHINESE), max_size=8), st.booleans())
def test_no_word_is_lost_in_any_mixture(parts: list[str], early: bool) -> None:
    text = " ".join(parts)
    words = "".join(filter(str.isalnum, unmarked(text)))
    assert "".join(filter(str.isalnum, "".join(streamed(list(text), early)))) == words


def when(text: str, early: bool = False) -> list[tuple[str, str]]:
    """Each sentence with the end of the text that had been seen when it was given."""
    stream = SentenceStream(early)
    return [(s, text[max(0, n - 3) : n + 1]) for n, c in enumerate(text) for s in stream.push(c)]


def test_a_sentence_is_given_with_the_next_one_s_first_letter() -> None:
    assert when("Hello there. It is") == [("Hello there.", "e. I")]
    assert when("Is it? Yes") == [("Is it?", "t? Y")]
    assert when("So it is.\nYes") == [("So it is.", "is.\n")]


def test_a_sentence_without_a_space_behind_it_waits_for_a_word() -> None:
    assert when("It is the first.Second one") == [("It is the first.", "nd o")]
    assert when("It is so!Now") == []
    assert when("It is so!Now go") == [("It is so!", "ow g")]
    assert when("See example.Com now and") == []


def test_what_may_be_an_abbreviation_waits_for_a_word() -> None:
    assert when("Dr. Smith is here. Ann waits") == [("Dr. Smith is here.", "e. A")]
    assert when("It was 3.50. So it") == [("It was 3.50.", " So ")]
    assert when("It was 3.50. so it") == []
    assert when("It was at 5 p.m. Then he left. And") == [
        ("It was at 5 p.m.", "hen "),
        ("Then he left.", "t. A"),
    ]


def test_chinese_is_given_at_once() -> None:
    assert when("你好。再见！好") == [("你好。", "你好。"), ("再见！", "再见！好")]
    assert when("他说：“好。”行") == [("他说：“好。”", "好。”行")]


def test_the_first_clause_may_go_early() -> None:
    text = "Well, the first thing to know, is this. And then, after a long time, it ends."
    assert when(text, early=True)[0] == ("Well, the first thing to know,", "ow, ")
    assert streamed([text], early=True) == [
        "Well, the first thing to know,",
        "is this.",
        "And then, after a long time, it ends.",
    ]
    assert streamed(["好的，我先告诉你一件事情，然后我们再说。"], early=True) == [
        "好的，我先告诉你一件事情，",
        "然后我们再说。",
    ]


@pytest.mark.parametrize("mark", [",", ";", ":", " -", " —"])
def test_a_first_clause_ends_at_any_of_these(mark: str) -> None:
    clause = f"That is what I wanted to say{mark}"
    assert streamed([f"{clause} and this too."], early=True) == [clause, "and this too."]


def test_a_short_first_clause_waits() -> None:
    assert streamed(["Well, yes, no. It costs 1,000,000 dollars - maybe"], early=True) == [
        "Well, yes, no.",
        "It costs 1,000,000 dollars - maybe",
    ]


def test_a_sentence_that_never_ends_is_spoken_all_the_same() -> None:
    given_at = when("and so on " * 100)
    assert len(given_at) >= 4
    assert all(len(sentence) <= 200 for sentence, _ in given_at)


def test_a_row_of_a_table_is_a_sentence_and_a_pause_ends_one() -> None:
    table = "Ages:\n| Name | Age |\n|---|---|\n| Ann | 30 |\n| Bo | 5 |\nThat is all."
    assert streamed(list(table)) == ["Ages:", "Name, Age", "Ann, 30", "Bo, 5", "That is all."]
    ssml = '<speak>Wait <break time="2s"/> for me. <emphasis>Now</emphasis> go.</speak>'
    assert streamed(list(ssml)) == ["Wait", "for me.", "Now go."]


def test_nothing_is_nothing() -> None:
    assert streamed([]) == []
    assert streamed(["", " \n", "...", "**", "😀"]) == []


def test_work_grows_with_the_text_and_not_with_its_square() -> None:
    stream = SentenceStream(False)
    for _ in range(300):
        stream.push("A few words and a comma, as they come. ")
        assert len(stream._text) < 100
    stream.push("word, " * 20_000)
    assert len(stream._text) < 1000
