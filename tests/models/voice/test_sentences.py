"""Sentences end where a reader says they do, and no word is lost or doubled."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.voice.clauses import LONGEST, clauses
from models.voice.sentences import sentences

TABLE = [
    (
        "Dr. Smith paid $3.50 to the U.S. firm. Then left.",
        ["Dr. Smith paid $3.50 to the U.S. firm.", "Then left."],
    ),
    ("Hello! How are you? Fine...", ["Hello!", "How are you?", "Fine..."]),
    ("It is 5 p.m. now. Go home.", ["It is 5 p.m. now.", "Go home."]),
    ("See www.example.com for more. Thanks.", ["See www.example.com for more.", "Thanks."]),
    ("J. K. Rowling wrote it, e.g. in 1997.", ["J. K. Rowling wrote it, e.g. in 1997."]),
    ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
    ("Version 2.0 costs 1,250.75 dollars.", ["Version 2.0 costs 1,250.75 dollars."]),
    ("你好，我是小明。今天天气很好！你呢？", ["你好，我是小明。", "今天天气很好！", "你呢？"]),
    ("不错；走吧。", ["不错；", "走吧。"]),
    ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
    ("今日はいい。明日もね！", ["今日はいい。", "明日もね！"]),
    ("Привет, мир. Как дела?", ["Привет, мир.", "Как дела?"]),
    ("नमस्ते। आप कैसे हैं?", ["नमस्ते।", "आप कैसे हैं?"]),
    ("Title\n\nThe text.", ["Title", "The text."]),
    ("wrapped\nline here. Next\none.", ["wrapped line here.", "Next one."]),
    ("Buy:\n- milk\n- bread", ["Buy:", "milk", "bread"]),
    ("# Heading\nText under it.", ["Heading", "Text under it."]),
    ("  spaces   inside.  ", ["spaces inside."]),
    ("no mark at the end", ["no mark at the end"]),
    ("... !!! ??? — 🙂 ", []),
    ("", []),
    ("\n \n\t", []),
    ("42", ["42"]),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_table(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


IN_LANGUAGE = [
    ("de", ["Heute ist Montag, der 30. November 2026.", "Das kostet z. B. 5 Euro."]),
    ("de", ["Wir sehen uns am 3. Tag.", "Dr. Weiß u. a. kommen.", "Ich bin im 2. Stock."]),
    ("de", ["Frau Dr. Meier ist da.", "Es gibt d. h. kein Problem.", "St. Pauli ist schön."]),
    ("fr", ["Mme. Durand est là.", "M. Dupont aussi.", "Voir p. 5.", "C'est tout."]),
    ("es", ["Vive en EE. UU. desde 2010.", "El Sr. Pérez llegó.", "La Dra. Gómez no."]),
    ("it", ["Il Sig. Rossi arriva alle 9.", "La Sig.ra Bianchi no.", "Il prof. Verdi parla."]),
    ("pt", ["O Sr. Silva chegou.", "A Dra. Costa não.", "Veja a pág. 7."]),
    ("nl", ["Dhr. Jansen komt om 9 uur.", "Mevr. de Vries ook.", "Zie blz. 12."]),
    ("da", ["Det er den 3. maj 2026.", "Hr. Hansen kommer.", "F.eks. i morgen."]),
    ("pl", ["Dnia 3. maja spotkamy się.", "Prof. Nowak mówi."]),
    ("en", ["On Jan. 5 we met.", "It is No. 5 now.", "No.", "It is not.", "He was approx. 9."]),
    ("en", ["We scored 3.", "They scored 4.", "We lost."]),
    ("en", ["It opens at 10:45.", "St. Mary's is closed."]),
]
"""By a language's own rules; the sentences stand in a text with spaces between them."""


@pytest.mark.parametrize(("language", "expected"), IN_LANGUAGE)
def test_table_by_language(language: str, expected: list[str]) -> None:
    assert list(sentences(" ".join(expected), language)) == expected


def test_a_hard_wrapped_text_is_not_cut_at_its_line_ends() -> None:
    wrapped = "We met at the\nBritish Museum, and then\nAnn went home. She was\ntired."
    assert list(sentences(wrapped, "en")) == [
        "We met at the British Museum, and then Ann went home.",
        "She was tired.",
    ]


