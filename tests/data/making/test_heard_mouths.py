"""Lips and sound that belong together are told from those that do not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.making.heard_mouths import NotHeard, heard_mouths
from data.making.lips import LOWER_INNER, UPPER_INNER

COUNT = 250


def speech(seed: int = 3) -> NDArray[np.float32]:
    """Mouths float32 [COUNT, 8] of somebody who opens and rounds them at random."""
    noise = np.random.default_rng(seed).normal(size=(COUNT + 4, 2))
    smooth = np.stack([noise[k : COUNT + k] for k in range(5)]).mean(axis=0)
    mouths = np.zeros((COUNT, 8), np.float32)
    mouths[:, 0] = (0.3 + 0.4 * smooth[:, 0]).clip(0, 1)
    mouths[:, 2] = (0.3 + 0.4 * smooth[:, 1]).clip(0, 1)
    return mouths


def lips(mouths: NDArray[np.float32], delay: int = 0) -> NDArray[np.float64]:
    """Landmarks [COUNT, 478, 3] of lips that do as the mouths say, `delay` ticks later."""
    frontal = np.zeros((COUNT, points.COUNT, 3))
    shown = np.roll(mouths, delay, axis=0)
    across = np.linspace(-0.3, 0.3, 11) * (1 - 0.3 * shown[:, 2:3])
    for line, way in ((UPPER_INNER, -0.1), (LOWER_INNER, 0.2)):
        frontal[:, line, 0] = across
        frontal[:, line, 1] = way * shown[:, 0:1]
    return frontal


@pytest.mark.parametrize("delay", [0, 5, -6])
def test_sound_that_is_early_or_late_is_brought_to_its_lips(delay: int) -> None:
    mouths = speech()
    heard = heard_mouths(lips(mouths, delay), mouths)
    assert heard.delay == delay
    assert heard.match > 0.8
    assert heard.agreed.mean() > 0.9
    there = slice(10, -10)
    assert np.allclose(heard.mouths[there], np.roll(mouths, delay, axis=0)[there])


def test_another_voice_is_not_heard() -> None:
    with pytest.raises(NotHeard, match="do not move with the sound"):
        heard_mouths(lips(speech(3)), speech(4))


def test_a_voice_from_off_while_nobody_moves_the_lips_is_not_heard() -> None:
    with pytest.raises(NotHeard, match="while the lips do not move"):
        heard_mouths(lips(0 * speech()), speech())


def test_a_clip_without_speech_is_not_heard() -> None:
    with pytest.raises(NotHeard, match=r"0\.0 s of speech"):
        heard_mouths(lips(speech()), 0 * speech())


def test_questions_of_another_are_left_out() -> None:
    """Half of the time somebody else speaks, while these lips rest."""
    mouths = speech()
    own = mouths.copy()
    own[: COUNT // 3] = 0
    heard = heard_mouths(lips(own), mouths)
    assert heard.agreed[: COUNT // 3 - 15].mean() < 0.2
    assert heard.agreed[COUNT // 3 + 15 :].mean() > 0.9
