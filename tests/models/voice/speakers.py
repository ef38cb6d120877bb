"""What the tests ask of a `Speaker`."""

from contextlib import aclosing

import numpy as np
import pytest

from data.services import SpeechStyle
from models.sound.loudness import TARGET_DBFS, ActiveLevel
from models.sound.peaks import true_peaks
from models.voice.speech import Speaker, SpeechPiece, SpokenWord
from models.voice.words import written


async def heard(speaker: Speaker, sentence: str, style: SpeechStyle) -> list[SpeechPiece]:
    """The whole sentence."""
    async with aclosing(speaker.speak(sentence, style)) as pieces:
        return [piece async for piece in pieces]


def check_speech(pieces: list[SpeechPiece], rate: int, sentence: str) -> list[SpokenWord]:
    """Short pieces of one rate, level, tight at the front, every word once and in order."""
    assert {piece.rate for piece in pieces} == {rate}
    assert all(piece.sound.dtype == np.float32 for piece in pieces)
    assert max(len(piece.sound) for piece in pieces) <= rate // 10
    sound = np.concatenate([piece.sound for piece in pieces])
    level = ActiveLevel(rate)
    level.push(sound)
    assert level.dbfs() == pytest.approx(TARGET_DBFS, abs=2.0)
    assert true_peaks(sound).max() <= 10 ** (-0.7 / 20)
    words = [word for piece in pieces for word in piece.words]
    assert [word.text for word in words] == [word.text for word in written(sentence)]
    times = [time for word in words for time in (word.start, word.end)]
    assert min(np.diff(times)) > -1e-9
    assert 0 <= times[0] < 0.1
    assert times[-1] <= len(sound) / rate
    return words