def test_a_time_of_day_is_no_breath() -> None:
    long = "The train that leaves from the second platform of the main station " * 3
    parts = list(clauses(f"{long}is the one at 10:45 in the morning and not the other one."))
    assert len(parts) > 1
    assert "10:45" in " ".join(parts)


GLUED = [
    ["This is the first sentence.", "Second one is here."],
    ["It is done.", "I think so.", "A day later we left."],
    ["I like Paris.", "The city is old."],
    ["Great!", "Now go.", "Did he?", "She did!"],
    ["Well...", "But no."],
    ["It was 2024.", "The year ended."],
    ["So it is (really).", "Then go."],
    ["It's hers.", "Give it back to Peter.", "Everyone agreed."],
    ["Das ist gut.", "Und du?"],
    ["C'est l'été.", "Nous partons."],
    ["Это правда.", "Мы уходим."],
]
"""Without the space between them."""


@pytest.mark.parametrize("expected", GLUED)
def test_sentences_that_lost_the_space_between_them(expected: list[str]) -> None:
    assert list(sentences("".join(expected))) == expected
    assert list(sentences(" ".join(expected))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "See example.Com now",
        "Write it in Node.Js or Vue.Js today",
        "The U.S.A is big",
        "Open README.Md or main.Py first",
        "Version 2.Beta is v1.2.Final here",
        "Ask Mr.Smith or Dr.Jones about it",
        "Call System.Out.print here",
        "It has 3.Five of them",
        "Booking.Com is an example.Org too",
        "1.First comes first",
        "the file config.Yaml, not setup.Cfg",
    ],
)
def test_a_dot_inside_a_name_ends_no_sentence(text: str) -> None:
    assert list(sentences(text)) == [text]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(
                [
                    "Dr. Who",
                    "U.S.",
                    "3.50",
                    "e.g.",
                    '"Yes."',
                    "(no)",
                    "你好。",
                    "；",
                    "∯",
                    "☉.",
                    "♨",
                ]
            ),
            st.sampled_from([". ", "! ", "\n", "\n\n", ", ", " ", "…", "? "]),
        ),
        max_size=60,
    ).map("".join)
)
@example("a∯b. c☇d. Eȸf!")
@example("x. " * 500)
def test_every_word_comes_out_once_and_in_order(text: str) -> None:
    found = list(sentences(text))
    assert "".join(_words(" ".join(found))) == "".join(_words(text))
    for sentence in found:
        assert sentence == sentence.strip()
        assert any(c.isalnum() for c in sentence)
        assert len(sentence) <= LONGEST


@given(st.text(alphabet="ab ,.;好。，1", max_size=900))
def test_clauses_keep_every_character_and_fit(text: str) -> None:
    parts = list(clauses(text))
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < len(part) <= LONGEST for part in parts)


def test_a_long_sentence_is_cut_at_its_best_mark() -> None:
    first = "This goes on for quite a while, with commas, so that a reader is out of breath"
    second = "and this is what comes after the semicolon, which is where one would breathe"
    third = "and the rest of it follows here until the very end of the line"
    parts = list(clauses(f"{first}; {second}, {third}."))
    assert parts == [f"{first};", f"{second}, {third}."]


def test_a_long_chinese_sentence_is_cut_at_a_comma() -> None:
    clause = "今天天气很好我们一起去公园散步吧"
    parts = list(clauses("，".join([clause] * 8) + "。"))
    assert len(parts) > 1
    assert all(part.endswith(("，", "。")) for part in parts)


def test_the_first_sentence_does_not_wait_for_a_long_text() -> None:
    """Only a window of the text is looked at for the first sentence."""

    class Watched(str):
        __slots__ = ()

    text = "A short one. " + "And then it goes on and on. " * 20_000
    assert next(sentences(Watched(text))) == "A short one."


def test_ten_thousand_characters_without_a_mark() -> None:
    parts = list(sentences("word " * 2000))
    assert all(len(part) <= LONGEST for part in parts)
    assert sum(len(part.split()) for part in parts) == 2000
