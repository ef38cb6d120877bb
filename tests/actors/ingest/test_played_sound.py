"""What has left of what the face said."""

import numpy as np

from actors.ingest.played_sound import LENGTH, PlayedSound
from data.units import FEATURE_CHUNK
from runtime.control_words import ControlWord
from tests.actors.session_rig import Rig


def chunk(value: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full(FEATURE_CHUNK, value, np.float32)


def test_only_what_has_left_was_played() -> None:
    with Rig() as rig:
        played = PlayedSound(rig.control)
        assert len(played.last(1000)) == 0
        for utterance in (1, 2):
            for number in range(10):
                played.push(utterance, number, chunk(utterance + number / 100))
        rig.control.store(ControlWord.HEARD_UTTERANCE, 2)
        rig.control.store(ControlWord.HEARD_FRAME, 1)
        last = played.last(6 * FEATURE_CHUNK)
        assert last[::FEATURE_CHUNK].round(2).tolist() == [
            np.float32(value).round(2) for value in (1.08, 1.09, 2.0, 2.01, 2.02, 2.03)
        ]
        assert len(played.last(10**6)) == 14 * FEATURE_CHUNK


def test_what_is_long_ago_is_forgotten() -> None:
    with Rig() as rig:
        played = PlayedSound(rig.control)
        for number in range(LENGTH + 5):
            played.push(1, number, chunk(number))
        rig.control.store(ControlWord.HEARD_UTTERANCE, 1)
        rig.control.store(ControlWord.HEARD_FRAME, LENGTH)
        assert played.last(10**9)[0] == 5
