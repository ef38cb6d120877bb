"""Articulation from phones: closures close, vowels open, pauses rest."""

import numpy as np
import pytest

from data.build.mouth.blend import Movement, bilabials, movement, segments
from data.build.mouth.phones import PARAMETERS, VISEMES, articulations
from data.build.mouth.spoken_clip import SILENT, Phone

JAW, ROUND, CLOSE, FV = (PARAMETERS.index(name) for name in ("jaw", "round", "close", "fv"))


def said(signs: str, length: float = 0.08) -> Movement:
    """One sign after another, a pause before and after."""
    phones = [Phone(0.0, SILENT)]
    phones += [Phone(0.3 + n * length, sign) for n, sign in enumerate(signs.split())]
    end = 0.3 + len(signs.split()) * length
    phones.append(Phone(end, SILENT))
    return movement(segments(phones, end + 0.3), end + 0.3)


@pytest.mark.parametrize("sign", ["p", "b", "m"])
@pytest.mark.parametrize("vowel", ["i", "ɑ", "u", "aɪ"])
@pytest.mark.parametrize("length", [0.03, 0.08, 0.2])
def test_every_bilabial_shuts_the_lips(sign: str, vowel: str, length: float) -> None:
    moved = said(f"{vowel} {sign} {vowel}", length)
    shut = moved.parameters[:, CLOSE] > 0.95
    middle = round((0.3 + 1.5 * length) * 100)
    assert shut[middle - 1 : middle + 1].any()
    assert (moved.parameters[shut, JAW] < 0.2).all()


def test_other_sounds_leave_the_lips_apart() -> None:
    moved = said("t ɑ k ɑ s ɑ n ɑ")
    assert moved.parameters[30:90, CLOSE].max() < 0.1


def test_a_vowel_opens_as_far_as_it_is_open() -> None:
    jaws = [said(f"t {vowel} t", 0.15).parameters[:, JAW].max() for vowel in "iɪeɛæa"]
    assert jaws == sorted(jaws)
    assert jaws[-1] > 3 * jaws[0]


def test_lips_round_before_the_rounded_vowel_is_heard() -> None:
    rounding = said("s s u").parameters[:, ROUND]
    assert rounding[44] > 0.25, "20 ms before u"


def test_f_tucks_the_lip_and_pauses_rest() -> None:
    moved = said("ɑ f ɑ")
    assert moved.parameters[42, FV] > 0.8
    assert moved.parameters[:5].max() < 0.05
    assert VISEMES[moved.visemes[0]] == "sil" and VISEMES[moved.visemes[42]] == "FF"


@pytest.mark.parametrize(
    ("sign", "visemes"),
    [
        ("tʃ", ["DD", "CH"]), ("ʧ", ["DD", "CH"]), ("aɪ", ["AA", "IH"]), ("I", ["AA", "IH"]),
        ("ˈɑː", ["AA"]), ("ph", ["PP"]), ("ə̃", ["AX"]), ("ts.", ["DD", "CH"]), ("ʰ", ["KK"]),
        (SILENT, ["sil"]), ("↗", []),
    ],
)  # fmt: skip
def test_signs_of_several_alphabets(sign: str, visemes: list[str]) -> None:
    assert [shape.viseme for shape in articulations(sign)] == visemes


def test_a_sign_without_a_sound_belongs_to_the_phone_before_it() -> None:
    found = segments([Phone(0.0, "a"), Phone(0.1, "↗"), Phone(0.2, "p")], 0.3)
    assert [(round(s.start, 2), round(s.end, 2)) for s in found] == [(0.0, 0.2), (0.2, 0.3)]
    assert [s.start for s in bilabials(found)] == [0.2]
    assert segments([], 1.0)[0].end == 1.0


def test_the_movement_is_smooth_and_within_bounds() -> None:
    moved = said("b a t m u f i p o s")
    assert moved.parameters.min() >= 0 and moved.parameters.max() <= 1
    assert np.abs(np.diff(moved.parameters[:, JAW])).max() < 0.25
