"""Pieces are short and join; words come with the sound, moved by what was cut, each once."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.voice.remote.finish import Finish
from models.voice.speech import SpeechPiece, SpokenWord

RATE = 16_000


def _voiced(seconds: float, amplitude: float = 0.05) -> NDArray[np.float32]:
    at = np.arange(int(RATE * seconds)) / RATE
    return (amplitude * np.sin(2 * np.pi * 200 * at)).astype(np.float32)


def _silent(seconds: float) -> NDArray[np.float32]:
    return np.zeros(int(RATE * seconds), np.float32)


def _all(finish: Finish, sound: NDArray[np.float32], size: int = 640) -> list[SpeechPiece]:
    pieces: list[SpeechPiece] = []
    for at in range(0, len(sound), size):
        pieces += finish.push(sound[at : at + size])
    return [*pieces, *finish.finish()]


def test_pieces_are_short_and_of_one_rate() -> None:
    pieces = _all(Finish(RATE, 300), _voiced(2.0), size=32_000)
    assert {piece.rate for piece in pieces} == {RATE}
    assert all(0 < len(piece.sound) <= RATE // 10 for piece in pieces)
    assert sum(len(piece.sound) for piece in pieces) == pytest.approx(2 * RATE, abs=RATE // 100)


def test_sound_comes_when_a_fifth_of_a_second_was_heard() -> None:
    finish = Finish(RATE, 300)
    assert not list(finish.push(_silent(0.5)))
    given = [len(list(finish.push(_voiced(0.1)))) for _ in range(4)]
    assert given[0] == 0
    assert sum(given) > 0


def test_words_told_before_the_sound_wait_for_it() -> None:
    finish = Finish(RATE, 300)
    finish.tell((SpokenWord("a", 0.5, 0.7), SpokenWord("b", 0.7, 0.9)))
    pieces = _all(finish, np.concatenate((_silent(0.5), _voiced(1.0))))
    assert [word.text for word in pieces[0].words] == ["a", "b"]
    assert pieces[0].words[0].start == pytest.approx(0.01, abs=0.006)
    assert pieces[0].words[1].end == pytest.approx(0.41, abs=0.006)
    assert not any(piece.words for piece in pieces[1:])


def test_a_word_told_again_or_late_is_left_out() -> None:
    finish = Finish(RATE, 300)
    a, b, c = SpokenWord("a", 0.0, 0.2), SpokenWord("b", 0.2, 0.4), SpokenWord("c", 0.4, 0.6)
    finish.tell((a, b))
    first = list(finish.push(_voiced(0.5)))
    finish.tell((a, b, c, b))
    rest = _all(finish, _voiced(0.5))
    assert [word.text for piece in first for word in piece.words] == ["a", "b"]
    assert [word.text for piece in rest for word in piece.words] == ["c"]


def test_silence_is_not_heard() -> None:
    finish = Finish(RATE, 300)
    assert not _all(finish, _silent(1.0))
    assert not finish.heard
