"""Mouths and sounds whose distance is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from perf.client import lips
from perf.client.mouth import BUILTIN, Mouth, Region, blocks, region_of
from perf.client.picture_receiver import SeenPicture
from perf.client.sound_receiver import HeardSound
from perf.client.tap import SenderReport

REPORTS = [SenderReport("audio", 0, 0, 1000.0), SenderReport("video", 0, 0, 1000.0)]
SHAPE = (15, 28)


def idle() -> list[NDArray[np.float32]]:
    random = np.random.default_rng(3)
    return [random.normal(100, 0.5, SHAPE).astype(np.float32) for _ in range(40)]


def opened(width: float) -> NDArray[np.float32]:
    return np.full(SHAPE, 100 - width, np.float32)


def hear(onsets_ms: list[int], length_ms: int) -> list[HeardSound]:
    """Vowels of 200 ms that begin at the given ms."""
    levels = np.zeros(length_ms, np.float32)
    for onset in onsets_ms:
        levels[onset : onset + 200] = 0.5
    return [
        HeardSound(0, 48 * ms, levels[ms : ms + 20], bool(levels[ms : ms + 20].max() > 0.02))
        for ms in range(0, length_ms, 20)
    ]


def see(onsets_ms: list[int], length_ms: int) -> list[SeenPicture]:
    """A picture each tick, open where most of the tick is in a vowel."""
    pictures = []
    for ms in range(0, length_ms, 40):
        spoken = any(onset <= ms + 20 < onset + 200 for onset in onsets_ms)
        pictures.append(SeenPicture(0, 90 * ms, opened(30 if spoken else 0), (512, 512)))
    return pictures


def test_idle_noise_does_not_move_and_an_open_mouth_does() -> None:
    mouth = Mouth(idle())
    assert not any(mouth.moved(one) for one in idle())
    assert mouth.moved(opened(10))


def test_too_few_idle_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        Mouth(idle()[:5])


def test_the_region_is_cut_out_of_any_size() -> None:
    luma = np.zeros((256, 256), np.uint8)
    luma[144:170, 102:154] = 200
    assert blocks(luma, BUILTIN).shape == (6, 13)
    assert blocks(luma, BUILTIN).min() == 200


@pytest.mark.parametrize("text", ["", "1,2", "0.5,0,0.4,1", "0,0,1.5,1", "a,b,c,d", "0,0,1,1,1"])
def test_a_region_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--mouth"):
        region_of(text)


def test_a_region_is_read() -> None:
    assert region_of("0.1,0.2,0.3,0.4") == Region(0.1, 0.2, 0.3, 0.4)
    assert region_of(None) == BUILTIN


@pytest.mark.parametrize("late_ms", [-80, 0, 40, 120])
def test_the_offset_is_found_whatever_the_phase(late_ms: int) -> None:
    onsets = [300 + 617 * n for n in range(40)]
    length = onsets[-1] + 1000
    shown = see([onset + late_ms for onset in onsets], length)
    found = lips.offsets(hear(onsets, length), shown, REPORTS, Mouth(idle()))
    assert len(found) >= 38
    assert np.median(found) == pytest.approx(late_ms, abs=12)


def test_a_sound_without_a_mouth_is_left_out() -> None:
    found = lips.offsets(hear([300, 900], 2000), see([900], 2000), REPORTS, Mouth(idle()))
    assert len(found) == 1


def test_pauses_within_a_vowel_are_no_onsets() -> None:
    assert len(lips.onsets(hear([300, 550], 1000), REPORTS)) == 1
    assert lips.onsets(hear([300, 620], 1000), REPORTS) == pytest.approx([1000.3, 1000.62])
