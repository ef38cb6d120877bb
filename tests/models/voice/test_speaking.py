"""Both real voices, measured: level, peak, silence, duration, and what they refuse."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from models.sound.loudness import TARGET_DBFS, ActiveLevel
from models.sound.peaks import true_peaks
from models.voice.errors import UnfitVoice
from models.voice.espeak import EspeakVoice
from models.voice.espeak_library import EspeakLibrary
from models.voice.hibari import HibariVoice
from models.voice.voice import BlockingVoice, pause_ms

ENGLISH = [
    "Hello, how are you today?",
    "Yes.",
    "Bob put the map by the bump.",
    "She sells sea shells by the sea shore, and the fisherman has nothing to say about that.",
]
MANY = ["你好，今天天气很好。", "Bonjour, ça va ?", "안녕하세요.", "Здравствуйте!", "こんにちは。"]


@pytest.fixture(params=["hibari", "espeak"])
def voice(
    request: pytest.FixtureRequest, hibari: HibariVoice, espeak: EspeakVoice
) -> BlockingVoice:
    chosen: dict[str, BlockingVoice] = {"hibari": hibari, "espeak": espeak}
    return chosen[request.param]


def _spoken(voice: BlockingVoice, sentence: str, speed: float = 1.0) -> NDArray[np.float32]:
    return np.concatenate([piece.sound for piece in voice.speak(sentence, speed)])


def _check_measures(samples: NDArray[np.float32], rate: int, sentence: str) -> None:
    level = ActiveLevel(rate)
    level.push(samples)
    assert level.dbfs() == pytest.approx(TARGET_DBFS, abs=1.5)
    assert true_peaks(samples).max() <= 10 ** (-0.7 / 20)
    block = rate // 200
    power = np.square(samples[: len(samples) // block * block].reshape(-1, block)).mean(axis=1)
    sounding = np.flatnonzero(power > 10 ** ((TARGET_DBFS - 40) / 10))
    assert sounding[0] * 5 <= 15, "at most 10 ms of silence before it, on a grid of 5 ms"
    tail_ms = (len(power) - 1 - sounding[-1]) * 5
    assert tail_ms <= pause_ms(sentence) + 10
    if (voiced := np.diff(sounding) * 5).size:
        assert voiced.max() < 600, "no gap inside a sentence"


@pytest.mark.parametrize("sentence", ENGLISH)
def test_english_is_level_and_tight(voice: BlockingVoice, sentence: str) -> None:
    _check_measures(_spoken(voice, sentence), voice.rate, sentence)


@pytest.mark.parametrize("sentence", MANY)
def test_other_languages_are_level_and_tight(espeak: EspeakVoice, sentence: str) -> None:
    _check_measures(_spoken(espeak, sentence), espeak.rate, sentence)


def test_pieces_are_short_and_join_without_a_step(voice: BlockingVoice) -> None:
    spoken = list(voice.speak(ENGLISH[3]))
    assert {piece.rate for piece in spoken} == {voice.rate}
    pieces = [piece.sound for piece in spoken]
    assert len(pieces) > 30
    assert all(p.dtype == np.float32 and p.ndim == 1 for p in pieces)
    assert all(0 <= len(p) <= voice.rate // 10 for p in pieces)
    steps = [abs(float(b[0] - a[-1])) for a, b in pairwise(p for p in pieces if len(p))]
    inside = np.abs(np.diff(np.concatenate(pieces))).max()
    assert max(steps) <= inside


def test_speed_changes_the_duration(voice: BlockingVoice) -> None:
    slow, normal, fast = (len(_spoken(voice, ENGLISH[3], s)) for s in (0.7, 1.0, 1.5))
    assert 1.2 < slow / normal < 1.6
    assert 1.25 < normal / fast < 1.7


@pytest.mark.parametrize("speed", [0.49, 2.01, -1, float("nan")])
def test_an_impossible_speed_is_refused_by_the_call(voice: BlockingVoice, speed: float) -> None:
    with pytest.raises(ValueError, match=r"speed must be from 0\.5 to 2\.0"):
        voice.speak("Hello.", speed)


@pytest.mark.parametrize("sentence", ["", "...", "🙂", "—", "\x00"])
def test_nothing_to_say_is_refused_by_the_call(voice: BlockingVoice, sentence: str) -> None:
    with pytest.raises(UnfitVoice, match="nothing to say"):
        voice.speak(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["½ cup, x² + y³ ≤ 5 µg", "C++ & C# 100% @home #1", "a\x00b", "W.W.W.", "</s> <b>hi</b>",
     "¹ footnote", "Ünïcödé é", "ﬁne 𝐇𝐞𝐥𝐥𝐨", "1" * 60, "e\u0301clair", "[x](/y/) [[h@l]]"],
)  # fmt: skip
def test_odd_text_is_spoken(voice: BlockingVoice, sentence: str) -> None:
    assert np.abs(_spoken(voice, sentence)).max() > 0.1


def test_hibari_speaks_a_single_greek_letter_by_name(hibari: HibariVoice) -> None:
    assert np.array_equal(_spoken(hibari, "α rays"), _spoken(hibari, "alpha rays"))


@pytest.mark.parametrize("sentence", ["Привет", "Hello 你好", "日本語 test", "مرحبا"])
def test_hibari_refuses_other_scripts_and_names_them(hibari: HibariVoice, sentence: str) -> None:
    assert hibari.unspeakable(sentence)
    with pytest.raises(UnfitVoice, match="English only"):
        hibari.speak(sentence)


def test_espeak_refuses_hanzi_outside_chinese(espeak: EspeakVoice, library: EspeakLibrary) -> None:
    assert espeak.unspeakable("今日は天気がいい") == "今日天気"
    assert espeak.unspeakable("きょうはいい") == ""
    assert espeak.unspeakable("你好 means hello") == ""
    assert EspeakVoice(library, "fr").unspeakable("Bonjour 你好") == "你好"
    with pytest.raises(UnfitVoice, match="今日天気"):
        espeak.speak("今日は天気がいい")


def test_espeak_reads_english_inside_mandarin(espeak: EspeakVoice) -> None:
    plain, mixed = _spoken(espeak, "我用这个。"), _spoken(espeak, "我用 Python 这个。")
    assert len(mixed) > len(plain) + espeak.rate * 0.3


def test_the_same_sentence_is_the_same_sound_to_the_bit(hibari: HibariVoice) -> None:
    assert np.array_equal(_spoken(hibari, ENGLISH[0]), _spoken(hibari, ENGLISH[0]))


def test_many_threads_may_speak_at_once(voice: BlockingVoice) -> None:
    """Lines of very different lengths: none may come out of another's. eSpeak varies by 1 %."""
    lines = ["Number " + "and another " * n for n in range(5)]
    expected = [len(_spoken(voice, line)) for line in lines]
    with ThreadPoolExecutor(5) as pool:
        heard = list(pool.map(lambda line: len(_spoken(voice, line)), lines * 3))
    assert heard == pytest.approx(expected * 3, rel=0.01)


def test_not_iterating_further_frees_the_voice(voice: BlockingVoice) -> None:
    started = voice.speak(ENGLISH[3])
    next(started)
    assert len(_spoken(voice, "Yes.")) > 0, "another sentence while the first is suspended"
