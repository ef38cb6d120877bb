"""Each word once, as written, when it is heard."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.voice.espeak import EspeakVoice
from models.voice.hibari import HibariVoice
from models.voice.speech import SpokenWord
from models.voice.voice import BlockingVoice
from models.voice.words import Stretch, estimated, matched, shifted, timed, word_at, written
from tests.models.voice.onsets import onsets

ISOLATED = [
    "apple ... orange ... eagle.", "oak; arm; under.", "inside; ear; moon.", "nose; lamp; rain.",
    "well ... yes ... music.", "ladder; robot; window.", "Bob ... dog ... girl.",
    "Pat; Tom; Kate.", "Anna ... Mike ... Lee.", "Ben ... Paul ... Tim.",
]  # fmt: skip
"""Words with a pause between them, with all kinds of first sounds."""


@pytest.fixture(params=["hibari", "espeak"])
def voice(
    request: pytest.FixtureRequest, hibari: HibariVoice, espeak: EspeakVoice
) -> BlockingVoice:
    chosen: dict[str, BlockingVoice] = {"hibari": hibari, "espeak": espeak}
    return chosen[request.param]


def said(voice: BlockingVoice, sentence: str, speed: float = 1.0) -> tuple[list[SpokenWord], float]:
    """The words and the seconds of a sentence; no word comes after its sound."""
    words: list[SpokenWord] = []
    seconds = 0.0
    for piece in voice.speak(sentence, speed):
        assert all(word.start >= seconds - 1e-6 for word in piece.words)
        words += piece.words
        seconds += len(piece.sound) / piece.rate
    return words, seconds


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Hello, world!", ["Hello", "world"]),
        ("“It's” (so-so)…", ["It's", "so-so"]),
        ("wait—what – now", ["wait", "what", "now"]),
        ("$3.50 & 50% — #1", ["$3.50", "&", "50%", "#1"]),
        ("我用 Python 写，好。", ["我", "用", "Python", "写", "好"]),
        ("きょうはキャンプ", ["きょ", "う", "は", "キャ", "ン", "プ"]),
        ("안녕하세요 여러분.", ["안녕하세요", "여러분"]),
        ("नमस्ते।", ["नमस्ते"]),
        ("🙂 ... —", []),
        ("", []),
    ],
)
def test_words_stand_without_their_marks(sentence: str, words: list[str]) -> None:
    found = written(sentence)
    assert [word.text for word in found] == words
    assert all(word.text in sentence[word.begin : word.end] for word in found)


def test_a_place_belongs_to_the_word_at_it_or_before_it() -> None:
    words = written("“One” two - three")
    assert [word_at(words, place) for place in (0, 4, 5, 6, 10, 12, 99)] == [0, 0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("words", "read", "counts", "owners"),
    [
        ("a b c", "a b c", {}, [0, 1, 2]),
        ("at 3:30 pm", "at three thirty P.M", {"3:30": 2}, [0, 1, 1, 2]),
        ("5 km", "5 kilometers", {}, [0, 1]),
        ("3 March", "the third of March", {}, [0, 0, 0, 1]),
        ("x 👍 y", "x y", {}, [0, 2]),
        ("one two", "zero one two", {}, [0, 0, 1]),
        ("12 34", "a b c d", {"12": 3, "34": 1}, [0, 0, 0, 1]),
        ("", "a", {}, [0]),
    ],
)
def test_what_is_read_belongs_to_what_is_written(
    words: str, read: str, counts: dict[str, int], owners: list[int]
) -> None:
    assert matched(words.split(), read.split(), lambda word: counts.get(word, 1)) == owners


def test_a_word_without_sound_of_its_own_shares_a_neighbours() -> None:
    words = written("aa bb cc dd")
    sounds = [Stretch(1, 1.0, 1.5), Stretch(1, 1.5, 2.0), Stretch(3, 2.0, 3.0)]
    shared = timed(words, 0, 4, sounds)
    assert [word.text for word in shared] == ["aa", "bb", "cc", "dd"]
    assert [word.start for word in shared] == pytest.approx([1.0, 4 / 3, 5 / 3, 2.0])
    assert [word.end for word in shared] == pytest.approx([4 / 3, 5 / 3, 2.0, 3.0])
    assert timed(words, 3, 4, sounds) == [SpokenWord("dd", 2.0, 3.0)]
    assert timed(words, 0, 4, []) == []


def test_shifted_words_stay_inside() -> None:
    words = [SpokenWord("a", 0.1, 0.5), SpokenWord("b", 0.5, 2.0)]
    assert list(shifted(words, -0.25, 1.0)) == [
        SpokenWord("a", 0.0, 0.25),
        SpokenWord("b", 0.25, 1.0),
    ]


def test_an_estimate_goes_by_letters_and_marks() -> None:
    assert estimated("你好", 1.0) == (SpokenWord("你", 0.0, 0.5), SpokenWord("好", 0.5, 1.0))
    one, long, last = estimated("a, incomprehensibly b", 2.0)
    assert long.end - long.start > 5 * (one.end - one.start)
    assert long.start - one.end > last.start - long.end > 0, "a comma is a longer pause"
    assert estimated("...", 1.0) == ()


@given(st.text(max_size=60), st.floats(0.01, 60))
def test_an_estimate_has_every_word_in_order(sentence: str, seconds: float) -> None:
    words = estimated(sentence, seconds)
    assert [word.text for word in words] == [word.text for word in written(sentence)]
    _check_order(words, seconds)


def _check_order(words: Sequence[SpokenWord], seconds: float) -> None:
    times = [time for word in words for time in (word.start, word.end)]
    assert all(later - earlier > -1e-9 for earlier, later in pairwise(times))
    assert not times or (times[0] >= 0 and times[-1] <= seconds + 1e-6)


@pytest.mark.parametrize(
    "sentence",
    ["Hello there.", "At 3:30 pm. it's $1,250.75 — ok?", "Dr. Smith & Co. met on March 3, 2024.",
     "½ cup, x² + y³ ≤ 5 µg", "C++ & C# 100% @home #1", "W.W.W.", "Ünïcödé é", "1" * 60,
     "ﬁne 𝐇𝐞𝐥𝐥𝐨 👍 you", "Call 555-1234 (“now”), e.g. in the U.S. of A.!", "α rays", "word " * 90,
     "[x](/y/) [[h@l]]", "a\x00b e\u0301clair", "state-of-the-art; either/or", "One. Two. Three."],
)  # fmt: skip
@pytest.mark.parametrize("speed", [1.0, 1.7])
def test_every_written_word_is_timed_once_in_order(
    voice: BlockingVoice, sentence: str, speed: float
) -> None:
    words, seconds = said(voice, sentence, speed)
    assert [word.text for word in words] == [word.text for word in written(sentence)]
    _check_order(words, seconds)
    assert words[0].start < 0.1, "the silence before it was cut"


@pytest.mark.parametrize(
    "sentence", ["我用 Python 写代码，今天很好，2024年。", "Здравствуйте, мир!"]
)
def test_espeak_times_other_scripts(espeak: EspeakVoice, sentence: str) -> None:
    words, seconds = said(espeak, sentence)
    assert [word.text for word in words] == [word.text for word in written(sentence)]
    _check_order(words, seconds)
    assert all(word.end - word.start > 0.02 for word in words)


def test_a_number_takes_as_long_as_its_many_words(voice: BlockingVoice) -> None:
    words, seconds = said(voice, "It is 1,234,567 now.")
    assert [word.text for word in words] == ["It", "is", "1,234,567", "now"]
    assert words[2].end - words[2].start > seconds / 2


@pytest.mark.parametrize("speed", [0.8, 1.0])
def test_words_begin_where_they_are_heard(voice: BlockingVoice, speed: float) -> None:
    """Mean and 95th percentile of the error at words that silence separates.

    A sentence's first word is not counted: it is set to the first sound.
    """
    errors: list[float] = []
    for sentence in ISOLATED:
        words, _ = said(voice, sentence, speed)
        sound = np.concatenate([piece.sound for piece in voice.speak(sentence, speed)])
        heard = onsets(sound, voice.rate, len(words))
        if heard is not None:
            errors += [abs(w.start - at) for w, at in zip(words[1:], heard[1:], strict=True)]
    assert len(errors) >= 8, "enough of them have silence between them"
    assert np.mean(errors) < 0.025
    assert np.percentile(errors, 95) <= 0.040, f"{np.percentile(errors, 95):.3f} s"
