"""Phone times against sounds whose landmarks are known."""

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.noises import band
from data.build.mouth.onsets import Offset, corrected, measured
from data.build.mouth.spoken_clip import BREATH, SILENT, Phone, SpokenClip
from data.units import FEATURE_RATE

GAP = 0.2
COUNT = 12


def vowel(seconds: float) -> NDArray[np.float64]:
    time = np.arange(round(seconds * FEATURE_RATE)) / FEATURE_RATE
    partials = [np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 12)]
    return np.asarray(np.sum(partials, axis=0))


def clip_of(late: float) -> SpokenClip:
    """A s A p, again and again, each 0.2 s long; written `late` seconds too early."""
    random = np.random.default_rng(0)
    hiss = band(random, round(GAP * FEATURE_RATE), 4000, 7500)
    round_ = [vowel(GAP), 4 * hiss / hiss.std() * 0.3, vowel(GAP), np.zeros(len(hiss))]
    sound = np.concatenate([np.zeros(len(hiss)), *round_ * COUNT]).astype(np.float32) * 0.1
    signs = [SILENT, *["ɑ", "s", "ɑ", "p"] * COUNT]
    times = np.maximum(np.arange(len(signs)) * GAP - late, 0)
    phones = tuple(Phone(float(t), s) for t, s in zip(times, signs, strict=True))
    return SpokenClip(sound, phones, "test", "test", "en", "test")


def test_a_late_voice_is_found_and_moved() -> None:
    clip = clip_of(late=0.03)
    found = measured([clip])
    assert found.count >= COUNT - 1
    assert abs(found.median - 30) < 6 and found.spread < 4
    assert abs(measured([corrected(clip, found)]).median) < 3


def test_a_voice_on_time_stays() -> None:
    clip = clip_of(late=0.0)
    assert abs(measured([clip]).median) < 6


def test_a_stop_begins_where_its_valley_does() -> None:
    """Written at the burst, as eSpeak does: 60 ms into the closure."""
    clip = clip_of(late=-0.06)
    moved = corrected(clip, Offset(99, 0.0, 0.0))
    wanted = [phone.start - 0.06 for phone in clip.phones if phone.sign == "p"]
    found = [phone.start for phone in moved.phones if phone.sign == "p"]
    assert len(found) == COUNT
    np.testing.assert_allclose(found[:-1], wanted[:-1], atol=0.015)  # the last one has no end


def breathed(before: NDArray[np.float64], written: float) -> tuple[Phone, ...]:
    """Of 0.2 s of `before`, p (shut for 80 ms, 60 ms of breath), and a vowel; `written`: where p
    is said to begin."""
    random = np.random.default_rng(1)
    hiss = band(random, round(0.06 * FEATURE_RATE), 500, 5000)
    silence = np.zeros(round(0.08 * FEATURE_RATE))
    parts = [before, silence, 0.04 * hiss / hiss.std(), vowel(GAP), vowel(GAP)]
    sound = np.concatenate(parts).astype(np.float32) * 0.1
    first = "ɑ" if before.any() else SILENT
    phones = (Phone(0.0, SILENT), Phone(0.001, first), Phone(written, "p"), Phone(0.34, "ɑ"))
    clip = SpokenClip(sound, (*phones, Phone(0.54, "i")), "test", "test", "en", "test")
    return corrected(clip, Offset(0, 0.0, 0.0)).phones


def test_lips_are_open_from_the_burst_of_p_and_not_from_the_vowel() -> None:
    phones = breathed(vowel(GAP), written=0.21)
    assert [phone.sign for phone in phones[2:5]] == ["p", BREATH, "ɑ"]
    assert abs(phones[2].start - 0.2) < 0.016 and abs(phones[3].start - 0.28) < 0.011


def test_after_a_pause_lips_shut_before_the_burst_and_part_with_it() -> None:
    """Written where it is heard first, as aligners do."""
    phones = breathed(np.zeros(round(GAP * FEATURE_RATE)), written=0.285)
    assert [phone.sign for phone in phones[2:5]] == ["p", BREATH, "ɑ"]
    assert abs(phones[2].start - 0.22) < 0.016 and abs(phones[3].start - 0.28) < 0.011


def test_without_landmarks_times_stay() -> None:
    clip = SpokenClip(np.zeros(FEATURE_RATE, np.float32), (Phone(0, SILENT),), "t", "t", "", "test")
    assert measured([clip]) == Offset(0, 0.0, 0.0)
    assert corrected(clip, Offset(0, 0.0, 0.0)).phones == clip.phones
