import pytest

from models.hearing.words import is_backchannel, spoken, words_in


@pytest.mark.parametrize(
    "text",
    [
        "Mhm.",
        "Mm-hmm.",
        "Uh-huh, right.",
        "Uh huh",
        "Hmm...",
        "Yeah, yeah.",
        "I see.",
        "OK. Got it!",
        "Ohhhh",
        "Aha, right.",
        "嗯。",
        "嗯嗯，对。",
        "哦，好的",
        "是的是的",
        "[coughing] Mhm.",
    ],
)
def test_one_who_only_listens(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    [
        "Stop.",
        "No.",
        "Yes.",
        "Yeah, but why?",
        "I see a dog",
        "停",
        "对了，我想问",
        "不",
        "",
        "...",
    ],
)
def test_one_who_says_something_or_nothing(text: str) -> None:
    assert not is_backchannel(text)


def test_a_long_hum_is_judged_at_once() -> None:
    assert is_backchannel("m" * 100_000)
    assert not is_backchannel("mh" * 50_000 + "x")
    assert not is_backchannel("嗯对是" * 30_000 + "不")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("...", 0),
        ("[BLANK_AUDIO]", 0),
        ("(music) ♪", 0),
        ("Stop.", 1),
        ("It's seven o'clock, 3.5 times", 5),
        ("停一下", 3),
        ("我用 Python", 3),
        ("こんにちは", 5),
        ("Größe déjà", 2),
    ],
)
def test_words_are_counted(text: str, count: int) -> None:
    assert words_in(text) == count


def test_notes_of_what_is_no_speech_are_left_out() -> None:
    assert spoken(" [Music]  Hello\n(coughs) there *sighs* ♪♪ ") == "Hello there"
