"""Sounds that no mouth makes."""

import numpy as np
import pytest

from data.build.mouth.noises import NOISES, noise


@pytest.mark.parametrize("name", list(NOISES))
def test_every_noise_is_six_seconds_and_no_louder_than_full_scale(name: str) -> None:
    sound = noise(name, 1)
    assert sound.shape == (96_000,)
    assert sound.dtype == np.float32
    assert np.abs(sound).max() <= 1


def test_most_noises_begin_suddenly() -> None:
    """So that the network does not take the beginning of a noise for somebody who begins."""
    sounds = [noise("steady", seed) for seed in range(40)]
    sudden = [np.abs(sound[:160]).max() < 0.05 * np.abs(sound).max() for sound in sounds]
    assert 15 <= sum(sudden) <= 33


def test_the_same_seed_is_the_same_noise() -> None:
    np.testing.assert_array_equal(noise("keyboard", 5), noise("keyboard", 5))
    assert not np.array_equal(noise("keyboard", 5), noise("keyboard", 6))
