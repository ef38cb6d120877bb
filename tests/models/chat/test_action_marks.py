"""Actions in a text: taken out of what is said, kept at the word that they stand before."""

import pytest

from models.chat.action_marks import ActionMark, MarkedSentence, placed
from models.chat.cleaned import cleaned_of_actions
from models.chat.sentences import SentenceStream
from models.voice.sentences import sentences

NAMES = frozenset({"wave", "nod", "nod-twice"})


def streamed(*pieces: str) -> list[MarkedSentence]:
    stream = SentenceStream(early=False, actions=NAMES)
    found = [one for piece in pieces for one in stream.push_marked(piece)]
    return found + stream.finish_marked()


def whole(text: str) -> list[MarkedSentence]:
    said, marks = cleaned_of_actions(text, NAMES)
    return list(placed(said, marks, sentences(said)))


def before(sentence: MarkedSentence) -> list[tuple[str, str]]:
    """Each action with what is said behind it."""
    return [(mark.name, sentence.text[mark.at :].split(" ")[0]) for mark in sentence.actions]


TEXT = "[wave] Hello there, [Nod] my friend. Now [nod-twice] go. [wave]"


def test_the_answer_is_the_same_however_it_is_cut() -> None:
    expected = streamed(TEXT)
    assert [one.text for one in expected] == ["Hello there, my friend.", "Now go.", ""]
    assert before(expected[0]) == [("wave", "Hello"), ("nod", "my")]
    assert before(expected[1]) == [("nod-twice", "go.")]
    assert expected[2].actions == (ActionMark(0, "wave"),)
    assert streamed(*TEXT) == expected
    for cut in range(len(TEXT)):
        assert streamed(TEXT[:cut], TEXT[cut:]) == expected
    assert whole(TEXT) == expected


@pytest.mark.parametrize(
    ("text", "said", "names"),
    [
        ("I [dance] now.", "I dance now.", []),
        ("See [wave](https://a.example/x) here.", "See wave here.", []),
        ("The word `[wave]` is code.", "The word wave is code.", []),
        ("Hello [wave].", "Hello.", ["wave"]),
        ("Hello [wave], you.", "Hello, you.", ["wave"]),
        ("Hello **[wave]** you.", "Hello you.", ["wave"]),
        ("A list[0] and [wav", "A list0 and wav", []),
        ("你好[wave]世界。", "你好世界。", ["wave"]),
        ("- [wave] first\n- [nod] second", "first", ["wave"]),
        ("[wave][nod] Hello.", "Hello.", ["wave", "nod"]),
    ],
)
def test_only_what_the_avatar_can_do_is_an_action(text: str, said: str, names: list[str]) -> None:
    for found in (streamed(text), streamed(*text), whole(text)):
        assert found[0].text == said
        assert [mark.name for mark in found[0].actions] == names


def test_a_text_of_actions_alone_says_nothing() -> None:
    expected = [MarkedSentence("", (ActionMark(0, "wave"), ActionMark(0, "nod")))]
    assert whole("[wave] [nod]") == expected
    found = streamed(*"[wave] [nod]")
    assert [(one.text, [m.name for m in one.actions]) for one in found] == [("", ["wave", "nod"])]


def test_code_is_neither_said_nor_done() -> None:
    assert streamed("Look:\n```\n[wave]\n```\nDone.")[-1] == MarkedSentence("Done.")


def test_without_actions_brackets_are_what_they_were() -> None:
    stream = SentenceStream(early=False)
    assert stream.push("I [wave] now.") + stream.finish() == ["I wave now."]
