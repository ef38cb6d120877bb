"""Brows rise where speech begins or is stressed, smoothly, and for nothing else."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from data.head import builtin_folder
from models.face.brows import brow_levels
from models.face.mel import MelStream
from models.face.mouth import MouthNet, speech

Speak = Callable[[str], NDArray[np.float32]]
TICK = 640
TEXT = (
    "Good morning, and welcome to the house. We have been waiting for you all week, and now you "
    "are finally here! Would you like a cup of tea, or shall we look at the garden first?"
)


@pytest.fixture(scope="module")
def net() -> MouthNet:
    return MouthNet(builtin_folder() / "mouth.npz")


def windows(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    stream = MelStream()
    return np.stack(stream.push(sound) + stream.finish())


def levels(net: MouthNet, mel: NDArray[np.float32]) -> NDArray[np.float32]:
    return brow_levels(mel, speech(net.columns(mel)))


def rises(level: NDArray[np.float32]) -> list[int]:
    """Ticks at which the brows have risen by 0.4 since they were down."""
    found, lowest, highest, up = [], 1.0, 0.0, False
    for tick, height in enumerate(level):
        if up:
            highest = max(highest, height)
            up = height > highest - 0.25
            lowest = height
        else:
            lowest, highest = min(lowest, height), height
            up = height >= lowest + 0.4
            found += [tick] if up else []
    return found


def test_lively_speech_raises_them_every_second_or_so(net: MouthNet, speak: Speak) -> None:
    sound = speak(TEXT)
    level = levels(net, windows(sound))
    loud = np.sqrt((sound.reshape(-1, TICK) ** 2).mean(axis=1))
    spoken = (loud > 0.02).sum() / 25
    assert 1 <= spoken / len(rises(level)) <= 3
    assert level.max() > 0.6
    assert 0.05 < level[loud > 0.02].mean() < 0.4, "mostly down"


def test_they_move_smoothly(net: MouthNet, speak: Speak) -> None:
    level = levels(net, windows(speak(TEXT)))
    assert np.abs(np.diff(level)).max() <= 0.25
    assert level.min() >= 0 and level.max() <= 1
    assert level[:8].max() < 0.01 and level[-4:].max() < 0.01, "at rest before and after"


def test_the_first_word_raises_them_when_it_is_heard(net: MouthNet, speak: Speak) -> None:
    sound = speak("Hello!")
    level = levels(net, windows(sound))
    begins = int(np.argmax(np.sqrt((sound.reshape(-1, TICK) ** 2).mean(axis=1)) > 0.02))
    up = int(np.argmax(level > 0.1))
    assert begins - 2 <= up <= begins + 1
    assert 2 <= int(np.argmax(level)) - begins <= 6


def test_silence_leaves_them_at_rest(net: MouthNet) -> None:
    assert levels(net, windows(np.zeros(TICK * 40, np.float32))).max() == 0


@pytest.mark.parametrize("level", [1e-4, 1e-3, 1e-2, 1e-1])
@pytest.mark.parametrize("gaps", [False, True])
def test_noise_leaves_them_at_rest(net: MouthNet, level: float, gaps: bool) -> None:
    sound = (np.random.default_rng(0).standard_normal(TICK * 100) * level).astype(np.float32)
    if gaps:
        sound[(np.arange(len(sound)) // (TICK * 20)) % 2 == 0] = 0
    assert levels(net, windows(sound)).max() < 0.1


def test_an_even_tone_leaves_them_at_rest(net: MouthNet) -> None:
    time = np.arange(TICK * 100) / 16_000
    hum = (0.1 * np.sin(2 * np.pi * 100 * time)).astype(np.float32)
    assert levels(net, windows(hum))[25:].max() < 0.1


def test_louder_than_before_is_what_counts(net: MouthNet, speak: Speak) -> None:
    """The same speech from farther off raises them about as much."""
    sound = speak("Would you like a cup of tea?")
    near, far = levels(net, windows(sound)), levels(net, windows(sound * np.float32(0.3)))
    assert np.corrcoef(near, far)[0, 1] > 0.95


def test_a_row_depends_on_itself_alone(net: MouthNet, speak: Speak) -> None:
    mel = windows(speak("Hello, how are you today?"))[10:26]
    spoken = speech(net.columns(mel))
    together = brow_levels(mel, spoken)
    alone = [float(brow_levels(mel[n : n + 1], spoken[n : n + 1])[0]) for n in range(len(mel))]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert brow_levels(mel[:0], spoken[:0]).shape == (0,)


def test_other_shapes_are_refused() -> None:
    mel = np.zeros((2, 80, 72), np.float32)
    with pytest.raises(ValueError, match="windows are"):
        brow_levels(mel[:, :, 1:], np.zeros((2, 18), np.float32))
    with pytest.raises(ValueError, match="windows are"):
        brow_levels(mel, np.zeros((1, 18), np.float32))
