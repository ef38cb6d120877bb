"""How like what was played something heard is."""

import numpy as np

from data.units import FEATURE_RATE
from models.hearing.echo import ECHO, likeness
from tests.models.hearing.conftest import Say

PLAYED = "Once upon a time there was a river that ran down to the sea."


def test_an_echo_is_known_at_any_delay_and_loudness_and_in_a_room(say: Say) -> None:
    played, dice = say(PLAYED), np.random.default_rng(1)
    room = np.zeros(1600, np.float32)
    room[0], places = 1, dice.integers(1, 1600, 40)
    room[places] = dice.normal(0, 0.2, 40) * np.exp(-places / 500)
    for delay_ms, decibels in ((50, 6), (120, 12), (300, 20)):
        late = FEATURE_RATE * delay_ms // 1000
        heard = np.convolve(played, room)[FEATURE_RATE - late : 2 * FEATURE_RATE - late]
        heard = (heard * 10 ** (-decibels / 20)).astype(np.float32)
        assert likeness(heard, played[: 2 * FEATURE_RATE]) > ECHO


def test_another_voice_is_none(say: Say) -> None:
    played = say(PLAYED)
    for text in ("Excuse me, I have a question.", "Please stop talking now."):
        assert likeness(say(text)[4000:12000], played[: 2 * FEATURE_RATE]) < ECHO


def test_a_louder_voice_over_an_echo_is_none(say: Say) -> None:
    played = say(PLAYED)
    heard = 0.05 * played[8000:16000] + say("Excuse me, I have a question.")[4000:12000]
    assert likeness(heard, played) < ECHO


def test_silence_and_what_was_not_played_are_like_nothing(say: Say) -> None:
    played = say(PLAYED)
    assert likeness(np.zeros(1000, np.float32), played) == 0
    assert likeness(played[:4000], played[:3000]) == 0
    assert likeness(played[:4000], np.zeros(0, np.float32)) == 0
    assert likeness(played[:4000], np.zeros(8000, np.float32)) == 0
